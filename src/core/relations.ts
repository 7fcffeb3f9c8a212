import { findCaption } from "./selection.ts";

/** What a person can say of two pairs (image and caption), or of two samples. */
export const relationNames = ["duplicate", "falseNegative", "hardNegative"] as const;

/**
 * One of them. `duplicate`: two files of one picture; in the next run they are copies like those that were found, for groups and ranks alike.
 * `falseNegative`: each one's caption fits the other's picture; they are no confusable pair, and neither counts against the other in a rank.
 * `hardNegative`: alike, but each caption fits its own picture only; the pairs stay, are marked, and go out with an export.
 */
export type Relation = (typeof relationNames)[number];

/** A pair, or a whole sample where `captionIndex` is undefined; `captionHash` finds the caption again after re-ordering, as in a `Verdict`. */
export interface RelatedPair {
  readonly sample: string;
  readonly captionIndex?: number;
  readonly captionHash?: string;
}

/** What a person said of two. Of duplicates, `left` is the one that stays. */
export interface StatedRelation {
  readonly left: RelatedPair;
  readonly right: RelatedPair;
  readonly relation: Relation;
}

/** The columns of `relations.csv`, in order. */
export const relationColumns = [
  "relation",
  "left",
  "leftCaptionIndex",
  "leftCaptionHash",
  "right",
  "rightCaptionIndex",
  "rightCaptionHash",
] as const;

/** One row of `relations.csv` as text; an index and a hash are empty for a whole sample. */
export type RelationRecord = Readonly<Record<(typeof relationColumns)[number], string>>;

/** A relation as a row of text. */
export function recordFromRelation({ left, right, relation }: StatedRelation): RelationRecord {
  return {
    relation,
    left: left.sample,
    leftCaptionIndex: left.captionIndex === undefined ? "" : String(left.captionIndex),
    leftCaptionHash: left.captionHash ?? "",
    right: right.sample,
    rightCaptionIndex: right.captionIndex === undefined ? "" : String(right.captionIndex),
    rightCaptionHash: right.captionHash ?? "",
  };
}

/** Reads a row of text; a sentence where it can't be one. */
export function relationFromRecord(record: Readonly<Record<string, string | undefined>>): StatedRelation | string {
  const relation = relationNames.find((name) => name === record["relation"]);
  if (relation === undefined) return `Expected ${relationNames.join(", ")} for relation but received ${record["relation"] || "nothing"}`;
  const left = pairFromRecord(record, "left");
  if (typeof left === "string") return left;
  const right = pairFromRecord(record, "right");
  if (typeof right === "string") return right;
  return { left, right, relation };
}

/** Sorts by the samples' names and the captions' places, so that a file of relations makes small diffs. */
export function sortRelations(relations: readonly StatedRelation[]): StatedRelation[] {
  const keys = new Map(relations.map((relation) => [relation, sortKey(relation)]));
  return [...relations].sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}

/** What became of relations that a person stated: all that hold now, the new ones among them, and those that no longer hold. */
export interface Restated {
  readonly relations: readonly StatedRelation[];
  readonly stated: readonly StatedRelation[];
  readonly withdrawn: readonly StatedRelation[];
}

/**
 * States a relation between every two of some members, or takes back what was said of them. A new word takes the place of every earlier one on
 * the same two: of the same captions, or where one of both words is about whole samples. Duplicates are of whole samples, whichever captions are
 * named, and of each two the earlier stays. Two captions of one picture have no relation.
 */
export function restate(known: readonly StatedRelation[], members: readonly RelatedPair[], relation: Relation | "clear"): Restated {
  const named = relation === "duplicate" ? members.map(({ sample }): RelatedPair => ({ sample })) : members;
  const wanted = new Map<string, StatedRelation>();
  for (const [at, left] of named.entries())
    for (const right of named.slice(at + 1)) {
      if (left.sample === right.sample) continue;
      const pair: StatedRelation = { left, right, relation: relation === "clear" ? "duplicate" : relation };
      if (!wanted.has(keyOfTwo(pair))) wanted.set(keyOfTwo(pair), pair);
    }
  const bySamples = groupBySamples([...wanted.values()]);
  const isSame = (one: StatedRelation, other: StatedRelation): boolean =>
    relation !== "clear" && one.relation === other.relation && keyOfTwo(one) === keyOfTwo(other) && staysSame(one, other);
  const isReplaced = (old: StatedRelation): boolean =>
    (bySamples.get(samplesOf(old)) ?? []).some((pair) => isOfTheSameTwo(old, pair) && !isSame(old, pair));
  const [withdrawn, kept] = [known.filter(isReplaced), known.filter((old) => !isReplaced(old))];
  const holds = new Map(kept.map((old) => [keyOfTwo(old), old]));
  const stated = relation === "clear" ? [] : [...wanted.values()].filter((pair) => holds.get(keyOfTwo(pair))?.relation !== relation);
  return { relations: sortRelations([...kept, ...stated]), stated, withdrawn };
}

/** Looks up what a person said of two pairs or samples; a word on whole samples is one on their captions, and the other way round. */
export function createRelationFinder(
  relations: readonly StatedRelation[],
): (left: RelatedPair, right: RelatedPair) => Relation | undefined {
  const bySamples = groupBySamples(relations);
  return (left, right) => {
    const asked = { left, right };
    return bySamples.get(samplesOf(asked))?.find((known) => isOfTheSameTwo(known, asked))?.relation;
  };
}

