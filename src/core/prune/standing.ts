import type { Steps } from "../steps.ts";
import { eachStep, stepLength } from "../steps.ts";
import type { Actor, Decision, Verdict } from "../verdict.ts";
import type { DecideInput, Ruling } from "./policy.ts";
import type { RuleEffect } from "./ruleEffects.ts";

/** A decision with who took it and why. */
export interface Standpoint {
  readonly decision: Decision;
  readonly actor: Actor;
  readonly reason: string;
}

/** Decisions as they stand in columns; `open` is kept by nobody's word. */
export const codes = { open: 0, keep: 1, review: 2, drop: 3 } as const;

/** Decisions with their grounds as columns, one entry a pair or a sample; `ground` is −1 where the decision is open. */
interface Judged {
  readonly decision: Uint8Array;
  readonly ground: Int32Array;
}

/** Grounds from `from` to `to`: the verdicts of persons and models, or the findings of one rule. */
interface Grounds {
  readonly from: number;
  readonly to: number;
  readonly whose: (at: number) => Omit<Standpoint, "decision">;
}

/**
 * Where a decision stands while rules are applied one after the other. `pairs` and `samples` hold what is not plainly kept;
 * a sample's own entry is that of a sample rule or of a verdict on the whole sample. `frozen` rows belong to the evaluation split.
 * `from[row]` to `from[row + 1]` are the pairs of a row, as positions in `pairsByRow`; `rowOf` is each pair's row. `stale` are verdicts whose sample or caption is gone.
 */
export interface Standing {
  readonly pairs: Judged;
  readonly samples: Judged;
  readonly frozen: Uint8Array;
  readonly rowOf: Uint32Array;
  readonly from: Uint32Array;
  readonly pairsByRow: Uint32Array;
  readonly stale: readonly Verdict[];
  readonly grounds: Grounds[];
}

const decisions: readonly Decision[] = ["keep", "keep", "review", "drop"];

/** Verdicts that are settled, and findings that are written down, between two yields. */
const verdictsAStep = stepLength >> 4;
const findingsAStep = stepLength >> 2;

/** The standing before any rule: persons' and models' verdicts, a person's before a model's, a pair's own before its sample's. */
export function* openStanding(input: DecideInput): Steps<Standing> {
  const { samples, pairs, verdicts } = input;
  const standing: Standing & { stale: Verdict[] } = {
    pairs: openJudged(pairs.row.length),
    samples: openJudged(samples.length),
    frozen: yield* frozenRows(samples),
    rowOf: pairs.row,
    ...(yield* pairsOfRows(input)),
    stale: [],
    grounds: [{ from: 0, to: verdicts.length, whose: (at) => verdicts[at]! }],
  };
  if (verdicts.length === 0) return standing;
  const rows = yield* rowsById(input);
  for (const [actor, ofSample] of [
    ["model", true],
    ["model", false],
    ["person", true],
    ["person", false],
  ] as const) {
    for (const [at, verdict] of verdicts.entries()) {
      if (at % verdictsAStep === 0) yield;
      if (verdict.actor !== actor || (verdict.captionIndex === undefined) !== ofSample) continue;
      if (!settle(standing, input, rows.get(verdict.sample), at)) standing.stale.push(verdict);
    }
  }
  return standing;
}

/** Each sample's row by its id. */
export function* rowsById({ samples }: Pick<DecideInput, "samples">): Steps<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  yield* eachStep(samples.length, (from, to) => {
    for (let row = from; row < to; row += 1) rows.set(samples[row]!.id, row);
  });
  return rows;
}

/** The pairs of a row, as positions in the columns. */
export function pairsOfRow({ pairsByRow, from }: Pick<Standing, "pairsByRow" | "from">, row: number): Uint32Array {
  return pairsByRow.subarray(from[row], from[row + 1]);
}

