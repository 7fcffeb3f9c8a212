import { orderTexts } from "./order.ts";
import type { Decided } from "./prune/decide.ts";
import { judgedOfRow } from "./prune/dryRun.ts";
import type { DecideInput } from "./prune/policy.ts";
import { findPair, pairsOfRow, pairsOfRows, rowsById } from "./prune/standing.ts";
import type { Steps } from "./steps.ts";
import { finish, stepLength } from "./steps.ts";
import type { Actor, Decision, Verdict } from "./verdict.ts";

/** The columns of `selection.csv`, in order. */
export const selectionColumns = ["sample", "captionIndex", "captionHash", "verdict", "actor", "reason"] as const;

/** One row of `selection.csv` as text; `captionIndex` and `captionHash` are empty for a whole sample. */
export type SelectionRecord = Readonly<Record<(typeof selectionColumns)[number], string>>;

const decisions: ReadonlySet<string> = new Set<Decision>(["keep", "drop", "review"]);
const actors: ReadonlySet<string> = new Set<Actor>(["person", "model", "rule"]);

/** The selection of a decision: rules' drops and reviews, and every verdict of a person or a model, also one whose caption is gone. Sorted. */
export function selectionOf(decided: Decided): Verdict[] {
  return [...finish(selectionInSteps(decided))];
}

/** `selectionOf` without making all verdicts at once: what takes long comes in steps, then they can be taken one by one. */
export function* selectionInSteps(decided: Decided): Steps<Iterable<Verdict>> {
  const order = yield* orderTexts(decided.input.samples.map(({ id }) => id));
  const others = sortSelection(decided.input.verdicts.filter(({ actor }) => actor !== "rule"));
  yield;
  return { [Symbol.iterator]: () => mergeSorted(ruled(decided, order), others) };
}

/** What rules dropped or sent to review, by the order of the samples. */
function* ruled(decided: Decided, order: Uint32Array): Generator<Verdict> {
  const { captionIndex: indices, captionHash } = decided.input.pairs;
  for (const row of order) {
    const judged = (["drop", "review"] as const).flatMap((decision) =>
      judgedOfRow(decided, row, decision).map((found) => ({ ...found, decision })),
    );
    if (judged.length === 0) continue;
    const found = judged
      .filter(({ actor }) => actor === "rule")
      .map(({ sample, captionIndex, decision, reason }): Verdict => {
        if (captionIndex === null) return { sample, decision, actor: "rule", reason };
        const pair = pairsOfRow(decided.standing, row).find((own) => indices[own] === captionIndex);
        return { sample, captionIndex, captionHash: captionHash[pair ?? -1] ?? "", decision, actor: "rule", reason };
      });
    yield* found.length > 1 ? sortSelection(found) : found;
  }
}

function* mergeSorted(left: Iterable<Verdict>, right: readonly Verdict[]): Generator<Verdict> {
  let next = 0;
  for (const verdict of left) {
    while (next < right.length && compareVerdicts(right[next]!, verdict) < 0) yield right[next++]!;
    yield verdict;
  }
  yield* right.slice(next);
}

/** Sorts by sample (code units), caption's index (the whole sample first) and actor, so that a file of verdicts makes small diffs. */
export function sortSelection(verdicts: readonly Verdict[]): Verdict[] {
  return [...verdicts].sort(compareVerdicts);
}

/** A verdict as a row of text. */
export function recordFromVerdict(verdict: Verdict): SelectionRecord {
  const { sample, captionIndex, captionHash, decision, actor, reason } = verdict;
  return {
    sample,
    captionIndex: captionIndex === undefined ? "" : String(captionIndex),
    captionHash: captionHash ?? "",
    verdict: decision,
    actor,
    reason,
  };
}

/** Reads a row of text; a sentence where it can't be one. */
export function verdictFromRecord(record: Readonly<Record<string, string | undefined>>): Verdict | string {
  const { sample, captionIndex = "", captionHash = "", verdict = "", actor = "", reason = "" } = record;
  if (sample === undefined || sample === "") return "Expected a sample but received none";
  if (!/^\d*$/.test(captionIndex)) return `Expected a whole number for captionIndex but received ${captionIndex}`;
  if (!decisions.has(verdict)) return `Expected keep, drop or review but received ${verdict || "nothing"}`;
  if (!actors.has(actor)) return `Expected person, model or rule but received ${actor || "nothing"}`;
  return {
    sample,
    ...(captionIndex === "" ? {} : { captionIndex: Number(captionIndex) }),
    ...(captionHash === "" ? {} : { captionHash }),
    decision: verdict as Decision,
    actor: actor as Actor,
    reason,
  };
}

