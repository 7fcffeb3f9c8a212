import { compareCandidates, findingOf, formatScore, scoredCandidates, scoreOptions, type Candidates } from "./candidates.ts";
import { parseShare, textOption, type Share } from "./options.ts";
import type { Finding, Policy, Situation } from "./policy.ts";

/**
 * Keeps the best by a score, in all or in each folder or concept: a percentage keeps at least that share and every tie at its cut (DataComp, Gadre et al. 2023,
 * baselines/apply_filter.py, keeps `score >= cut` too, but cuts one place lower), a count is exact with ties by id.
 * The denominator holds the candidates whose score is known: unknown scores go to review, and the evaluation split and what a person or a model decided stand outside of the ranking.
 */
export const keepTop: Policy = {
  id: "keepTop",
  summary: "keeps the best share, or a number, by a score",
  options: {
    ...scoreOptions,
    keep: { kind: "share", about: "how much is kept: 70% (with ties) or 700 (exact)" },
    per: { kind: "choice", about: "take the quota in each of these instead of in all", choices: ["folder", "concept"] },
  },
  check: (options) =>
    options["keep"] === undefined ? "Expected keep, such as 70% or 700, for the policy keepTop but received none" : undefined,
  judge: (situation, options) => {
    const signal = textOption(options, "signal") ?? "";
    const keep = textOption(options, "keep") ?? "";
    const share = parseShare(keep) ?? { kind: "percent", percent: 100 };
    const candidates = scoredCandidates(situation, options);
    const findings: Finding[] = [];
    const buckets = bucketsOf(situation, candidates, textOption(options, "per"), (unknown) =>
      findings.push(findingOf(candidates.unit, unknown, "review", `${signal} is unknown`)),
    );
    for (const [bucket, positions] of buckets) {
      const place = bucket === undefined ? "" : ` of ${bucket}`;
      const { dropped, cut } = rank(situation, candidates, positions, share);
      const edge = cut === undefined ? "" : ` (cut at ${formatScore(cut)})`;
      for (const at of dropped) {
        const reason = `${signal} ${formatScore(candidates.score[at] ?? NaN)} is not in the top ${keep}${place}${edge}`;
        findings.push(findingOf(candidates.unit, candidates.index[at] ?? 0, "drop", reason));
      }
    }
    return { findings };
  },
};

/** Which of the positions fall out, and the score of the last that stays. */
function rank(
  situation: Situation,
  { unit, index, score, better }: Candidates,
  positions: readonly number[],
  share: Share,
): { dropped: readonly number[]; cut: number | undefined } {
  const sign = better === "higher" ? -1 : 1;
  const byScore = (left: number, right: number): number => sign * ((score[left] ?? 0) - (score[right] ?? 0));
  const byId = compareCandidates(situation, unit);
  const sorted = [...positions].sort((left, right) => byScore(left, right) || byId(index[left] ?? 0, index[right] ?? 0));
  let kept = share.kind === "count" ? Math.min(share.count, sorted.length) : Math.floor((sorted.length * share.percent) / 100);
  const last = sorted[kept - 1];
  if (last === undefined) return { dropped: sorted, cut: undefined };
  if (share.kind === "percent") while (kept < sorted.length && byScore(last, sorted[kept] ?? last) === 0) kept += 1;
  return { dropped: sorted.slice(kept), cut: score[last] };
}

function bucketsOf(
  situation: Situation,
  { unit, index, score }: Candidates,
  per: string | undefined,
  onUnknown: (index: number) => void,
): Map<string | undefined, number[]> {
  const bucketOf = bucketNamer(situation, per);
  const { row } = situation.input.pairs;
  const buckets = new Map<string | undefined, number[]>();
  index.forEach((candidate, at) => {
    if (Number.isNaN(score[at])) {
      onUnknown(candidate);
      return;
    }
    const name = bucketOf(unit === "pair" ? (row[candidate] ?? 0) : candidate);
    const bucket = buckets.get(name);
    if (bucket === undefined) buckets.set(name, [at]);
    else bucket.push(at);
  });
  return buckets;
}

/** Names the bucket of a row; samples of no concept share one. */
function bucketNamer({ input }: Situation, per: string | undefined): (row: number) => string | undefined {
  if (per === "folder") return (row) => `folder ${input.samples[row]?.folder || "."}`;
  if (per !== "concept") return () => undefined;
  const concepts = new Map<number, string>();
  for (const group of input.groups) {
    if (group.kind !== "concept") continue;
    for (const { row } of group.members) if (!concepts.has(row)) concepts.set(row, `concept ${group.name} (${group.id})`);
  }
  return (row) => concepts.get(row) ?? "no concept";
}