/** What was decided of a pair, by whom and why; undefined is kept by nobody's word. */
export function pairStandpoint(standing: Standing, pair: number): Standpoint | undefined {
  return standpointOf(standing, standing.pairs, pair);
}

/** What was decided of a sample as a whole, by whom and why. */
export function sampleStandpoint(standing: Standing, row: number): Standpoint | undefined {
  return standpointOf(standing, standing.samples, row);
}

/**
 * What is to become of a sample as things stand, `open` as `keep`: as its own standpoint says where it has no pairs, else kept with one kept pair, in
 * review with one in review, else dropped.
 */
export function sampleCode({ pairs, samples, from, pairsByRow }: Standing, row: number): number {
  const [first, end] = [from[row]!, from[row + 1]!];
  if (first === end) return Math.max(samples.decision[row]!, codes.keep);
  let best: number = codes.drop;
  for (let at = first; at < end && best > codes.keep; at += 1)
    best = Math.min(best, Math.max(pairs.decision[pairsByRow[at]!]!, codes.keep));
  return best;
}

/** Whether nothing of a sample is kept or in review. */
function isDropped({ pairs, samples, from, pairsByRow }: Standing, row: number): boolean {
  const [first, end] = [from[row]!, from[row + 1]!];
  if (first === end) return samples.decision[row] === codes.drop;
  for (let at = first; at < end; at += 1) if (pairs.decision[pairsByRow[at]!] !== codes.drop) return false;
  return true;
}

/** True where a rule may judge the pair: kept so far, not by a person's or a model's word, and outside the evaluation split. */
export function isPairCandidate({ pairs, frozen, rowOf }: Standing, pair: number): boolean {
  return pairs.decision[pair] === codes.open && frozen[rowOf[pair]!] === 0;
}

/**
 * True where a rule may judge the whole sample: outside the evaluation split, without a verdict on the sample, not dropped yet, and without a pair that a person or a model
 * wants kept or reviewed (dropping the sample would overrule them).
 */
export function isSampleCandidate(standing: Standing, row: number): boolean {
  const { frozen, samples, pairs, from, pairsByRow } = standing;
  if (frozen[row] === 1 || samples.decision[row] !== codes.open) return false;
  for (let at = from[row]!; at < from[row + 1]!; at += 1) {
    const pair = pairsByRow[at]!;
    if (pairs.decision[pair] !== codes.drop && isVerdict(standing, pairs.ground[pair]!)) return false;
  }
  return !isDropped(standing, row);
}

/** Writes a rule's findings into the standing and tells what they add. The first to drop a pair gives its reason; a review gives way to a drop of the sample. */
export function* applyRuling(standing: Standing, { unit, index, decision, reasonOf }: Ruling): Steps<RuleEffect> {
  const { pairs, samples, from, pairsByRow, rowOf, grounds } = standing;
  const effect = { dropped: 0, droppedSamples: 0, review: 0, missing: undefined };
  const base = grounds.at(-1)!.to;
  grounds.push({ from: base, to: base + index.length, whose: (at) => ({ actor: "rule", reason: reasonOf(at - base) }) });
  const judgePair = (pair: number, code: number, ground: number): void => {
    if (code === codes.drop) effect.dropped += 1;
    else if (pairs.decision[pair] === codes.open) effect.review += 1;
    put(pairs, pair, code, ground);
  };
  const judgeSample = (row: number, code: number, ground: number): void => {
    if (samples.decision[row] === codes.open) put(samples, row, code, ground);
    for (let at = from[row]!; at < from[row + 1]!; at += 1) {
      const standing = pairs.decision[pairsByRow[at]!];
      if (standing === codes.open || standing === codes.review) judgePair(pairsByRow[at]!, code, ground);
    }
  };
  yield* eachStep(
    index.length,
    (begin, end) => {
      for (let finding = begin; finding < end; finding += 1) {
        const [at, code, ground] = [index[finding]!, decision[finding]!, base + finding];
        if (unit === "pair" ? pairs.decision[at] !== codes.open : isDropped(standing, at)) continue;
        if (unit === "pair") judgePair(at, code, ground);
        else judgeSample(at, code, ground);
        if (code === codes.drop && isDropped(standing, unit === "pair" ? rowOf[at]! : at)) effect.droppedSamples += 1;
      }
    },
    findingsAStep,
  );
  return effect;
}