/** What a selection says of a sample and its captions, looked up by the sample's id. */
export interface SelectionIndex {
  /**
   * The verdict that holds for each caption of a sample, whose texts' hashes are given in order: a person's before a model's before a rule's, the caption's own before its
   * sample's; undefined is kept by nobody's word. A verdict with a hash finds its caption again after re-ordering, and holds no more when the text was changed.
   */
  readonly ofCaptions: (sample: string, captionHashes: readonly string[]) => (Verdict | undefined)[];
  /** The verdict on the whole sample. */
  readonly ofSample: (sample: string) => Verdict | undefined;
}

/** Makes a selection fit for look-ups. */
export function indexSelection(verdicts: readonly Verdict[]): SelectionIndex {
  const bySample = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const known = bySample.get(verdict.sample);
    if (known === undefined) bySample.set(verdict.sample, [verdict]);
    else known.push(verdict);
  }
  const stronger = (best: Verdict | undefined, verdict: Verdict): Verdict =>
    best === undefined || strength(verdict) >= strength(best) ? verdict : best;
  const ofSample = (sample: string): Verdict | undefined =>
    (bySample.get(sample) ?? []).filter(({ captionIndex }) => captionIndex === undefined).reduce<Verdict | undefined>(stronger, undefined);
  return {
    ofSample,
    ofCaptions: (sample, captionHashes) => {
      const held = new Array<Verdict | undefined>(captionHashes.length).fill(ofSample(sample));
      for (const verdict of bySample.get(sample) ?? []) {
        const at = findCaption(verdict, captionHashes);
        if (at !== undefined) held[at] = stronger(held[at], verdict);
      }
      return held;
    },
  };
}

/**
 * What a selection keeps, one entry a pair: 1 is plainly kept, 0 is dropped or in review. Whose word holds is as in `SelectionIndex`, for all pairs
 * of a dataset at once; verdicts whose sample or caption is gone say nothing.
 */
export function* keptPairsOf(input: Pick<DecideInput, "samples" | "pairs">, verdicts: readonly Verdict[]): Steps<Uint8Array> {
  const count = input.pairs.row.length;
  const [kept, held] = [new Uint8Array(count).fill(1), new Int8Array(count).fill(-1)];
  const layout = yield* pairsOfRows(input);
  const rows = yield* rowsById(input);
  const hold = (pair: number, verdict: Verdict): void => {
    if (strength(verdict) < held[pair]!) return;
    held[pair] = strength(verdict);
    kept[pair] = verdict.decision === "keep" ? 1 : 0;
  };
  for (const ofSample of [true, false]) {
    for (const [at, verdict] of verdicts.entries()) {
      if (at % (stepLength >> 4) === 0) yield;
      const row = (verdict.captionIndex === undefined) === ofSample ? rows.get(verdict.sample) : undefined;
      if (row === undefined) continue;
      const pairs = pairsOfRow(layout, row);
      if (ofSample) for (const pair of pairs) hold(pair, verdict);
      else {
        const pair = findPair(input.pairs, pairs, verdict);
        if (pair !== undefined) hold(pair, verdict);
      }
    }
  }
  return kept;
}

/** The caption that a verdict means: the one at its index if the text is the same, else the one with that text wherever it stands now. */
export function findCaption(
  { captionIndex, captionHash }: Pick<Verdict, "captionIndex" | "captionHash">,
  hashes: readonly string[],
): number | undefined {
  if (captionIndex === undefined) return undefined;
  if (captionHash === undefined || hashes[captionIndex] === captionHash) return captionIndex < hashes.length ? captionIndex : undefined;
  const at = hashes.indexOf(captionHash);
  return at < 0 ? undefined : at;
}

/** A rule's drop of a whole sample comes after its reviews of pairs, so that among rules the graver word holds. */
function strength({ actor, captionIndex, decision }: Verdict): number {
  if (actor === "rule") return decision === "drop" ? 1 : 0;
  return (actor === "person" ? 4 : 2) + (captionIndex === undefined ? 0 : 1);
}

function compareVerdicts(left: Verdict, right: Verdict): number {
  return (
    compareText(left.sample, right.sample) || (left.captionIndex ?? -1) - (right.captionIndex ?? -1) || compareText(left.actor, right.actor)
  );
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
