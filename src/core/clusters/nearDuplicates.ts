import type { Group } from "../group.ts";
import type { Matrix } from "../matrix.ts";
import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { nearestWithin } from "../neighbours/nearest.ts";
import { gatherRows, selectRows } from "../signals/pairs.ts";
import type { UnnumberedGroup } from "./groupIds.ts";
import { numberGroups } from "./groupIds.ts";
import type { Hashes } from "./hashNeighbours.ts";
import { findNearHashes, isTelling, mostHashBits } from "./hashNeighbours.ts";
import type { KeeperFacts } from "./keepers.ts";
import { compareKeepers, compareText } from "./keepers.ts";
import type { RegistrationPart, RegistrationWhole } from "./registration.ts";
import { preparePart, prepareWhole, registerInto } from "./registration.ts";
import type { RowPairs } from "./statedDuplicates.ts";
import { joinStated } from "./statedDuplicates.ts";

/** Gives the small grey pictures of some samples (see `computeLooks`), undefined for a sample without one. */
export type ReadLumas = (rows: Int32Array) => Promise<(row: number) => Uint8Array | undefined>;

/** What near-duplicates are found from. `rows` are the samples to compare, ascending: one of each group of equal pixels. */
export interface NearDuplicateInput {
  readonly images: Matrix;
  readonly rows: Int32Array;
  readonly facts: KeeperFacts;
  readonly hashes: Hashes;
  /** Without them candidates are believed as they are. */
  readonly readLumas?: ReadLumas | undefined;
  /** Least cosine, from `thresholdFromCrops`; undefined where it could not be calibrated: then hashes alone decide. */
  readonly cosine: number | undefined;
  /** Most differing bits of the perceptual hashes, at most 31. */
  readonly hashBits?: number;
  /** A second encoder's vectors of the same samples with a limit of their own; the two never meet. `names` is how people know the two. */
  readonly companion?: Companion | undefined;
  readonly gemm: Gemm;
  /** Of `rows`, those of which a person said that they are one picture (the first stays), and those that must not be taken for one. */
  readonly stated?: RowPairs;
  readonly apart?: RowPairs;
}

/** What a second encoder sees: its vectors, its least cosine (undefined where it could not be calibrated), and the names of the first and of itself. */
export interface Companion {
  readonly images: Matrix;
  readonly cosine: number | undefined;
  readonly names: readonly [first: string, companion: string];
}

