import { numberGroups } from "../clusters/groupIds.ts";
import { compareText } from "../clusters/keepers.ts";
import { createNaming } from "../clusters/naming.ts";
import { captionsOf, memberOf, normalisedTexts } from "../clusters/sameCaption.ts";
import type { Group } from "../group.ts";
import type { Matrix } from "../matrix.ts";
import type { Best } from "../neighbours/best.ts";
import { createBest, insert } from "../neighbours/best.ts";
import type { CancelSignal, Panel } from "../neighbours/blocks.ts";
import { eachPanelPair } from "../neighbours/blocks.ts";
import { joinComponents, listComponents } from "../neighbours/components.ts";
import type { Edges } from "../neighbours/mutual.ts";
import { mutualEdges } from "../neighbours/mutual.ts";
import { gatherRows } from "../signals/pairs.ts";
import type { MatchColumns } from "./eligible.ts";
import { bestPairs, isEligible } from "./eligible.ts";
import type { ForeignInput } from "./margin.ts";
import { measureForeignSpread } from "./margin.ts";

/** Two pairs each, by their places. */
type StatedEdges = readonly (readonly [number, number])[];

/**
 * What confusable groups are found from; `marginSigma` is m in DEFINITIONS, in standard deviations of foreign cosines. `falseNegatives` and
 * `hardNegatives` are what a person said.
 */
export interface ConfusableInput extends Omit<ForeignInput, "clipScore"> {
  readonly columns: MatchColumns;
  readonly marginSigma: number;
  readonly seed: number;
  readonly falseNegatives?: StatedEdges;
  readonly hardNegatives?: StatedEdges;
}

/** The groups, the false negatives among them, and the margin as a cosine, undefined where there was too little to measure it by. */
export interface Confusables {
  readonly confusable: readonly Group[];
  readonly falseNegative: readonly Group[];
  readonly marginCosine: number | undefined;
}

