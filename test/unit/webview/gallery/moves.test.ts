import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modeOfClick, modeOfMove, positionAfterKey } from "../../../../webview/views/gallery/moves.ts";
import { tile } from "../../../../webview/views/gallery/tiling.ts";

const grid = tile(100, 1280, { layout: "grid", density: 160 });
const list = tile(100, 1280, { layout: "list", density: 96 });

describe("moving by keys", () => {
  it("goes a tile sideways, a line up and down, to both ends", () => {
    const { columns } = grid;
    expect(positionAfterKey("ArrowRight", 3, grid, 700)).toBe(4);
    expect(positionAfterKey("ArrowLeft", 0, grid, 700)).toBe(0);
    expect(positionAfterKey("ArrowDown", 3, grid, 700)).toBe(3 + columns);
    expect(positionAfterKey("ArrowUp", 3 + columns, grid, 700)).toBe(3);
    expect(positionAfterKey("End", 3, grid, 700)).toBe(99);
    expect(positionAfterKey("Home", 3, grid, 700)).toBe(0);
  });

  it("stays within the list, and in its column where it can", () => {
    const keys = fc.constantFrom("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End");
    fc.assert(
      fc.property(fc.nat(99), keys, (focus, key) => {
        const to = positionAfterKey(key, focus, grid, 700)!;
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(100);
        if (["ArrowUp", "PageUp"].includes(key)) expect(to % grid.columns).toBe(focus % grid.columns);
      }),
    );
  });

  it("goes from the last but one line to the last tile when there is none below", () => {
    const lastLine = Math.floor(99 / grid.columns) * grid.columns;
    expect(positionAfterKey("ArrowDown", lastLine - 1, grid, 700)).toBe(99);
    expect(positionAfterKey("ArrowDown", lastLine, grid, 700)).toBe(lastLine);
  });

  it("leaves sideways keys alone in a table, pages by what is seen", () => {
    expect(positionAfterKey("ArrowRight", 3, list, 700)).toBeUndefined();
    expect(positionAfterKey("PageDown", 3, list, 700)).toBe(3 + Math.floor(700 / list.lineHeightPx));
    expect(positionAfterKey("x", 3, list, 700)).toBeUndefined();
    expect(positionAfterKey("Home", 0, tile(0, 100, { layout: "list", density: 96 }), 700)).toBeUndefined();
  });

  it("reads Shift, Ctrl and Cmd as people know them", () => {
    const none = { shiftKey: false, ctrlKey: false, metaKey: false };
    expect(modeOfMove(none)).toBe("alone");
    expect(modeOfMove({ ...none, shiftKey: true })).toBe("stretch");
    expect(modeOfMove({ ...none, metaKey: true })).toBe("focusOnly");
    expect(modeOfClick({ ...none, ctrlKey: true })).toBe("toggle");
    expect(modeOfClick({ ...none, ctrlKey: true, shiftKey: true })).toBe("stretchMore");
  });
});
