import { textOption, type Options, type OptionTable } from "./options.ts";
import { signalColumn, type Finding, type Situation } from "./policy.ts";
import { isPairCandidate, isSampleCandidate, pairDecision, pairsOfRow } from "./standing.ts";

/** What a policy judges one by one. */
export type Unit = "pair" | "sample";

/** The candidates of a rule with their scores, as columns: `index` is a pair's position or a sample's row, a NaN score is unknown. */
export interface Candidates {
  readonly unit: Unit;
  readonly index: Uint32Array;
  readonly score: Float64Array;
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
export function scoredCandidates({ input, standing }: Situation, options: Options): Candidates {
  const column = signalColumn(input, textOption(options, "signal") ?? "");
  const unit: Unit = options["unit"] === "sample" ? "sample" : "pair";
  const index: number[] = [];
  const score: number[] = [];
  if (unit === "pair") {
    input.pairs.row.forEach((row, pair) => {
      if (!isPairCandidate(standing, input, pair)) return;
      index.push(pair);
      score.push(column.values[column.of === "pair" ? pair : row] ?? NaN);
    });
  } else {
    const aggregate = aggregates[textOption(options, "aggregate") ?? "mean"] ?? mean;
    for (let row = 0; row < input.samples.length; row += 1) {
      if (!isSampleCandidate(standing, row)) continue;
      index.push(row);
      if (column.of === "sample") score.push(column.values[row] ?? NaN);
      else {
        const kept = [...pairsOfRow(standing, row)].filter((pair) => pairDecision(standing, pair) === "keep");
        const known = kept.map((pair) => column.values[pair] ?? NaN).filter((value) => !Number.isNaN(value));
        score.push(known.length === 0 ? NaN : Math.fround(aggregate(known)));
      }
    }
  }
  return { unit, index: Uint32Array.from(index), score: Float64Array.from(score), better: column.better };
}

/** A finding about the candidate at `index` of its unit. */
export function findingOf(unit: Unit, index: number, decision: Finding["decision"], reason: string): Finding {
  return unit === "pair" ? { kind: "pair", pair: index, decision, reason } : { kind: "sample", row: index, decision, reason };
}

/** A score as a reason tells it: four decimals at most, whole numbers plain. */
export function formatScore(score: number): string {
  return Number.isInteger(score) ? String(score) : String(Number(score.toFixed(4)));
}

/** A pair's or a sample's identity for ties: the sample's id, then the caption's index; code units, the same on every machine. */
export function compareCandidates({ input }: Situation, unit: Unit): (left: number, right: number) => number {
  const { row, captionIndex } = input.pairs;
  const idOf = (index: number): string => input.samples[unit === "pair" ? (row[index] ?? 0) : index]?.id ?? "";
  return (left, right) => {
    const [a, b] = [idOf(left), idOf(right)];
    if (a !== b) return a < b ? -1 : 1;
    return unit === "pair" ? (captionIndex[left] ?? 0) - (captionIndex[right] ?? 0) : left - right;
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  mean,
  max: (values) => values.reduce((best, value) => Math.max(best, value)),
  min: (values) => values.reduce((best, value) => Math.min(best, value)),
};
