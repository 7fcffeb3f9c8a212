import { lints } from "./captions/lints/lints.ts";
import { pairLints } from "./captions/lints/pairLint.ts";
import { tooLong } from "./captions/lints/tooLong.ts";
import { tokenLimits, trainerLimits } from "./captions/tokenLimits.ts";
import type { GroupKind } from "./group.ts";

/** A list of pairs or samples that is worth a look: a filter (grammar of `parseWhere`) under a name. `kind` is that of the groups it is made of. */
export interface BucketDescriptor {
  readonly id: string;
  readonly title: string;
  /** What is in it and why it matters, in one sentence. */
  readonly about: string;
  readonly where: string;
  readonly unit: "pair" | "sample";
  readonly kind: GroupKind | null;
  /** Left out of the lists where nothing is in it: one of many findings, most of which a dataset has not. */
  readonly isQuiet?: boolean;
}

/** A bucket for each lint that is found in pairs, for all but the cut that `truncated` has already. */
const ofLints: readonly BucketDescriptor[] = [...lints, ...pairLints]
  .filter(({ id }) => id !== tooLong.id)
  .map(({ id, title, about }) => ({ id: `lint-${id}`, title, about, where: `lint = ${id}`, unit: "pair", kind: null, isQuiet: true }));

/** A bucket for each length up to which trainers read. */
const ofTrainers: readonly BucketDescriptor[] = trainerLimits.map((tokens) => ({
  id: `tokensOver-${tokens}`,
  title: `More than ${tokens} tokens`,
  about: `Captions of which a trainer that reads ${tokens} tokens never sees the end, counted by the encoder`,
  where: `captionTokens > ${tokenLimits.get(tokens)!}`,
  unit: "pair",
  kind: null,
  isQuiet: true,
}));

/** All buckets, in the order in which they are shown: what may be wrong, what belongs together, what was decided. A new one is one entry here. */
export const buckets: readonly BucketDescriptor[] = [
  {
    id: "lowScore",
    title: "Low score",
    about: "Pairs in the lowest 5 % of CLIP scores: captions that may not fit their pictures",
    where: "clipScorePercentile < 5",
    unit: "pair",
    kind: null,
  },
  {
    id: "mismatchedRank",
    title: "Mismatched rank",
    about: "Pairs of which the picture or the caption fits many others better: likely mismatches, whatever their score",
    where: "suspectedMismatch = true",
    unit: "pair",
    kind: null,
  },
  {
    id: "duplicates",
    title: "Duplicates",
    about: "Pictures with the same bytes or the same pixels as another one",
    where: "group = duplicate",
    unit: "sample",
    kind: "duplicate",
  },
  {
    id: "nearDuplicates",
    title: "Near-duplicates",
    about: "Versions of one picture: resized, recompressed, cropped or slightly changed",
    where: "group = nearDuplicate",
    unit: "sample",
    kind: "nearDuplicate",
  },
  {
    id: "sameCaption",
    title: "Same caption",
    about: "Captions that stand under several different pictures and so tell none of them apart",
    where: "group = sameCaption",
    unit: "pair",
    kind: "sameCaption",
  },
  {
    id: "sameImage",
    title: "Same image, other captions",
    about: "One picture that lies there more than once under different captions: they could be put together under one file",
    where: "group = sameImage",
    unit: "pair",
    kind: "sameImage",
  },
  {
    id: "confusable",
    title: "Confusable groups",
    about: "Pairs whose pictures and captions the encoder can hardly tell apart: hard negatives, or captions that say too little",
    where: "group = confusable",
    unit: "pair",
    kind: "confusable",
  },
  {
    id: "falseNegatives",
    title: "Possible false negatives",
    about: "Captions that fit another picture as well as its own: as negatives of each other they would teach something wrong",
    where: "group = falseNegative",
    unit: "pair",
    kind: "falseNegative",
  },
  {
    id: "concepts",
    title: "Concepts",
    about: "All pictures by what they show, to see what there is much or little of",
    where: "concept is not unknown",
    unit: "sample",
    kind: "concept",
  },
  {
    id: "truncated",
    title: "Truncated captions",
    about: "Captions that are longer than the encoder reads: it never sees their ends",
    where: "truncated = true",
    unit: "pair",
    kind: null,
  },
  {
    id: "weakCaptions",
    title: "Weak captions",
    about: "Captions that a lint objects to: empty, refused, unfinished, looping, wrongly encoded, or about the picture as such",
    where: "captionLints > 0",
    unit: "pair",
    kind: null,
  },
  ...ofLints,
  ...ofTrainers,
  {
    id: "problems",
    title: "Problems",
    about: "Samples that something is wrong with, such as a missing caption or a broken file",
    where: "problem is not unknown",
    unit: "sample",
    kind: null,
  },
  {
    id: "unreadable",
    title: "Unreadable pictures",
    about: "Samples whose picture can't be decoded: trainers fail on them",
    where: "pixels is unknown",
    unit: "sample",
    kind: null,
  },
  {
    id: "dropped",
    title: "Dropped",
    about: "Pairs that are left out of exports and training",
    where: "verdict = drop",
    unit: "pair",
    kind: null,
  },
  {
    id: "review",
    title: "Review",
    about: "Pairs that somebody should look at before they are used",
    where: "verdict = review",
    unit: "pair",
    kind: null,
  },
  { id: "edited", title: "Edited", about: "Captions that were changed with Winnow", where: "edited = true", unit: "pair", kind: null },
];
