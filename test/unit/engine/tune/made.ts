import { jobDefaults } from "../../../../src/core/tune/job.ts";
import type { HeadJob } from "../../../../src/core/tune/job.ts";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import { createRandom } from "../../../../src/core/random.ts";
import type { Rows } from "../../../../src/core/tune/rows.ts";
import type { TuneSet } from "../../../../src/core/tune/tuneSet.ts";
import { unitRows } from "../../../../src/core/tune/unit.ts";

/** A job with the defaults, changed as a test wants. */
export function madeJob(changes: Partial<HeadJob> = {}): HeadJob {
  return {
    ...jobDefaults,
    schema: 1,
    trainer: "head",
    dataset: "/data",
    encoder: { id: "made@1/2/16/fp32" as EncoderId, folder: "/encoder", name: "made" },
    lossOptions: {},
    headOptions: {},
    temperature: 0.1,
    bias: -5,
    provider: "cpu",
    epochs: 8,
    batch: 32,
    rate: 0.01,
    patience: 0,
    ...changes,
  };
}

/** Rows multiplied by a seeded orthogonal matrix (Gram and Schmidt): the same picture of the data from another side. */
export function turnedAbout({ rows, columns, values }: Rows, seed: number): Rows {
  const random = createRandom(seed);
  const axes: Float64Array[] = [];
  while (axes.length < columns) {
    const axis = Float64Array.from({ length: columns }, () => random() + random() + random() - 1.5);
    for (const other of axes) {
      const along = axis.reduce((sum, value, at) => sum + value * other[at]!, 0);
      axis.forEach((value, at) => (axis[at] = value - along * other[at]!));
    }
    const length = Math.hypot(...axis);
    axes.push(axis.map((value) => value / length));
  }
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1)
    axes.forEach((axis, at) => {
      let sum = 0;
      for (let column = 0; column < columns; column += 1) sum += axis[column]! * values[row * columns + column]!;
      turned[row * columns + at] = sum;
    });
  return { rows, columns, values: turned };
}

/** Pairs whose images and two captions each lie near one another, the images turned about: what a linear head can learn. Every fifth item is held out. */
export function madeSet(items = 160, dim = 16): TuneSet {
  const random = createRandom(5);
  const normal = (): number => random() + random() + random() + random() - 2;
  const meanings = Array.from({ length: items }, () => Array.from({ length: dim }, normal));
  const near = (count: number): Rows => {
    const values = Float32Array.from(
      { length: items * count * dim },
      (_, at) => meanings[Math.floor(at / (count * dim))]![at % dim]! + 0.3 * normal(),
    );
    return unitRows({ rows: items * count, columns: dim, values }).units;
  };
  const far = Float32Array.from({ length: items * 2 * dim }, normal);
  return {
    images: turnedAbout(near(1), 6),
    texts: near(2),
    textsOf: Array.from({ length: items }, (_, item) => Int32Array.of(2 * item, 2 * item + 1)),
    classOf: Int32Array.from({ length: items }, (_, item) => item),
    together: [[0, 1, 2]],
    heldOut: Uint8Array.from({ length: items }, (_, item) => Number(item % 5 === 0)),
    extras: unitRows({ rows: items * 2, columns: dim, values: far }).units,
    extrasOf: Array.from({ length: items * 2 }, (_, text) => Int32Array.of(text)),
  };
}
