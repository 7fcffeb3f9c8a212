import type { Block, Loss } from "../../../../src/core/losses/loss.ts";
import { createRandom } from "../../../../src/core/random.ts";
import type { Batch } from "../../../../src/core/tune/headStep.ts";
import type { Rows } from "../../../../src/core/tune/rows.ts";

/** Seeded rows of length 1. */
export function drawUnits(rows: number, columns: number, seed: number): Rows {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: rows * columns }, () => random() * 2 - 1);
  for (let row = 0; row < rows; row += 1) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const length = Math.hypot(...own);
    own.forEach((value, at) => (own[at] = value / length));
  }
  return { rows, columns, values };
}

/** A batch of `count` images of 6 numbers with all that any loss may ask for. */
export function madeBatch(loss: Loss, count: number): { batch: Batch; queue: Block | undefined } {
  const dim = 6;
  const each = loss.captions === "all" ? 2 : 1;
  const numbers = (length: number, at: (i: number) => number): Int32Array => Int32Array.from({ length }, (_, i) => at(i));
  const batch: Batch = {
    images: drawUnits(count, dim, 1),
    texts: drawUnits(count * each, dim, 2),
    extras: drawUnits(2 * count, dim, 3),
    reference: { images: drawUnits(3, dim, 4), texts: drawUnits(4, dim, 5) },
    prototypes: { images: drawUnits(3, dim, 6), texts: drawUnits(3, dim, 7) },
    targets: {
      imageGroups: numbers(count, (i) => i),
      textGroups: numbers(count * each, (i) => Math.floor(i / each)),
      imageIds: numbers(count, (i) => 2 * i),
      textIds: numbers(count, (i) => 2 * i + 1),
      owners: numbers(2 * count, (i) => Math.floor(i / 2)),
      imageClusters: numbers(count, (i) => i % 3),
      textClusters: numbers(count, (i) => (2 * i) % 3),
      labels: Uint8Array.from({ length: 3 * count }, (_, i) => Number(i % 4 === 0)),
      weights: Float32Array.from({ length: count }, (_, i) => 1 / (i + 1)),
      seed: 11,
    },
  };
  return { batch, queue: loss.blocks.includes("imageQueue") ? drawUnits(7, dim, 8) : undefined };
}