/** Stated relations as places in a dataset: rows of samples, and pairs by their places in the columns of pairs. Those whose sample or caption is gone are left out. */
export interface PlacedRelations {
  /** Rows of two samples that are one picture; the first stays. */
  readonly duplicates: readonly (readonly [number, number])[];
  /** Rows of two samples that must not be taken for copies. */
  readonly apart: readonly (readonly [number, number])[];
  readonly falseNegatives: readonly (readonly [number, number])[];
  readonly hardNegatives: readonly (readonly [number, number])[];
}

/** No relations at all. */
export const noRelations: PlacedRelations = { duplicates: [], apart: [], falseNegatives: [], hardNegatives: [] };

/** Where samples and captions stand: the row of a sample, the place of a row's first pair, and the hashes of its captions in order. */
export interface PairPlaces {
  readonly rowOf: (sample: string) => number | undefined;
  readonly firstPairOf: (row: number) => number;
  readonly hashesOf: (row: number) => readonly string[];
}

/** Finds what relations are about; a relation of whole samples is one of each caption with each. */
export function placeRelations(relations: readonly StatedRelation[], places: PairPlaces): PlacedRelations {
  const placed = { duplicates: [], apart: [], falseNegatives: [], hardNegatives: [] } as {
    [Kind in keyof PlacedRelations]: [number, number][];
  };
  for (const { left, right, relation } of relations) {
    const [leftRow, rightRow] = [places.rowOf(left.sample), places.rowOf(right.sample)];
    if (leftRow === undefined || rightRow === undefined || leftRow === rightRow) continue;
    if (relation === "duplicate") {
      placed.duplicates.push([leftRow, rightRow]);
      continue;
    }
    const [ofLeft, ofRight] = [pairsOf(left, leftRow, places), pairsOf(right, rightRow, places)];
    const two = ofLeft.flatMap((one) => ofRight.map((other): [number, number] => [one, other]));
    if (relation === "hardNegative" && two.length > 0) placed.apart.push([leftRow, rightRow]);
    placed[relation === "hardNegative" ? "hardNegatives" : "falseNegatives"].push(...two);
  }
  return placed;
}

function pairsOf(pair: RelatedPair, row: number, { firstPairOf, hashesOf }: PairPlaces): number[] {
  const hashes = hashesOf(row);
  const first = firstPairOf(row);
  if (pair.captionIndex === undefined) return hashes.map((_, index) => first + index);
  const at = findCaption(pair, hashes);
  return at === undefined ? [] : [first + at];
}

/** The name of a pair, equal for two ways to name one caption that has a hash. */
export function nameOfPair({ sample, captionIndex, captionHash }: RelatedPair): string {
  return JSON.stringify([sample, captionIndex === undefined ? null : (captionHash ?? captionIndex)]);
}

function pairFromRecord(record: Readonly<Record<string, string | undefined>>, side: "left" | "right"): RelatedPair | string {
  const { [side]: sample = "", [`${side}CaptionIndex`]: captionIndex = "", [`${side}CaptionHash`]: captionHash = "" } = record;
  if (sample === "") return `Expected a sample for ${side} but received none`;
  if (!/^\d*$/.test(captionIndex)) return `Expected a whole number for ${side}CaptionIndex but received ${captionIndex}`;
  if (captionIndex === "") return { sample };
  return { sample, captionIndex: Number(captionIndex), ...(captionHash === "" ? {} : { captionHash }) };
}

function sortKey({ left, right, relation }: StatedRelation): string {
  const place = ({ captionIndex = -1, captionHash = "" }: RelatedPair): string => String(captionIndex + 1).padStart(6, "0") + captionHash;
  return [left.sample, place(left), right.sample, place(right), relation].join("\u0000");
}

/** Equal for the same two in either order. */
function keyOfTwo({ left, right }: Two): string {
  return [nameOfPair(left), nameOfPair(right)].sort().join();
}

function groupBySamples(relations: readonly StatedRelation[]): ReadonlyMap<string, StatedRelation[]> {
  const groups = new Map<string, StatedRelation[]>();
  for (const relation of relations) {
    const key = samplesOf(relation);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [relation]);
    else group.push(relation);
  }
  return groups;
}

type Two = Pick<StatedRelation, "left" | "right">;

function samplesOf({ left, right }: Two): string {
  return JSON.stringify([left.sample, right.sample].sort());
}

/** Of duplicates it matters which one stays. */
function staysSame(one: StatedRelation, other: StatedRelation): boolean {
  return one.relation !== "duplicate" || one.left.sample === other.left.sample;
}

/** Whether two words on the same two samples are about the same captions; a word on a whole sample is about each of its captions. */
function isOfTheSameTwo(one: Two, other: Two): boolean {
  const [first, second] = one.left.sample === other.left.sample ? [other.left, other.right] : [other.right, other.left];
  return meets(one.left, first) && meets(one.right, second);
}

function meets(one: RelatedPair, other: RelatedPair): boolean {
  return one.captionIndex === undefined || other.captionIndex === undefined || nameOfPair(one) === nameOfPair(other);
}
