import type { Hold, RewriteMeasure } from "./accept.ts";
import type { CaptionComparison } from "./comparison.ts";
import type { Glitch } from "./glitches.ts";

/** What is told of a proposal that waits; see `findHolds`. */
export interface HeldRewrite {
  readonly holds: readonly Hold[];
  readonly glitches: readonly Glitch[];
  readonly comparison: CaptionComparison;
  readonly measure: Pick<RewriteMeasure, "unsupported"> | null;
}

const words: Readonly<Record<Hold, string>> = {
  human: "a person wrote the caption",
  glitch: "glitch",
  unknown: "not measured",
  lowerScore: "scores lower",
  worseRank: "ranks worse",
  cutOff: "is cut off",
  addedWords: "adds words",
  addedNumbers: "adds numbers",
};

/** Why a proposal waits for a person, and which added words the picture doesn't support: parts of a sentence, nothing where the rule would take it and all is supported. */
export function holdWords({ holds, glitches, comparison, measure }: HeldRewrite): string[] {
  const details: Readonly<Partial<Record<Hold, readonly string[]>>> = {
    glitch: glitches,
    addedWords: comparison.added,
    addedNumbers: comparison.addedNumbers,
  };
  const told = holds.map((hold) => (details[hold] === undefined ? words[hold] : `${words[hold]}: ${details[hold].join(", ")}`));
  const unsupported = measure?.unsupported ?? [];
  return unsupported.length === 0 ? told : [...told, `scores higher without: ${unsupported.join(", ")}`];
}
