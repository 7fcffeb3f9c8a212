import type { Ranges } from "../../../src/protocol/gallery.ts";
import { hasPosition, noRanges, rangeOf, toggleRange, uniteRanges } from "./ranges.ts";

/**
 * What of a list is chosen. `focus` is where the keyboard stands (−1 in an empty list), `anchor` where a stretch began, `before` what was chosen
 * beside the stretch.
 */
export interface Choice {
  readonly focus: number;
  readonly anchor: number;
  readonly before: Ranges;
  readonly chosen: Ranges;
}

/** How a click or a key changes a choice: alone, in addition (Ctrl, Cmd), as a stretch (Shift), or not at all. */
export type ChoiceMode = "alone" | "toggle" | "stretch" | "stretchMore" | "focusOnly";

/** Nothing chosen, the keyboard at a position. */
export function emptyChoice(focus = 0): Choice {
  return { focus, anchor: focus, before: noRanges, chosen: noRanges };
}

/** The choice after a click on a position, or after the keyboard went there. */
export function choose(choice: Choice, position: number, mode: ChoiceMode): Choice {
  switch (mode) {
    case "alone":
      return { focus: position, anchor: position, before: noRanges, chosen: rangeOf(position, position + 1) };
    case "toggle": {
      const chosen = toggleRange(choice.chosen, position);
      return { focus: position, anchor: position, before: chosen, chosen };
    }
    case "stretch":
      return { ...choice, focus: position, before: noRanges, chosen: stretch(choice.anchor, position) };
    case "stretchMore":
      return { ...choice, focus: position, chosen: uniteRanges(choice.before, stretch(choice.anchor, position)) };
    case "focusOnly":
      return { ...choice, focus: position };
  }
}

/** Everything chosen, the keyboard where it is. */
export function chooseAll(choice: Choice, count: number): Choice {
  const chosen = rangeOf(0, count);
  return { ...choice, before: chosen, chosen };
}

/** What an action is about: what is chosen, else where the keyboard stands. */
export function targetsOf({ chosen, focus }: Choice, count: number): Ranges {
  if (chosen.length > 0) return chosen;
  return focus >= 0 && focus < count ? rangeOf(focus, focus + 1) : noRanges;
}

/**
 * The choice after an action: the keyboard goes to the row after. A single row that was chosen hands its place on, so that the same key again is
 * about the next; several stay chosen, so that they can be acted on again.
 */
export function advance(choice: Choice, count: number): Choice {
  const { chosen, focus } = choice;
  const single = chosen.length === 0 || (chosen.length === 1 && chosen[0]![1] - chosen[0]![0] === 1 && hasPosition(chosen, focus));
  if (!single) return { ...choice, focus: Math.min(chosen.at(-1)![1], count - 1) };
  const next = Math.min(focus + 1, count - 1);
  return chosen.length === 0 ? emptyChoice(next) : choose(choice, next, "alone");
}

function stretch(anchor: number, position: number): Ranges {
  return rangeOf(Math.min(anchor, position), Math.max(anchor, position) + 1);
}
