import { conceptCount } from "../clusters/conceptCount.ts";
import { kmeans } from "../clusters/kmeans.ts";
import { matrixFromArray } from "../matrix.ts";
import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import type { HeadPlan } from "./headModel.ts";
import { tuneRows } from "./headModel.ts";
import type { Rows, Tensors } from "./rows.ts";
import { rowsAt, rowsBetween, times, zeroRows } from "./rows.ts";
import type { TuneSet } from "./tuneSet.ts";
import { itemsOf } from "./tuneSet.ts";
import { unitRows } from "./unit.ts";

/** Clusters of the frozen vectors, made once a run: of every item's image and of every caption; −1 for what is held out. `labels` are an image's nearest clusters. */
export interface Clusters {
  readonly count: number;
  readonly ofImage: Int32Array;
  readonly ofText: Int32Array;
  readonly labels: readonly Int32Array[];
}

/** How many clusters an image belongs to where it has several labels. */
const labelsEach = 3;
const rowsAtOnce = 1024;

/** Clusters the images and the captions that are trained on. */
export async function findClusters(
  set: TuneSet,
  { gemm, seed, signal }: { gemm: Gemm; seed: number; signal?: CancelSignal | undefined },
): Promise<Clusters> {
  const items = itemsOf(set, "train");
  const texts = Int32Array.from(new Set(Array.from(items, (item) => [...set.textsOf[item]!]).flat()));
  const k = conceptCount(items.length);
  const cluster = (rows: Rows) => kmeans(matrixFromArray(rows.values, rows.columns), { k, seed, gemm, signal });
  const images = rowsAt(set.images, items);
  const ofImages = await cluster(images);
  const ofTexts = await cluster(rowsAt(set.texts, texts));
  const centroids: Rows = { rows: ofImages.centroids.length / images.columns, columns: images.columns, values: ofImages.centroids };
  const near = await nearestLabels(gemm, images, centroids);
  const labels: Int32Array[] = Array.from({ length: set.images.rows }, () => new Int32Array());
  items.forEach((item, at) => (labels[item] = near[at]!));
  return {
    count: k,
    ofImage: spread(set.images.rows, items, ofImages.assignment),
    ofText: spread(set.texts.rows, texts, ofTexts.assignment),
    labels,
  };
}

function spread(length: number, places: Int32Array, values: Int32Array): Int32Array {
  const all = new Int32Array(length).fill(-1);
  places.forEach((place, at) => (all[place] = values[at]!));
  return all;
}

async function nearestLabels(gemm: Gemm, images: Rows, centroids: Rows): Promise<readonly Int32Array[]> {
  const labels: Int32Array[] = [];
  for (let from = 0; from < images.rows; from += rowsAtOnce) {
    const block = rowsBetween(images, from, Math.min(images.rows, from + rowsAtOnce));
    const { values, columns } = await times(gemm, block, centroids);
    for (let row = 0; row < block.rows; row += 1) {
      const own = values.subarray(row * columns, (row + 1) * columns);
      const order = Int32Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
      labels.push(order.slice(0, labelsEach));
    }
  }
  return labels;
}

/** Which prototypes a loss compares with: images by their captions' clusters and captions by their images' (ProtoCLIP), or images by their own (MLCD). */
export type PrototypeKind = "partner" | "own";

/** Prototypes of both sides as the heads see them now: means of members in the space that they are compared in, of length 1; one without members is 0. */
export async function meanPrototypes(
  gemm: Gemm,
  { plan, weights }: { plan: HeadPlan; weights: Tensors },
  { set, clusters, kind }: { set: TuneSet; clusters: Clusters; kind: PrototypeKind },
): Promise<{ readonly images: Rows; readonly texts: Rows }> {
  const items = itemsOf(set, "train");
  const pairs = Array.from(items, (item) => Array.from(set.textsOf[item]!, (text) => [item, text] as const)).flat();
  const [imageOf, textOf] = [pairs.map(([item]) => item), pairs.map(([, text]) => text)];
  const ofTexts = textOf.map((text) => clusters.ofText[text]!);
  const ofImages = imageOf.map((item) => clusters.ofImage[item]!);
  const { count } = clusters;
  const means = async (tower: "image" | "text", places: readonly number[], groups: readonly number[]): Promise<Rows> => {
    const sums = zeroRows(count, set.images.columns);
    for (let from = 0; from < places.length; from += rowsAtOnce) {
      const rows = rowsAt(tower === "image" ? set.images : set.texts, places.slice(from, from + rowsAtOnce));
      const { units } = await tuneRows(gemm, plan, weights, { tower, rows });
      for (let at = 0; at < units.values.length; at += 1)
        sums.values[groups[from + Math.floor(at / units.columns)]! * units.columns + (at % units.columns)]! += units.values[at]!;
    }
    return unitRows(sums).units;
  };
  return { images: await means("image", imageOf, kind === "partner" ? ofTexts : ofImages), texts: await means("text", textOf, ofImages) };
}
