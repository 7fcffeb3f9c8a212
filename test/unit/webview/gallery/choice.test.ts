import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, choose, chooseAll, emptyChoice, targetsOf } from "../../../../webview/views/gallery/choice.ts";
import { countRanges, hasPosition } from "../../../../webview/views/gallery/ranges.ts";

const at = fc.integer({ min: 0, max: 50 });

describe("choice", () => {
  it("takes one by a click and forgets the others", () => {
    const choice = choose(choose(emptyChoice(), 3, "alone"), 7, "alone");
    expect(choice).toMatchObject({ focus: 7, chosen: [[7, 8]] });
  });

  it("adds and takes away with Ctrl", () => {
    const two = choose(choose(emptyChoice(), 3, "toggle"), 5, "toggle");
    expect(two.chosen).toEqual([
      [3, 4],
      [5, 6],
    ]);
    expect(choose(two, 3, "toggle").chosen).toEqual([[5, 6]]);
  });

  it("stretches from the anchor to where Shift goes, both ends with it, whatever was stretched before", () => {
    fc.assert(
      fc.property(at, fc.array(at, { minLength: 1, maxLength: 5 }), (anchor, ends) => {
        let choice = choose(emptyChoice(), anchor, "alone");
        for (const end of ends) choice = choose(choice, end, "stretch");
        const last = ends.at(-1)!;
        expect(choice.chosen).toEqual([[Math.min(anchor, last), Math.max(anchor, last) + 1]]);
        expect(choice.focus).toBe(last);
      }),
    );
  });

  it("keeps what was chosen before with Ctrl and Shift together", () => {
    let choice = choose(choose(emptyChoice(), 1, "toggle"), 10, "toggle");
    choice = choose(choose(choice, 20, "stretchMore"), 12, "stretchMore");
    expect(choice.chosen).toEqual([
      [1, 2],
      [10, 13],
    ]);
  });

  it("moves the keyboard without choosing where asked", () => {
    const choice = choose(choose(emptyChoice(), 3, "alone"), 9, "focusOnly");
    expect(choice).toMatchObject({ focus: 9, chosen: [[3, 4]] });
  });

  it("is about where the keyboard stands when nothing is chosen, and about nothing in an empty list", () => {
    expect(targetsOf(emptyChoice(4), 10)).toEqual([[4, 5]]);
    expect(targetsOf(emptyChoice(0), 0)).toEqual([]);
    expect(countRanges(targetsOf(chooseAll(emptyChoice(4), 10), 10))).toBe(10);
  });

  it("hands a single row on after an action, and stays at the last", () => {
    const next = advance(choose(emptyChoice(), 3, "alone"), 10);
    expect(next).toMatchObject({ focus: 4, chosen: [[4, 5]] });
    expect(advance(emptyChoice(3), 10)).toMatchObject({ focus: 4, chosen: [] });
    expect(advance(choose(emptyChoice(), 9, "alone"), 10)).toMatchObject({ focus: 9, chosen: [[9, 10]] });
  });

  it("keeps several rows chosen after an action and goes to the row behind them", () => {
    const several = choose(choose(emptyChoice(), 3, "alone"), 6, "stretch");
    const after = advance(several, 10);
    expect(after.focus).toBe(7);
    expect(hasPosition(after.chosen, 7)).toBe(false);
    expect(after.chosen).toEqual([[3, 7]]);
  });
});
