import type { ChoiceMode } from "./choice.ts";
import type { Tiling } from "./tiling.ts";

/** The keys that move, of a key press. */
export type MoveKey = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey">;

/** The position that a key goes to from `focus`, as in a file browser; undefined for keys that don't move. */
export function positionAfterKey(key: string, focus: number, tiling: Tiling, viewportPx: number): number | undefined {
  const { columns, count, lineHeightPx } = tiling;
  if (count === 0) return undefined;
  const last = count - 1;
  const pageLines = Math.max(1, Math.floor(viewportPx / lineHeightPx));
  switch (key) {
    case "ArrowLeft":
      return columns === 1 ? undefined : Math.max(0, focus - 1);
    case "ArrowRight":
      return columns === 1 ? undefined : Math.min(last, focus + 1);
    case "ArrowUp":
      return focus < columns ? focus : focus - columns;
    case "ArrowDown":
      return lineOf(focus, columns) === lineOf(last, columns) ? focus : Math.min(last, focus + columns);
    case "PageUp":
      return Math.max(focus % columns, focus - pageLines * columns);
    case "PageDown":
      return Math.min(last, focus + pageLines * columns);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** How a move changes the choice: Shift stretches, Ctrl (Cmd) leaves it as it is. */
export function modeOfMove({ shiftKey, ctrlKey, metaKey }: Omit<MoveKey, "key">): ChoiceMode {
  if (shiftKey) return ctrlKey || metaKey ? "stretchMore" : "stretch";
  return ctrlKey || metaKey ? "focusOnly" : "alone";
}

/** How a click changes the choice. */
export function modeOfClick({ shiftKey, ctrlKey, metaKey }: Omit<MoveKey, "key">): ChoiceMode {
  if (shiftKey) return ctrlKey || metaKey ? "stretchMore" : "stretch";
  return ctrlKey || metaKey ? "toggle" : "alone";
}

function lineOf(position: number, columns: number): number {
  return Math.floor(position / columns);
}