/** Writes the verdict at `at` into the standing; false where its sample or caption is gone. */
function settle(standing: Standing, { pairs, verdicts }: DecideInput, row: number | undefined, at: number): boolean {
  if (row === undefined) return false;
  const verdict = verdicts[at]!;
  const code = codes[verdict.decision];
  if (verdict.captionIndex === undefined) {
    put(standing.samples, row, code, at);
    for (const pair of pairsOfRow(standing, row)) put(standing.pairs, pair, code, at);
    return true;
  }
  const pair = findPair(pairs, pairsOfRow(standing, row), verdict);
  if (pair === undefined) return false;
  put(standing.pairs, pair, code, at);
  return true;
}

/** The pair of a sample that a name means: the caption at its index if the text is the same, else the caption with that text wherever it stands now. */
export function findPair(
  { captionIndex, captionHash }: DecideInput["pairs"],
  pairs: Uint32Array,
  wanted: Pick<Verdict, "captionIndex" | "captionHash">,
): number | undefined {
  const sameIndex = pairs.find((pair) => captionIndex[pair] === wanted.captionIndex);
  if (wanted.captionHash === undefined) return sameIndex;
  if (sameIndex !== undefined && captionHash[sameIndex] === wanted.captionHash) return sameIndex;
  return pairs.find((pair) => captionHash[pair] === wanted.captionHash);
}

/** 1 for every sample of the evaluation split. */
export function* frozenRows(samples: DecideInput["samples"]): Steps<Uint8Array> {
  const frozen = new Uint8Array(samples.length);
  yield* eachStep(samples.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const { split } = samples[row]!;
      if (split === "validation" || split === "test") frozen[row] = 1;
    }
  });
  return frozen;
}

function openJudged(count: number): Judged {
  return { decision: new Uint8Array(count), ground: new Int32Array(count).fill(-1) };
}

function put({ decision, ground }: Judged, at: number, code: number, why: number): void {
  decision[at] = code;
  ground[at] = why;
}

function standpointOf({ grounds }: Standing, { decision, ground }: Judged, at: number): Standpoint | undefined {
  const found = grounds.find(({ to }) => ground[at]! < to);
  if (ground[at] === -1 || found === undefined) return undefined;
  const { actor, reason } = found.whose(ground[at]!);
  return { decision: decisions[decision[at]!]!, actor, reason };
}

/** Whether a ground is a person's or a model's verdict. */
function isVerdict({ grounds }: Standing, ground: number): boolean {
  return ground >= 0 && ground < grounds[0]!.to;
}

/** The pairs of each row; see `Standing`. */
export function* pairsOfRows({
  samples,
  pairs,
}: Pick<DecideInput, "samples" | "pairs">): Steps<{ from: Uint32Array; pairsByRow: Uint32Array }> {
  const from = new Uint32Array(samples.length + 1);
  yield* eachStep(pairs.row.length, (begin, end) => {
    for (let pair = begin; pair < end; pair += 1) from[pairs.row[pair]! + 1] = from[pairs.row[pair]! + 1]! + 1;
  });
  for (let row = 0; row < samples.length; row += 1) from[row + 1] = from[row + 1]! + from[row]!;
  const next = from.slice();
  const pairsByRow = new Uint32Array(pairs.row.length);
  yield* eachStep(pairs.row.length, (begin, end) => {
    for (let pair = begin; pair < end; pair += 1) {
      const row = pairs.row[pair]!;
      pairsByRow[next[row]!] = pair;
      next[row] = next[row]! + 1;
    }
  });
  return { from, pairsByRow };
}
