import { findingOf, formatScore, scoredCandidates, scoreOptions } from "./candidates.ts";
import { numberOption, textOption } from "./options.ts";
import type { Finding, Policy } from "./policy.ts";

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
  judge: (situation, options) => {
    const signal = textOption(options, "signal") ?? "";
    const min = numberOption(options, "min");
    const max = numberOption(options, "max");
    const leastScore = min === undefined ? -Infinity : Math.fround(min);
    const greatestScore = max === undefined ? Infinity : Math.fround(max);
    const { unit, index, score } = scoredCandidates(situation, options);
    const findings: Finding[] = [];
    index.forEach((candidate, at) => {
      const value = score[at] ?? NaN;
      if (Number.isNaN(value)) findings.push(findingOf(unit, candidate, "review", `${signal} is unknown`));
      else if (value < leastScore) findings.push(findingOf(unit, candidate, "drop", `${signal} ${formatScore(value)} is below ${min}`));
      else if (value > greatestScore) findings.push(findingOf(unit, candidate, "drop", `${signal} ${formatScore(value)} is above ${max}`));
    });
    return { findings };
  },
};
