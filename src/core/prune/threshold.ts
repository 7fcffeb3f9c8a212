import { formatScore, scoredCandidates, scoreOptions } from "./candidates.ts";
import { numberOption, textOption } from "./options.ts";
import type { Policy } from "./policy.ts";
import { createRuling } from "./rulings.ts";
import { eachStep } from "../steps.ts";
import { codes } from "./standing.ts";

/** Keeps what scores at least `min` and at most `max`; unknown scores go to review. */
export const threshold: Policy = {
  id: "threshold",
  summary: "keeps what scores at least min and at most max",
  options: {
    ...scoreOptions,
    min: { kind: "number", about: "the least score that is kept" },
    max: { kind: "number", about: "the greatest score that is kept" },
  },
  check: (options) =>
    options["min"] === undefined && options["max"] === undefined
      ? "Expected min or max for the policy threshold but received neither"
      : undefined,
  judge: function* (situation, options) {
    const signal = textOption(options, "signal") ?? "";
    const min = numberOption(options, "min");
    const max = numberOption(options, "max");
    const leastScore = min === undefined ? -Infinity : Math.fround(min);
    const greatestScore = max === undefined ? Infinity : Math.fround(max);
    const { unit, index, score } = yield* scoredCandidates(situation, options);
    const found = createRuling(unit, index);
    yield* eachStep(index.length, (from, to) => {
      for (let at = from; at < to; at += 1) {
        const value = score[at]!;
        if (Number.isNaN(value)) found.add(at, codes.review);
        else if (value < leastScore || value > greatestScore) found.add(at, codes.drop);
      }
    });
    return found.rule((at) => {
      const value = score[at]!;
      if (Number.isNaN(value)) return `${signal} is unknown`;
      return value < leastScore ? `${signal} ${formatScore(value)} is below ${min}` : `${signal} ${formatScore(value)} is above ${max}`;
    });
  },
};
