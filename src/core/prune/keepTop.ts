import { keysFromFloats, orderByKeys, orderTexts } from "../order.ts";
import type { Steps } from "../steps.ts";
import { eachStep } from "../steps.ts";
import { formatScore, scoredCandidates, scoreOptions, type Candidates } from "./candidates.ts";
import { parseShare, textOption, type Share } from "./options.ts";
import type { Policy, Situation } from "./policy.ts";
import { createRuling } from "./rulings.ts";
import { codes } from "./standing.ts";

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
  judge: function* (situation, options) {
    const signal = textOption(options, "signal") ?? "";
    const keep = textOption(options, "keep") ?? "";
    const share = parseShare(keep) ?? { kind: "percent", percent: 100 };
    const candidates = yield* scoredCandidates(situation, options);
    const { unit, index, score } = candidates;
    const buckets = yield* fillBuckets(situation, candidates, textOption(options, "per"));
    const { cuts, falls } = yield* cut(yield* orderKnown(situation, candidates), { candidates, buckets, share });
    const found = createRuling(unit, index);
    yield* eachStep(index.length, (from, to) => {
      for (let at = from; at < to; at += 1) {
        if (Number.isNaN(score[at])) found.add(at, codes.review);
        else if (falls[at] === 1) found.add(at, codes.drop);
      }
    });
    return found.rule((at) => {
      if (Number.isNaN(score[at])) return `${signal} is unknown`;
      const bucket = buckets.bucketOf[at]!;
      const place = buckets.names[bucket] === undefined ? "" : ` of ${buckets.names[bucket]}`;
      const edge = Number.isNaN(cuts[bucket]) ? "" : ` (cut at ${formatScore(cuts[bucket]!)})`;
      return `${signal} ${formatScore(score[at]!)} is not in the top ${keep}${place}${edge}`;
    });
  },
};

/** Where quotas are taken: each candidate's bucket, the buckets' names (undefined is all), and how many known scores each has. */
interface Buckets {
  readonly bucketOf: Int32Array;
  readonly names: readonly (string | undefined)[];
  readonly known: Uint32Array;
}

/** The places of the candidates with known scores, the best first, ties by the sample's id and the caption's index (code units, the same on every machine). */
function* orderKnown({ input, standing }: Situation, { unit, index, score, better }: Candidates): Steps<Uint32Array> {
  const byName = yield* orderTexts(input.samples.map(({ id }) => id));
  const rankOf = new Uint32Array(byName.length);
  yield* eachStep(byName.length, (from, to) => {
    for (let rank = from; rank < to; rank += 1) rankOf[byName[rank]!] = rank;
  });
  const known = new Uint32Array(index.length);
  let count = 0;
  const [captions, ranks] = [new Uint32Array(index.length), new Uint32Array(index.length)];
  yield* eachStep(index.length, (from, to) => {
    for (let at = from; at < to; at += 1) {
      if (!Number.isNaN(score[at])) known[count++] = at;
      captions[at] = unit === "pair" ? input.pairs.captionIndex[index[at]!]! : 0;
      ranks[at] = rankOf[unit === "pair" ? standing.rowOf[index[at]!]! : index[at]!]!;
    }
  });
  const byCaption = yield* orderByKeys(captions, known.subarray(0, count));
  const byId = yield* orderByKeys(ranks, byCaption);
  return yield* orderByKeys(yield* keysFromFloats(score, better === "higher"), byId);
}

/** Tells what falls out of its bucket's quota (1), and the score of the last that stays in each bucket; NaN where nothing does. */
function* cut(
  order: Uint32Array,
  { candidates: { score }, buckets, share }: { candidates: Candidates; buckets: Buckets; share: Share },
): Steps<{ cuts: Float32Array; falls: Uint8Array }> {
  const { bucketOf, known } = buckets;
  const quota = known.map((count) => (share.kind === "count" ? Math.min(share.count, count) : Math.floor((count * share.percent) / 100)));
  const cuts = new Float32Array(known.length).fill(NaN);
  const falls = new Uint8Array(score.length);
  const taken = new Uint32Array(known.length);
  yield* eachStep(order.length, (from, to) => {
    for (let place = from; place < to; place += 1) {
      const at = order[place]!;
      const bucket = bucketOf[at]!;
      if (taken[bucket]! < quota[bucket]!) {
        taken[bucket] = taken[bucket]! + 1;
        cuts[bucket] = score[at]!;
      } else if (share.kind === "count" || score[at] !== cuts[bucket]) falls[at] = 1;
    }
  });
  return { cuts, falls };
}

function* fillBuckets({ input, standing }: Situation, { unit, index, score }: Candidates, per: string | undefined): Steps<Buckets> {
  const nameOf = bucketNamer(input, per);
  const numbers = new Map<string | undefined, number>();
  const [bucketOf, known] = [new Int32Array(index.length), [] as number[]];
  yield* eachStep(index.length, (from, to) => {
    for (let at = from; at < to; at += 1) {
      const name = nameOf(unit === "pair" ? standing.rowOf[index[at]!]! : index[at]!);
      const bucket = numbers.get(name) ?? numbers.size;
      numbers.set(name, bucket);
      bucketOf[at] = bucket;
      known[bucket] = (known[bucket] ?? 0) + (Number.isNaN(score[at]) ? 0 : 1);
    }
  });
  return { bucketOf, names: [...numbers.keys()], known: Uint32Array.from(known) };
}

/** Names the bucket of a row; samples of no concept share one. */
function bucketNamer(input: Situation["input"], per: string | undefined): (row: number) => string | undefined {
  if (per === "folder") return (row) => `folder ${input.samples[row]?.folder || "."}`;
  if (per !== "concept") return () => undefined;
  const concepts = new Map<number, string>();
  for (const group of input.groups) {
    if (group.kind !== "concept") continue;
    for (const { row } of group.members) if (!concepts.has(row)) concepts.set(row, `concept ${group.name} (${group.id})`);
  }
  return (row) => concepts.get(row) ?? "no concept";
}
