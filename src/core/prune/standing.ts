import type { Actor, Decision, Verdict } from "../verdict.ts";
import type { DecideInput, Finding } from "./policy.ts";

/** A decision with who took it and why. */
export interface Standpoint {
  readonly decision: Decision;
  readonly actor: Actor;
  readonly reason: string;
}

/**
 * Where a decision stands while rules are applied one after the other. `pairs` and `samples` hold what is not plainly kept (undefined is kept by nobody's word);
 * a sample's own standpoint is that of a sample rule or of a verdict on the whole sample. `frozen` rows belong to the evaluation split.
 * `from[row]` to `from[row + 1]` are the pairs of a row, as positions in `pairsByRow`. `stale` are verdicts whose sample or caption is gone.
 */
export interface Standing {
  readonly pairs: (Standpoint | undefined)[];
  readonly samples: (Standpoint | undefined)[];
  readonly frozen: Uint8Array;
  readonly from: Uint32Array;
  readonly pairsByRow: Uint32Array;
  readonly stale: readonly Verdict[];
}

/** The standing before any rule: persons' and models' verdicts, a person's before a model's, a pair's own before its sample's. */
export function openStanding(input: DecideInput): Standing {
  const { from, pairsByRow } = pairsOfRows(input);
  const standing: Standing & { stale: Verdict[] } = {
    pairs: new Array<Standpoint | undefined>(input.pairs.row.length).fill(undefined),
    samples: new Array<Standpoint | undefined>(input.samples.length).fill(undefined),
    frozen: Uint8Array.from(input.samples, ({ split }) => (split === "validation" || split === "test" ? 1 : 0)),
    from,
    pairsByRow,
    stale: [],
  };
  const rows = new Map(input.samples.map(({ id }, row) => [id, row]));
  for (const [actor, ofSample] of [
    ["model", true],
    ["model", false],
    ["person", true],
    ["person", false],
  ] as const) {
    for (const verdict of input.verdicts) {
      if (verdict.actor !== actor || (verdict.captionIndex === undefined) !== ofSample) continue;
      if (!settle(standing, input, rows.get(verdict.sample), verdict)) standing.stale.push(verdict);
    }
  }
  return standing;
}

/** The pairs of a row, as positions in the columns. */
export function pairsOfRow(standing: Standing, row: number): Uint32Array {
  return standing.pairsByRow.subarray(standing.from[row], standing.from[row + 1]);
}

/** What is to become of a pair as things stand. */
export function pairDecision(standing: Standing, pair: number): Decision {
  return standing.pairs[pair]?.decision ?? "keep";
}

/** What is to become of a sample as things stand: as its own standpoint says, else kept with one kept pair (or none at all), in review with one in review, else dropped. */
export function sampleDecision(standing: Standing, row: number): Decision {
  const pairs = pairsOfRow(standing, row);
  const own = standing.samples[row];
  if (pairs.length === 0) return own?.decision ?? "keep";
  let best: Decision = "drop";
  for (const pair of pairs) {
    const decision = pairDecision(standing, pair);
    if (decision === "keep") return "keep";
    if (decision === "review") best = "review";
  }
  return best;
}

/** True where a rule may judge the pair: kept so far, not by a person's or a model's word, and outside the evaluation split. */
export function isPairCandidate(standing: Standing, input: DecideInput, pair: number): boolean {
  return standing.pairs[pair] === undefined && standing.frozen[input.pairs.row[pair] ?? 0] === 0;
}

/**
 * True where a rule may judge the whole sample: outside the evaluation split, without a verdict on the sample, not dropped yet, and without a pair that a person or a model
 * wants kept or reviewed (dropping the sample would overrule them).
 */
export function isSampleCandidate(standing: Standing, row: number): boolean {
  if (standing.frozen[row] === 1 || standing.samples[row] !== undefined) return false;
  for (const pair of pairsOfRow(standing, row)) {
    const standpoint = standing.pairs[pair];
    if (standpoint !== undefined && standpoint.actor !== "rule" && standpoint.decision !== "drop") return false;
  }
  return sampleDecision(standing, row) !== "drop";
}

/** Writes a rule's findings into the standing. The first to drop a pair gives its reason; a review gives way to a drop of the sample. */
export function applyFindings(standing: Standing, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const standpoint: Standpoint = { decision: finding.decision, actor: "rule", reason: finding.reason };
    if (finding.kind === "pair") {
      standing.pairs[finding.pair] ??= standpoint;
      continue;
    }
    standing.samples[finding.row] ??= standpoint;
    for (const pair of pairsOfRow(standing, finding.row)) {
      if (standing.pairs[pair] === undefined || standing.pairs[pair].decision === "review") standing.pairs[pair] = standpoint;
    }
  }
}

function settle(standing: Standing, input: DecideInput, row: number | undefined, verdict: Verdict): boolean {
  if (row === undefined) return false;
  const standpoint: Standpoint = { decision: verdict.decision, actor: verdict.actor, reason: verdict.reason };
  if (verdict.captionIndex === undefined) {
    standing.samples[row] = standpoint;
    for (const pair of pairsOfRow(standing, row)) standing.pairs[pair] = standpoint;
    return true;
  }
  const pair = findPair(standing, input, row, verdict);
  if (pair === undefined) return false;
  standing.pairs[pair] = standpoint;
  return true;
}

/** The pair that a verdict means: the caption at its index if the text is the same, else the caption with that text wherever it stands now. */
function findPair(standing: Standing, input: DecideInput, row: number, verdict: Verdict): number | undefined {
  const { captionIndex, captionHash } = input.pairs;
  const pairs = [...pairsOfRow(standing, row)];
  const sameIndex = pairs.find((pair) => captionIndex[pair] === verdict.captionIndex);
  if (verdict.captionHash === undefined) return sameIndex;
  if (sameIndex !== undefined && captionHash[sameIndex] === verdict.captionHash) return sameIndex;
  return pairs.find((pair) => captionHash[pair] === verdict.captionHash);
}

function pairsOfRows({ samples, pairs }: DecideInput): { from: Uint32Array; pairsByRow: Uint32Array } {
  const from = new Uint32Array(samples.length + 1);
  for (const row of pairs.row) from[row + 1] = (from[row + 1] ?? 0) + 1;
  for (let row = 0; row < samples.length; row += 1) from[row + 1] = (from[row + 1] ?? 0) + (from[row] ?? 0);
  const next = from.slice();
  const pairsByRow = new Uint32Array(pairs.row.length);
  pairs.row.forEach((row, pair) => {
    const at = next[row] ?? 0;
    pairsByRow[at] = pair;
    next[row] = at + 1;
  });
  return { from, pairsByRow };
}
