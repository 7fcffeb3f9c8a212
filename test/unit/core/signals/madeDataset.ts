import type { Matrix } from "../../../../src/core/matrix.ts";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createRandom, drawInteger } from "../../../../src/core/random.ts";
import type { Pairs } from "../../../../src/core/signals/pairs.ts";
import { madeRows } from "../neighbours/made.ts";

/** A made-up dataset: what scoring and grouping take of one. */
export interface MadeDataset {
  readonly pairs: Pairs;
  readonly images: Matrix;
  readonly texts: Matrix;
  readonly imageValues: Float32Array;
  readonly textValues: Float32Array;
  readonly textOf: readonly string[];
  readonly ids: readonly string[];
  readonly duplicateOf: Int32Array;
}

export const dim = 8;

/**
 * Images around `topics` directions with up to three captions each, near them. With `messy` there is all that makes ranks hard: equal
 * texts, an empty caption, a broken image, a text without a vector, an image that lists a text twice, duplicates with the same vector and
 * with another.
 */
export function madeDataset({
  samples,
  seed,
  messy = false,
  topics = samples,
  noise = 0.5,
}: {
  samples: number;
  seed: number;
  messy?: boolean;
  topics?: number;
  noise?: number;
}): MadeDataset {
  const random = createRandom(seed);
  const centres = madeRows(topics, dim, { seed: seed + 1 });
  const imageValues = new Float32Array(samples * dim);
  const near = (topic: number, target: Float32Array) => {
    for (let at = 0; at < dim; at += 1) target[at] = centres[topic * dim + at]! + noise * (random() - 0.5);
    const norm = Math.hypot(...target);
    target.forEach((value, at) => (target[at] = value / norm));
  };
  const [image, text, captionIndex]: number[][] = [[], [], []];
  const textRows: Float32Array[] = [];
  for (let row = 0; row < samples; row += 1) {
    const topic = row % topics;
    near(topic, imageValues.subarray(row * dim, (row + 1) * dim));
    for (let index = 0; index <= drawInteger(random, 3); index += 1) {
      const repeats = messy && textRows.length > 0 && random() < 0.2;
      image!.push(row);
      captionIndex!.push(index);
      text!.push(repeats ? drawInteger(random, textRows.length) : textRows.length);
      if (repeats) continue;
      const vector = new Float32Array(dim);
      near(topic, vector);
      textRows.push(vector);
    }
  }
  const textValues = Float32Array.from(textRows.flatMap((row) => [...row]));
  const duplicateOf = Int32Array.from({ length: samples }, (_, row) => row);
  if (messy) {
    text![text!.length - 1] = -1;
    text![1] = text![0]!;
    image![1] = image![0]!;
    imageValues.fill(0, 3 * dim, 4 * dim);
    textValues.fill(0, 5 * dim, 6 * dim);
    imageValues.copyWithin(6 * dim, 5 * dim, 6 * dim);
    duplicateOf[6] = 5;
    duplicateOf[9] = 8;
  }
  return {
    pairs: {
      count: image!.length,
      image: Int32Array.from(image!),
      text: Int32Array.from(text!),
      captionIndex: Int32Array.from(captionIndex!),
    },
    images: matrixFromArray(imageValues, dim),
    texts: matrixFromArray(textValues, dim),
    imageValues,
    textValues,
    textOf: textRows.map((_, row) => `text ${row}`),
    ids: Array.from({ length: samples }, (_, row) => `sample${String(row).padStart(4, "0")}`),
    duplicateOf,
  };
}

/** The same dataset with its samples and its texts in another order: `order[new place]` is the old row. */
export function reordered(made: MadeDataset, seed: number): MadeDataset & { readonly sampleOrder: number[]; readonly pairOrder: number[] } {
  const random = createRandom(seed);
  const sampleOrder = shuffled(made.ids.length, random);
  const textOrder = shuffled(made.textOf.length, random);
  const pairOrder = Array.from(made.pairs.image.keys()).sort(
    (a, b) => sampleOrder.indexOf(made.pairs.image[a]!) - sampleOrder.indexOf(made.pairs.image[b]!) || a - b,
  );
  const imageValues = Float32Array.from(sampleOrder.flatMap((row) => [...made.imageValues.subarray(row * dim, (row + 1) * dim)]));
  const textValues = Float32Array.from(textOrder.flatMap((row) => [...made.textValues.subarray(row * dim, (row + 1) * dim)]));
  return {
    pairs: {
      count: made.pairs.count,
      image: Int32Array.from(pairOrder, (pair) => sampleOrder.indexOf(made.pairs.image[pair]!)),
      text: Int32Array.from(pairOrder, (pair) => textOrder.indexOf(made.pairs.text[pair]!)),
      captionIndex: Int32Array.from(pairOrder, (pair) => made.pairs.captionIndex[pair]!),
    },
    images: matrixFromArray(imageValues, dim),
    texts: matrixFromArray(textValues, dim),
    imageValues,
    textValues,
    textOf: textOrder.map((row) => made.textOf[row]!),
    ids: sampleOrder.map((row) => made.ids[row]!),
    duplicateOf: Int32Array.from(sampleOrder, (row) => made.duplicateOf[row]!),
    sampleOrder,
    pairOrder,
  };
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = drawInteger(random, at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
