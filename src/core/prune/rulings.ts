import type { CaptionMove, Ruling, Unit } from "./policy.ts";

/** A ruling that is being made about candidates, which are named by their places. */
export interface OpenRuling {
  /** Notes the code of a drop or a review of the candidate at a place. */
  add(place: number, code: number): void;
  /** The ruling; `reasonOf` gives the reason for the candidate at a place. */
  rule(reasonOf: (place: number) => string, moves?: readonly CaptionMove[]): Ruling;
}

/** Opens a ruling about candidates of a unit (pairs' positions or samples' rows); each is named at most once. */
export function createRuling(unit: Unit, candidates: Uint32Array): OpenRuling {
  const [place, code] = [new Uint32Array(candidates.length), new Uint8Array(candidates.length)];
  let count = 0;
  return {
    add: (at, decision) => {
      place[count] = at;
      code[count] = decision;
      count += 1;
    },
    rule: (reasonOf, moves = []) => ({
      unit,
      index: place.subarray(0, count).map((at) => candidates[at]!),
      decision: code.subarray(0, count),
      reasonOf: (finding) => reasonOf(place[finding]!),
      moves,
    }),
  };
}
