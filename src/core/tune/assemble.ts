import type { Loss } from "../losses/loss.ts";
import { createRandom, drawDistinct, drawInteger } from "../random.ts";
import type { Batch } from "./headStep.ts";
import type { Clusters } from "./prototypes.ts";
import type { Rows } from "./rows.ts";
import { rowsAt } from "./rows.ts";
import type { TuneSet } from "./tuneSet.ts";
import { itemsOf } from "./tuneSet.ts";

/** What batches are made of beside the data; `prototypes` change from epoch to epoch. */
export interface Supplies {
  readonly loss: Loss;
  readonly clusters: Clusters | undefined;
  readonly prototypes: { readonly images: Rows; readonly texts: Rows } | undefined;
  readonly reference: { readonly images: Rows; readonly texts: Rows } | undefined;
  readonly weights: Float32Array | undefined;
}

/** How many pictures and texts are kept to each other as they were. */
const referenceSize = 256;
/** How steeply a pair's weight falls below the mean cosine. */
const gateSteepness = 10;

/** The batch of some items: each with one of its captions, drawn by the seed, or with all. */
export function assembleBatch(set: TuneSet, supplies: Supplies, items: Int32Array, seed: number): Batch {
  const { loss } = supplies;
  const random = createRandom(seed);
  const one = (texts: Int32Array): readonly number[] => [texts[drawInteger(random, texts.length)]!];
  const captions = Array.from(items, (item) => (loss.captions === "all" ? [...set.textsOf[item]!] : one(set.textsOf[item]!)));
  const texts = captions.flat();
  const extras = loss.blocks.includes("imageExtra") ? captions.map((own) => own.flatMap((text) => [...(set.extrasOf?.[text] ?? [])])) : [];
  const { prototypes, reference } = supplies;
  return {
    images: rowsAt(set.images, items),
    texts: rowsAt(set.texts, texts),
    ...(set.extras && extras.length > 0 && { extras: rowsAt(set.extras, extras.flat()) }),
    ...(prototypes && { prototypes }),
    ...(reference && loss.blocks.includes("reference") && { reference }),
    targets: {
      imageGroups: items.map((item) => set.classOf[item]!),
      textGroups: Int32Array.from(captions.flatMap((own, at) => own.map(() => set.classOf[items[at]!]!))),
      imageIds: items,
      textIds: Int32Array.from(texts),
      owners: Int32Array.from(extras.flatMap((own, image) => own.map(() => image))),
      seed,
      ...clusterTargets(supplies, items, texts),
      ...(supplies.weights && { weights: Float32Array.from(items, (item) => supplies.weights![item]!) }),
    },
  };
}

function clusterTargets({ clusters }: Supplies, items: Int32Array, texts: readonly number[]) {
  if (clusters === undefined) return {};
  const labels = new Uint8Array(items.length * clusters.count);
  items.forEach((item, row) => clusters.labels[item]!.forEach((label) => (labels[row * clusters.count + label] = 1)));
  return {
    imageClusters: Int32Array.from(texts, (text) => clusters.ofText[text]!),
    textClusters: items.map((item) => clusters.ofImage[item]!),
    labels,
  };
}

/** Pictures and texts of the data that are kept to each other as they were, drawn by the seed and not in pairs. */
export function drawReference(set: TuneSet, seed: number): { readonly images: Rows; readonly texts: Rows } {
  const items = itemsOf(set, "train");
  const random = createRandom(seed);
  const draw = (): number[] => drawDistinct(random, referenceSize, items.length).map((at) => items[at]!);
  return {
    images: rowsAt(set.images, draw()),
    texts: rowsAt(
      set.texts,
      draw().map((item) => set.textsOf[item]![0]!),
    ),
  };
}

/**
 * How far an item's captions are to be trusted by the frozen encoder: min(1, exp(g (s − H))) with s the mean cosine of its pairs and H that of all (ALIP's gate with a mean in the
 * place of a running one, for nothing runs here).
 */
export function trustWeights(set: TuneSet): Float32Array {
  const { columns } = set.images;
  const cosine = (item: number, text: number): number => {
    let sum = 0;
    for (let at = 0; at < columns; at += 1) sum += set.images.values[item * columns + at]! * set.texts.values[text * columns + at]!;
    return sum;
  };
  const scores = set.textsOf.map((texts, item) => texts.reduce((sum, text) => sum + cosine(item, text), 0) / texts.length);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Float32Array.from(scores, (score) => Math.min(1, Math.exp(gateSteepness * (score - mean))));
}
