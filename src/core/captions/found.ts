import type { Steps } from "../steps.ts";
import type { LineRange } from "./lineRanges.ts";
import type { PlannedEdit, Replacement } from "./replacement.ts";

/**
 * A caption in the text of its file: what it says, and how it is changed without touching anything else. `row` is where its row stands, without the line end, and `columns`
 * are its other values, where it has one. A change of one that is `isFragile` is only right where `FoundCaptions.check` says so.
 */
export interface FoundCaption {
  readonly caption: string;
  readonly replace: (after: string) => PlannedEdit;
  readonly row?: LineRange;
  readonly columns?: () => Readonly<Record<string, string>>;
  readonly isFragile?: boolean;
}

/** Captions in the order in which they were asked for; undefined where there is none. `check` tells whether all else is read as before with some replacements together. */
export interface FoundCaptions {
  readonly captions: readonly (FoundCaption | undefined)[];
  readonly check?: (replacements: readonly Replacement[]) => Steps<boolean>;
}

/** The positions of values by what they are. */
export function positionsOf<Value>(values: readonly Value[]): Map<Value, number[]> {
  const positions = new Map<Value, number[]>();
  for (const [position, value] of values.entries()) {
    const known = positions.get(value);
    if (known === undefined) positions.set(value, [position]);
    else known.push(position);
  }
  return positions;
}
