import { finish } from "../steps.ts";
import type { Actor, Decision } from "../verdict.ts";
import type { Decided } from "./decide.ts";
import type { CaptionMove } from "./policy.ts";
import { sumUp, type Counts, type Outcome } from "./ruleEffects.ts";
import { codes, pairStandpoint, sampleCode, sampleStandpoint } from "./standing.ts";

/** One thing that is not kept: a pair, or a whole sample (`captionIndex` null). */
export interface Judged {
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly actor: Actor;
  readonly reason: string;
}

/** What a decision would do, before anything is written: its numbers (see `Outcome`), and all that is not kept by name. */
export interface DryRun extends Pick<Outcome, "conceptsThatVanish" | "foldersThatVanish"> {
  readonly kept: Counts;
  /** Pairs dropped one by one, and samples dropped as a whole; in the order of the dataset. */
  readonly dropped: readonly Judged[];
  readonly review: readonly Judged[];
  readonly frozen: Counts;
  /** Samples that go because each of their pairs was dropped by itself. */
  readonly imagesWithNoCaptionLeft: readonly string[];
  readonly captionsToMove: readonly CaptionMove[];
}

/** Sums up a decision with all that it names. */
export function dryRunOf(decided: Decided): DryRun {
  const { kept, frozen, imagesWithNoCaptionLeft, conceptsThatVanish, foldersThatVanish } = finish(sumUp(decided));
  return {
    kept,
    dropped: listJudged(decided, "drop"),
    review: listJudged(decided, "review"),
    frozen,
    imagesWithNoCaptionLeft: imagesWithNoCaptionLeft.map((row) => decided.input.samples[row]!.id),
    conceptsThatVanish,
    foldersThatVanish,
    captionsToMove: decided.offered,
  };
}

/** Everything that a decision drops (or puts in review); a sample that was judged as a whole is one line. */
function listJudged(decided: Pick<Decided, "input" | "standing">, decision: Exclude<Decision, "keep">): Judged[] {
  return decided.input.samples.flatMap((_, row) => judgedOfRow(decided, row, decision));
}

/** What a decision drops (or puts in review) of one sample. */
export function judgedOfRow(
  { input, standing }: Pick<Decided, "input" | "standing">,
  row: number,
  decision: Exclude<Decision, "keep">,
): Judged[] {
  const { pairs, samples, from, pairsByRow } = standing;
  const code = codes[decision];
  const sample = input.samples[row]!.id;
  if (samples.decision[row] === code && sampleCode(standing, row) === code) {
    const { actor, reason } = sampleStandpoint(standing, row)!;
    return [{ sample, captionIndex: null, actor, reason }];
  }
  const judged: Judged[] = [];
  for (let at = from[row]!; at < from[row + 1]!; at += 1) {
    const pair = pairsByRow[at]!;
    if (pairs.decision[pair] !== code) continue;
    const { actor, reason } = pairStandpoint(standing, pair)!;
    judged.push({ sample, captionIndex: input.pairs.captionIndex[pair]!, actor, reason });
  }
  return judged;
}
