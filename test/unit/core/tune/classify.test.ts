import { describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import type { Sample } from "../../../../src/core/sample.ts";
import { classesOf } from "../../../../src/core/tune/classLabels.ts";
import { crossFit } from "../../../../src/core/tune/classifiers/crossFit.ts";
import { bestClasses } from "../../../../src/core/tune/classifiers/classifier.ts";
import type { ClassifierMethod } from "../../../../src/core/tune/classifiers/methods.ts";
import { classifierMethods } from "../../../../src/core/tune/classifiers/methods.ts";
import type { Rows } from "../../../../src/core/tune/rows.ts";
import { times, zeroRows } from "../../../../src/core/tune/rows.ts";
import { unitRows } from "../../../../src/core/tune/unit.ts";
import { drawUnits } from "./made.ts";

const [classes, dim, count] = [3, 8, 60];

/** Samples around a centre for each class, which the texts are far from; the first stands at the next class's centre. */
function madeLabelled(): { features: Rows; labels: Int32Array; classes: number; texts: Rows } {
  const centres = drawUnits(classes, dim, 1);
  const noise = drawUnits(count, dim, 2);
  const labels = Int32Array.from({ length: count }, (_, row) => row % classes);
  const values = noise.values.map((value, at) => {
    const row = Math.floor(at / dim);
    return 0.3 * value + centres.values[(row === 0 ? 1 : labels[row]!) * dim + (at % dim)]!;
  });
  return { features: unitRows({ ...noise, values }).units, labels, classes, texts: drawUnits(classes, dim, 3) };
}

/** Gives every row the label of the nearest known one. */
const nearest: ClassifierMethod = {
  ...{ id: "nearest", name: "Nearest", source: "", weights: [1] },
  fit: (gemm, { features, labels }) =>
    Promise.resolve({
      logits: async (rows) => {
        const cosines = await times(gemm, rows, features);
        const logits = zeroRows(rows.rows, classes);
        bestClasses(cosines).forEach((known, row) => (logits.values[row * classes + labels[known]!] = 1));
        return logits;
      },
    }),
};

describe("judgement by folds", () => {
  const input = {
    gemm: createPlainGemm(),
    labelled: madeLabelled(),
    sameOf: Int32Array.from({ length: count }, (_, row) => row),
    temperature: 0.1,
    seed: 1,
  };

  it.each(classifierMethods.filter(({ id }) => id !== "zeroShot").map((method) => [method.id, method] as const))(
    "%s tells the classes apart and doesn't believe the label that is wrong",
    async (_, method) => {
      const { predicted, share, labelShare, accuracy } = await crossFit(method, input);
      expect(accuracy).toBeGreaterThan(0.9);
      expect(predicted[0]).toBe(1);
      expect(share[0]).toBeGreaterThan(labelShare[0]!);
      expect(accuracy).toBeCloseTo(predicted.filter((label, row) => label === input.labelled.labels[row]).length / count, 12);
    },
  );

  it("of the encoder alone is its nearest text, whatever the folds", async () => {
    const [alone] = classifierMethods;
    const one = await crossFit(alone!, input);
    const other = await crossFit(alone!, { ...input, seed: 9 });
    expect(other).toEqual(one);
  });

  it("never sees a copy of what it judges", async () => {
    const copies = { ...input.labelled, labels: input.labelled.labels.map((label, row) => (row < 2 ? 2 : label)) };
    copies.features = { ...copies.features, values: copies.features.values.slice() };
    copies.features.values.copyWithin(dim, 0, dim);
    const together = await crossFit(nearest, { ...input, labelled: copies, sameOf: input.sameOf.map((row) => (row === 1 ? 0 : row)) });
    expect([together.predicted[0], together.predicted[1]]).toEqual([1, 1]);
    // Some seed deals the two apart, where each has the other's label.
    const found = await Promise.all([1, 2, 3].map((seed) => crossFit(nearest, { ...input, labelled: copies, seed })));
    expect(found.map(({ predicted }) => predicted[0])).toContain(2);
  });
});

describe("classes", () => {
  const sample = (folder: string, ...texts: string[]) => ({ folder, captions: texts.map((text) => ({ text })) }) as unknown as Sample;

  it("are the last folder's name, without kohya's repeats", () => {
    const samples = [sample("train/tabby_cat"), sample("10_tabby-cat"), sample("dog"), sample("")];
    expect(classesOf(samples, "folder")).toEqual([
      { name: "dog", rows: [2] },
      { name: "tabby cat", rows: [0, 1] },
    ]);
  });

  it("or the only caption", () => {
    const samples = [sample("a", "cat"), sample("b", " cat "), sample("c", "dog", "a dog"), sample("d")];
    expect(classesOf(samples, "caption")).toEqual([{ name: "cat", rows: [0, 1] }]);
  });
});
