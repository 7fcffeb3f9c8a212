import type { Steps } from "../steps.ts";
import { eachStep } from "../steps.ts";
import { textOption, type Options, type OptionTable } from "./options.ts";
import { signalColumn, type Situation, type Unit } from "./policy.ts";
import { codes, isPairCandidate, isSampleCandidate } from "./standing.ts";

/** The candidates of a rule with their scores, as columns: `index` is a pair's position or a sample's row, ascending; a NaN score is unknown. */
export interface Candidates {
  readonly unit: Unit;
  readonly index: Uint32Array;
  readonly score: Float32Array;
  readonly better: "higher" | "lower";
}

/** The options of every policy that compares scores. A sample's default score is the mean of its captions': one good caption does not hide four bad ones. */
export const scoreOptions = {
  signal: { kind: "signal", about: "the score that decides", otherwise: "clipScore" },
  unit: {
    kind: "choice",
    about: "what is judged one by one: the pair of image and caption, or the whole sample",
    choices: ["pair", "sample"],
    otherwise: "pair",
  },
  aggregate: {
    kind: "choice",
    about: "how the scores of a sample's captions become one",
    choices: ["mean", "max", "min"],
    otherwise: "mean",
  },
} as const satisfies OptionTable;

/**
 * The candidates with their scores. A pair takes its own value of a pair's signal, or its sample's value of a sample's signal;
 * a sample takes its own value, or the aggregate of the known values of its pairs that are kept so far.
 * Scores are rounded to float32, as the signals are, so that 0.7 as a limit meets 0.7 as a score.
 */
export function* scoredCandidates({ input, standing }: Situation, options: Options): Steps<Candidates> {
  const column = signalColumn(input, textOption(options, "signal") ?? "");
  const { values, of, better } = column;
  const unit: Unit = options["unit"] === "sample" ? "sample" : "pair";
  const most = unit === "pair" ? standing.rowOf.length : input.samples.length;
  const [index, score] = [new Uint32Array(most), new Float32Array(most)];
  let count = 0;
  const add = (candidate: number, value: number): void => {
    index[count] = candidate;
    score[count] = value;
    count += 1;
  };
  if (unit === "pair") {
    yield* eachStep(most, (from, to) => {
      for (let pair = from; pair < to; pair += 1)
        if (isPairCandidate(standing, pair)) add(pair, values[of === "pair" ? pair : standing.rowOf[pair]!] ?? NaN);
    });
  } else {
    const valueOf = of === "sample" ? (row: number) => values[row] ?? NaN : aggregator(standing, values, textOption(options, "aggregate"));
    yield* eachStep(most, (from, to) => {
      for (let row = from; row < to; row += 1) if (isSampleCandidate(standing, row)) add(row, valueOf(row));
    });
  }
  return { unit, index: index.subarray(0, count), score: score.subarray(0, count), better };
}

/** A score as a reason tells it: four decimals at most, whole numbers plain. */
export function formatScore(score: number): string {
  return Number.isInteger(score) ? String(score) : String(Number(score.toFixed(4)));
}

/** Gives a sample's score from the known values of its kept pairs; NaN where there are none. */
function aggregator({ pairs, from, pairsByRow }: Situation["standing"], values: Float32Array, how = "mean"): (row: number) => number {
  return (row) => {
    let [count, sum, most, least] = [0, 0, -Infinity, Infinity];
    for (let at = from[row]!; at < from[row + 1]!; at += 1) {
      const pair = pairsByRow[at]!;
      const value = values[pair] ?? NaN;
      if (pairs.decision[pair]! > codes.keep || Number.isNaN(value)) continue;
      count += 1;
      sum += value;
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
    if (count === 0) return NaN;
    return how === "max" ? most : how === "min" ? least : sum / count;
  };
}