/** How the search is watched and cancelled; `done` and `total` count blocks of the all-pairs product. */
export interface WatchOptions {
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Least agreement of details for an edge (see `registerInto`): 2 of 3,400 edits lie below, and no pair of different photos above. */
export const leastDetail = 0.9;

/** How many neighbours of each image are looked at. */
const neighboursSeen = 16;

/**
 * Where more than this share of all images would go, that is no cleaning up any more but the nature of the dataset (frames of a video,
 * renderings), or a threshold that is wrong: cosines that no picture confirms may be that sooner.
 */
const expectedShare = { confirmed: 0.5, unconfirmed: 0.2 };

/** More than this in one group is looked at before anything goes: a keeper may be a placeholder picture. */
const expectedSize = 20;

/**
 * Near-duplicates: edited copies of one picture (cropped, mirrored, tinted, recompressed, resized), not two pictures of one thing.
 *
 * A pair of images is a candidate if its cosine is at least 1 − 3 · (1 − t), three times as far as an 80 % crop may be, or their hashes,
 * the mirrored one too, differ in at most 31 of 256 bits. A candidate is an edge if one's small grey picture is found in the other's
 * (`registerInto`). Without small pictures an edge is a cosine of t or a telling hash. Members are compared with the keeper alone, so there
 * are no chains; `scores` are cosines.
 *
 * Why not cosine ≥ t or hash ≤ h alone: t is made for 80 % crops, so 60 % crops and recompressed crops lie below it, and two views of one
 * object often above. Measured with the stand-in encoder on 1,000 photos of Flickr8k's development split, 300 mild and 300 hard edits of
 * 300 of them (of none that a limit was chosen by) and 200 views of 100 rendered objects: pair F1 1.000 mild, 0.998 hard, no false pair; by
 * cosine and hash alone 0.998 mild, 0.727 hard, and 118 pairs of views taken for copies.
 *
 * A companion adds candidates by the same rule, from its own cosines and its own limit; each is confirmed like the others, and a group then tells whose cosine saw it.
 *
 * A person's word stands above this: what was said to be one picture is in one group, what was said to be told apart (hard negatives) is not,
 * unless other words join it. A group that words alone make is never doubtful.
 */
export async function findNearDuplicates(input: NearDuplicateInput, options: WatchOptions = {}): Promise<Group[]> {
  const candidates = await findCandidates(input, options);
  const edges = await confirm(input, candidates.keys, options.signal);
  const groups = starsOf(input.facts, neighboursFrom(edges, input.images.rows), createApart(input));
  return describe(input, groups, candidates.seenBy);
}

/** Undirected pairs of samples, each once, by the key a · count + b with a < b, ascending. */
type PairKeys = Float64Array;

/** Candidates, and by whose cosine each encoder's own were seen. */
interface Candidates {
  readonly keys: PairKeys;
  readonly seenBy: readonly { readonly name: string; readonly keys: ReadonlySet<number> }[];
}

async function findCandidates(input: NearDuplicateInput, options: WatchOptions): Promise<Candidates> {
  const { rows, hashes, readLumas, companion, hashBits = mostHashBits } = input;
  const own = await seenByCosine(input, input, companion === undefined ? options : partOf(options, 0));
  const others = companion === undefined ? new Set<number>() : await seenByCosine(input, companion, partOf(options, 1));
  const keys = new Set([...own, ...others]);
  for (const { from, to } of findNearHashes(hashes, rows, hashBits)) {
    if (readLumas !== undefined || (isTelling(hashes, from) && isTelling(hashes, to))) keys.add(pairKey(from, to, input.images.rows));
  }
  const [first, second] = companion?.names ?? [];
  const seenBy =
    companion === undefined
      ? []
      : [
          { name: first!, keys: own },
          { name: second!, keys: others },
        ];
  return { keys: Float64Array.from(keys).sort(), seenBy };
}

/** Pairs that one encoder's cosines make candidates. */
async function seenByCosine(
  { rows, gemm, readLumas, images: { rows: count } }: NearDuplicateInput,
  { images, cosine }: Pick<NearDuplicateInput, "images" | "cosine">,
  options: WatchOptions,
): Promise<Set<number>> {
  const keys = new Set<number>();
  if (cosine === undefined) return keys;
  const least = readLumas === undefined ? cosine : 1 - 3 * (1 - cosine);
  const { indices, scores } = await nearestWithin(selectRows(images, rows), { k: neighboursSeen, gemm, ...options });
  indices.forEach((other, at) => {
    if (other >= 0 && scores[at]! >= least) keys.add(pairKey(rows[Math.floor(at / neighboursSeen)]!, rows[other]!, count));
  });
  return keys;
}

function pairKey(a: number, b: number, count: number): number {
  return Math.min(a, b) * count + Math.max(a, b);
}

/** One of two searches that follow each other, told as half of the whole. */
function partOf({ signal, onProgress }: WatchOptions, part: 0 | 1): WatchOptions {
  return { signal, onProgress: onProgress && ((done, total) => onProgress(done + part * total, 2 * total)) };
}

/** Keeps the candidates of which one picture is found in the other; without small pictures all are kept. */
async function confirm(
  { readLumas, images: { rows: count } }: NearDuplicateInput,
  candidates: PairKeys,
  signal: CancelSignal | undefined,
): Promise<PairKeys> {
  if (readLumas === undefined) return candidates;
  const lumaOf = await readLumas(rowsOf(candidates, count));
  const turn = (key: number): number => (key % count) * count + Math.floor(key / count);
  const found = registerAll(candidates, { count, lumaOf, signal });
  const rest = candidates
    .filter((key) => !found.has(key))
    .map(turn)
    .sort();
  for (const key of registerAll(rest, { count, lumaOf, signal })) found.add(turn(key));
  return candidates.filter((key) => found.has(key));
}

/** The samples of any of the pairs, ascending. */
function rowsOf(keys: PairKeys, count: number): Int32Array {
  const isNamed = new Uint8Array(count);
  for (const key of keys) isNamed[Math.floor(key / count)] = isNamed[key % count] = 1;
  return Int32Array.from(isNamed.keys()).filter((row) => isNamed[row] === 1);
}

/** The keys (whole · count + part, ascending) whose part is found in their whole. */
function registerAll(
  keys: PairKeys,
  { count, lumaOf, signal }: { count: number; lumaOf: (row: number) => Uint8Array | undefined; signal: CancelSignal | undefined },
): Set<number> {
  const parts = new Map<number, RegistrationPart | undefined>();
  const partOf = (row: number): RegistrationPart | undefined => {
    if (!parts.has(row)) {
      const luma = lumaOf(row);
      parts.set(row, luma && preparePart(luma));
    }
    return parts.get(row);
  };
  const found = new Set<number>();
  let held: { row: number; whole: RegistrationWhole | undefined } | undefined;
  for (const key of keys) {
    const row = Math.floor(key / count);
    if (held?.row !== row) {
      signal?.throwIfAborted();
      const luma = lumaOf(row);
      held = { row, whole: luma && prepareWhole(luma) };
    }
    const part = partOf(key % count);
    if (held.whole === undefined || part === undefined) continue;
    if ((registerInto(held.whole, part)?.detail ?? 0) >= leastDetail) found.add(key);
  }
  return found;
}

function neighboursFrom(edges: PairKeys, count: number): Map<number, number[]> {
  const neighbours = new Map<number, number[]>();
  const add = (row: number, other: number): void => {
    const others = neighbours.get(row);
    if (others === undefined) neighbours.set(row, [other]);
    else others.push(other);
  };
  for (const key of edges) {
    const [from, to] = [Math.floor(key / count), key % count];
    add(from, to);
    add(to, from);
  }
  return neighbours;
}

/** Groups of a keeper and its neighbours. Keepers are taken by pixels, then by how many they stand for, then as `compareKeepers` has it. */
function starsOf(facts: KeeperFacts, edges: ReadonlyMap<number, readonly number[]>, isApart: IsApart): number[][] {
  const degree = (row: number): number => edges.get(row)?.length ?? 0;
  const order = [...edges.keys()].sort(
    (a, b) => facts.pixelCount[b]! - facts.pixelCount[a]! || degree(b) - degree(a) || compareKeepers(facts, a, b),
  );
  const taken = new Set<number>();
  const groups: number[][] = [];
  for (const keeper of order) {
    if (taken.has(keeper)) continue;
    const near = edges.get(keeper)!.filter((row) => !taken.has(row));
    near.sort((a, b) => compareKeepers(facts, a, b));
    const members = [keeper];
    for (const row of near) if (!members.some((other) => isApart(row, other))) members.push(row);
    if (members.length === 1) continue;
    groups.push(members);
    for (const row of members) taken.add(row);
  }
  return groups.sort((a, b) => compareText(facts.ids[a[0]!]!, facts.ids[b[0]!]!));
}

/** Whether two samples must not be taken for copies. */
type IsApart = (a: number, b: number) => boolean;

function createApart({ apart = [], images: { rows: count } }: NearDuplicateInput): IsApart {
  if (apart.length === 0) return () => false;
  const keys = new Set(apart.flatMap(([a, b]) => [a * count + b, b * count + a]));
  return (a, b) => keys.has(a * count + b);
}

async function describe(
  { facts, images, rows, readLumas, stated = [] }: NearDuplicateInput,
  groups: readonly number[][],
  seenBy: Candidates["seenBy"],
): Promise<Group[]> {
  const surplus = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const share = readLumas === undefined ? expectedShare.unconfirmed : expectedShare.confirmed;
  const doubt = surplus > Math.max(expectedSize, share * rows.length) ? tooMany(surplus, rows.length) : undefined;
  const described: UnnumberedGroup[] = [];
  for (const { rows: group, isFound } of joinStated(facts, groups, stated)) {
    const saw = isFound && seenBy.length > 0 ? whoSaw(group, seenBy, images.rows) : undefined;
    const review = isFound ? (doubt ?? (group.length > expectedSize ? tooLarge(group.length) : undefined)) : undefined;
    described.push({
      kind: "nearDuplicate",
      name: `${group.length} versions of one picture${seenIn(saw)}`,
      members: group.map((row) => ({ row })),
      ...(group.length <= expectedSize && { scores: await cosinesOf(images, group) }),
      ...(saw !== undefined && { seenBy: saw }),
      ...(review !== undefined && { review }),
    });
  }
  return numberGroups("nearDuplicate", described);
}

/** Whose cosines made any of a group's members candidates beside its keeper. */
function whoSaw([keeper, ...others]: readonly number[], seenBy: Candidates["seenBy"], count: number): readonly string[] {
  return seenBy.filter(({ keys }) => others.some((row) => keys.has(pairKey(keeper!, row, count)))).map(({ name }) => name);
}

function seenIn(names: readonly string[] | undefined): string {
  if (names === undefined) return "";
  return names.length === 0 ? ", seen by their hashes" : `, seen by ${names.join(" and ")}`;
}

function tooMany(surplus: number, count: number): string {
  const percent = Math.round((100 * surplus) / count);
  return `${surplus} of ${count} images (${percent} %) would go as near-duplicates: the dataset may be made of similar pictures`;
}

function tooLarge(size: number): string {
  return `${size} pictures are one group: see whether they are placeholders`;
}

/** Cosines of the group's images; NaN where one has no vector. */
async function cosinesOf(images: Matrix, group: readonly number[]): Promise<number[][]> {
  const gathered = await gatherRows(images, Int32Array.from(group));
  const vectors = group.map((_, at) => gathered.subarray(at * images.dim, (at + 1) * images.dim));
  const isKnown = vectors.map((vector) => vector.some((value) => value !== 0));
  const cosine = (a: number, b: number): number => vectors[a]!.reduce((sum, value, at) => sum + value * vectors[b]![at]!, 0);
  return group.map((_, a) => group.map((__, b) => (isKnown[a] && isKnown[b] ? cosine(a, b) : NaN)));
}