/** How the search is cut, watched and cancelled; `done` and `total` count blocks. */
export interface ConfusableOptions {
  readonly block?: number;
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const edgesKept = 5;
const largestGroup = 12;
const defaultBlock = 1024;

/**
 * Confusable groups: pairs whose images and captions the encoder could take for each other, the hard negatives of contrastive training. For
 * pairs p = (i, a) and q = (j, b), e(p, q) = min(s(i, b) − s(i, a), s(j, a) − s(j, b)), and an edge is an e of at least −m. Each image
 * enters with its best caption, if that is eligible; duplicates and equal captions (normalised) make no edge but are possible false
 * negatives; kept are the mutual top 5 by e, merged by descending e, ties by id, into groups of at most 12. Exact, in blocks: memory for
 * the pairs and two blocks.
 *
 * A person's word stands above all of this: what was said to be a false negative makes no edge and is listed as such, what was said to be a hard
 * negative is listed among the confusable, whatever their e, eligibility and the size of the group.
 */
export async function findConfusables(input: ConfusableInput, options: ConfusableOptions = {}): Promise<Confusables> {
  const spread = await measureForeignSpread({ ...input, clipScore: input.columns.clipScore }, input.seed);
  if (spread === undefined) return { confusable: [], falseNegative: [], marginCosine: undefined };
  const marginCosine = input.marginSigma * spread.sigma;
  const entrants = chooseEntrants(input);
  const { hard, same } = await search(input, { entrants, least: -marginCosine, options });
  const name = createNaming(captionsOf(input.pairs, input.textOf));
  const kinds = [
    ["confusable", addStated(input, { entrants, found: hard }, input.hardNegatives)],
    ["falseNegative", addStated(input, { entrants, found: same }, input.falseNegatives)],
  ] as const;
  const [confusable, falseNegative] = await Promise.all(kinds.map(([kind, graph]) => describe({ input, ...graph, name }, kind)));
  return { confusable: confusable!, falseNegative: falseNegative!, marginCosine };
}

/** The pairs that take part, by the ids of their samples: so ties between them are ties by id. */
function chooseEntrants({ pairs, images, ids, columns }: ConfusableInput): Int32Array {
  const best = bestPairs(pairs, columns.clipScore, images.rows);
  const entrants = best.filter((pair) => pair >= 0 && isEligible(columns, pair));
  return entrants.sort((a, b) => compareText(ids[pairs.image[a]!]!, ids[pairs.image[b]!]!));
}

/** Pairs that may be in groups, and the edges between their places. */
interface Graph {
  readonly nodes: Int32Array;
  readonly edges: Edges;
}

/** Adds what a person said to the edges that were found, with pairs that are no entrants as further nodes; pairs without a score can't be shown and stay out. */
function addStated(
  { pairs, ids, columns }: ConfusableInput,
  { entrants, found }: { entrants: Int32Array; found: Edges },
  stated: StatedEdges = [],
): Graph {
  const isKnown = (pair: number): boolean => !Number.isNaN(columns.clipScore[pair]!);
  const said = stated.filter(([one, other]) => isKnown(one) && isKnown(other));
  const placeOf = new Map([...entrants].map((pair, place) => [pair, place]));
  const added = [...new Set(said.flat())].filter((pair) => !placeOf.has(pair));
  added.sort((a, b) => compareText(ids[pairs.image[a]!]!, ids[pairs.image[b]!]!) || pairs.captionIndex[a]! - pairs.captionIndex[b]!);
  added.forEach((pair, at) => placeOf.set(pair, entrants.length + at));
  return {
    nodes: Int32Array.from([...entrants, ...added]),
    edges: {
      from: [...Array.from(found.from), ...said.map(([one]) => placeOf.get(one)!)],
      to: [...Array.from(found.to), ...said.map(([, other]) => placeOf.get(other)!)],
      scores: [...Array.from(found.scores), ...said.map(() => Infinity)],
    },
  };
}

interface Search {
  readonly entrants: Int32Array;
  readonly least: number;
  readonly options: ConfusableOptions;
}

async function search(input: ConfusableInput, { entrants, least, options }: Search): Promise<{ hard: Edges; same: Edges }> {
  const { pairs, duplicateOf, images, gemm } = input;
  const normalised = normalisedTexts(input.textOf);
  const rival: Rivals = {
    least,
    own: Float32Array.from(entrants, (pair) => input.columns.clipScore[pair]!),
    imageClass: entrants.map((pair) => duplicateOf[pairs.image[pair]!]!),
    textClass: entrants.map((pair) => normalised[pairs.text[pair]!]!),
    fitting: keysOf(input.falseNegatives ?? [], entrants),
    hard: createBest(entrants.length, edgesKept),
    same: createBest(entrants.length, edgesKept),
  };
  const both = imagesBesideCaptions(input, entrants);
  const { block = defaultBlock, signal, onProgress } = options;
  await eachPanelPair(both, both, { blockRows: block, blockColumns: block, signal, onProgress, half: true }, async (a, b) => {
    const [one, other] = [halvesOf(a, images.dim), halvesOf(b, images.dim)];
    const forward = (await gemm.multiply(one.images, other.captions, images.dim)).slice();
    const backward = a.from === b.from ? forward : await gemm.multiply(other.images, one.captions, images.dim);
    offerRivals(rival, { a, b, forward, backward });
  });
  return { hard: mutualEdges(rival.hard), same: mutualEdges(rival.same) };
}

/**
 * Entrants with what they are compared by, and the best edges of each so far: `hard` ones, and those between pairs that are the same in
 * image or caption.
 */
interface Rivals {
  readonly least: number;
  readonly own: Float32Array;
  readonly imageClass: Int32Array;
  readonly textClass: Int32Array;
  /** Two entrants, lower place · number of entrants + higher place, that a person said to be false negatives. */
  readonly fitting: ReadonlySet<number>;
  readonly hard: Best;
  readonly same: Best;
}

/** `forward` holds images of a × captions of b, `backward` images of b × captions of a. */
function offerRivals(
  rivals: Rivals,
  { a, b, forward, backward }: { a: Panel; b: Panel; forward: Float32Array; backward: Float32Array },
): void {
  const { own, imageClass, textClass, least } = rivals;
  const [height, width] = [a.to - a.from, b.to - b.from];
  for (let i = 0; i < height; i += 1) {
    const p = a.from + i;
    const needed = own[p]! + least;
    for (let j = a.from === b.from ? i + 1 : 0; j < width; j += 1) {
      const forwardScore = forward[i * width + j]!;
      if (forwardScore < needed) continue;
      const q = b.from + j;
      const e = Math.min(forwardScore - own[p]!, backward[j * height + i]! - own[q]!);
      if (e < least) continue;
      const isSame =
        imageClass[p] === imageClass[q] ||
        textClass[p] === textClass[q] ||
        rivals.fitting.has(Math.min(p, q) * own.length + Math.max(p, q));
      const best = isSame ? rivals.same : rivals.hard;
      if (e > best.limits[p]!) insert(best, p, q, e);
      if (e > best.limits[q]!) insert(best, q, p, e);
    }
  }
}

function keysOf(stated: StatedEdges, entrants: Int32Array): ReadonlySet<number> {
  if (stated.length === 0) return new Set();
  const placeOf = new Map([...entrants].map((pair, place) => [pair, place]));
  const places = stated.map(([one, other]) => [placeOf.get(one) ?? -1, placeOf.get(other) ?? -1] as const);
  return new Set(
    places
      .filter(([one, other]) => one >= 0 && other >= 0)
      .map(([one, other]) => Math.min(one, other) * entrants.length + Math.max(one, other)),
  );
}

/** Entrants × (2 · dim): each image's vector and then its caption's. */
function imagesBesideCaptions({ pairs, images, texts }: ConfusableInput, entrants: Int32Array): Matrix {
  const { dim } = images;
  const read = async (from: number, to: number): Promise<Float32Array> => {
    const wanted = entrants.subarray(from, to);
    const left = await gatherRows(
      images,
      wanted.map((pair) => pairs.image[pair]!),
    );
    const right = await gatherRows(
      texts,
      wanted.map((pair) => pairs.text[pair]!),
    );
    const both = new Float32Array(wanted.length * 2 * dim);
    for (let row = 0; row < wanted.length; row += 1) {
      both.set(left.subarray(row * dim, (row + 1) * dim), row * 2 * dim);
      both.set(right.subarray(row * dim, (row + 1) * dim), (row * 2 + 1) * dim);
    }
    return both;
  };
  return { rows: entrants.length, dim: 2 * dim, read };
}

function halvesOf({ from, to, values }: Panel, dim: number): { images: Float32Array; captions: Float32Array } {
  const [images, captions] = [new Float32Array((to - from) * dim), new Float32Array((to - from) * dim)];
  for (let row = 0; row < to - from; row += 1) {
    images.set(values.subarray(row * 2 * dim, (row * 2 + 1) * dim), row * dim);
    captions.set(values.subarray((row * 2 + 1) * dim, (row * 2 + 2) * dim), row * dim);
  }
  return { images, captions };
}

interface Description extends Graph {
  readonly input: ConfusableInput;
  readonly name: (captions: Iterable<string>) => string;
}

async function describe({ input, nodes, edges, name }: Description, kind: "confusable" | "falseNegative"): Promise<Group[]> {
  const { pairs, textOf } = input;
  const components = listComponents(joinComponents(nodes.length, edges, largestGroup));
  const described = [];
  for (const component of components) {
    const members = component.map((place) => nodes[place]!);
    described.push({
      kind,
      name: name(members.map((pair) => textOf[pairs.text[pair]!]!)),
      members: members.map((pair) => memberOf(pairs, pair)),
      scores: await crossScores(input, members),
    });
  }
  return numberGroups(kind, described);
}

/** Cosines of the image of each member (row) with the caption of each (column). */
async function crossScores({ pairs, images, texts }: ConfusableInput, members: readonly number[]): Promise<number[][]> {
  const { dim } = images;
  const rows = await gatherRows(
    images,
    Int32Array.from(members, (pair) => pairs.image[pair]!),
  );
  const columns = await gatherRows(
    texts,
    Int32Array.from(members, (pair) => pairs.text[pair]!),
  );
  const cosine = (row: number, column: number): number => {
    let sum = 0;
    for (let at = 0; at < dim; at += 1) sum += rows[row * dim + at]! * columns[column * dim + at]!;
    return Math.fround(sum);
  };
  return members.map((_, row) => members.map((__, column) => cosine(row, column)));
}
