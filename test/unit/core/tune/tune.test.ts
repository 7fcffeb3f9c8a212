import { describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { losses } from "../../../../src/core/losses/losses.ts";
import type { Loss } from "../../../../src/core/losses/loss.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { startMoments, stepAdamW } from "../../../../src/core/tune/adamW.ts";
import { dealBatches } from "../../../../src/core/tune/batches.ts";
import { bestClasses, classify } from "../../../../src/core/tune/classifiers/classifier.ts";
import { cacheModel } from "../../../../src/core/tune/classifiers/cacheModel.ts";
import { gaussianDiscriminant } from "../../../../src/core/tune/classifiers/gaussian.ts";
import { linearProbe } from "../../../../src/core/tune/classifiers/linearProbe.ts";
import { startWeights, temperatureOf } from "../../../../src/core/tune/headModel.ts";
import type { HeadPlan } from "../../../../src/core/tune/headModel.ts";
import { headStep } from "../../../../src/core/tune/headStep.ts";
import { heads } from "../../../../src/core/tune/heads/heads.ts";
import { recallAtOne } from "../../../../src/core/tune/retrieval.ts";
import { asRows, times } from "../../../../src/core/tune/rows.ts";
import type { Rows, Tensors } from "../../../../src/core/tune/rows.ts";
import { rateAt } from "../../../../src/core/tune/schedule.ts";
import { drawUnits, madeBatch } from "./made.ts";

const find = (id: string): Loss => losses.find((loss) => loss.id === id)!;

const plainGemm = createPlainGemm();

describe("a head's step", () => {
  const cases = [...heads.map((head) => [head.id, "infoNce"] as const), ...losses.map(({ id }) => ["linear", id] as const)];

  it.each(cases)("%s under %s falls as its derivatives say", async (headId, lossId) => {
    const head = heads.find(({ id }) => id === headId)!;
    const plan: HeadPlan = { head, options: { ...head.options, rank: 3 }, on: ["image", "text"] };
    const loss = find(lossId);
    const { batch, queue } = madeBatch(loss, 5);
    const weights = startWeights(plan, { dim: 6, temperature: 0.3, bias: -1, seed: 1 });
    const random = createRandom(9);
    // Off the beginning, where the low rank's second matrix is 0.
    for (const { values } of Object.values(weights)) for (let at = 0; at < values.length; at += 1) values[at]! += (random() - 0.5) / 4;
    const state = { ...loss.start({ images: 20, texts: 20, dim: 6 }), ...(queue && { queue }) };
    const lossOptions = lossId === "iSogClr" ? { average: 1 } : {};
    const at = (step: number, along: Tensors) =>
      headStep(plainGemm, { plan, loss, lossOptions, learnsTemperature: true }, { weights: moved(weights, along, step), state }, batch);
    const { gradients } = await at(0, weights);
    for (const seed of [1, 2, 3]) {
      const direction = randomLike(gradients, seed);
      const expected = dot(gradients, direction);
      const found = ((await at(5e-3, direction)).loss - (await at(-5e-3, direction)).loss) / 1e-2;
      expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThan(0.02 * Math.max(0.1, Math.abs(expected)));
    }
  });

  it("changes nothing before the first step where the head begins as it was", async () => {
    for (const head of heads.filter(({ id }) => id !== "adapter")) {
      const weights = head.start(6, head.options, createRandom(1));
      const input = drawUnits(4, 6, 2);
      const { output } = await head.forward(plainGemm, input, weights, head.options);
      output.values.forEach((value, at) => expect(value).toBeCloseTo(input.values[at]!, 6));
    }
  });

  it("leaves the side without a head alone", async () => {
    const plan: HeadPlan = { head: heads[0]!, options: {}, on: ["image"] };
    const weights = startWeights(plan, { dim: 6, temperature: 0.1, bias: 0, seed: 1 });
    const { gradients } = await headStep(
      plainGemm,
      { plan, loss: find("infoNce"), lossOptions: {}, learnsTemperature: false },
      { weights, state: {} },
      madeBatch(find("infoNce"), 5).batch,
    );
    expect(Object.keys(gradients)).toEqual(["image.w"]);
    expect(temperatureOf(weights)).toBeCloseTo(0.1, 6);
  });
});

describe("AdamW", () => {
  it("steps by the rate at first, and decays apart from the derivative", () => {
    const weights = { w: rowsOf([1, -2]), still: rowsOf([5]) };
    const moments = stepAdamW(weights, { w: rowsOf([0.3, -7]) }, startMoments(weights), { rate: 0.1, decay: 0.5, decayed: () => true });
    expect(weights.w.values[0]).toBeCloseTo(1 - 0.1 - 0.05, 4);
    expect(weights.w.values[1]).toBeCloseTo(-2 + 0.1 + 0.1, 4);
    expect([...weights.still.values]).toEqual([5]);
    expect(moments.steps).toBe(1);
  });

  it("finds the least of a bowl", () => {
    const weights = { w: rowsOf([3, -4]) };
    let moments = startMoments(weights);
    for (let step = 0; step < 400; step += 1) {
      const gradient = rowsOf([weights.w.values[0]! - 1, 10 * (weights.w.values[1]! - 2)]);
      moments = stepAdamW(weights, { w: gradient }, moments, {
        rate: rateAt({ rate: 0.1, warmupSteps: 20, steps: 400 }, step),
        decay: 0,
        decayed: () => false,
      });
    }
    expect(weights.w.values[0]).toBeCloseTo(1, 1);
    expect(weights.w.values[1]).toBeCloseTo(2, 1);
  });
});

describe("the schedule", () => {
  it("rises evenly and falls as a cosine", () => {
    const schedule = { rate: 1, warmupSteps: 4, steps: 14 };
    expect([0, 1, 2, 3].map((step) => rateAt(schedule, step))).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(rateAt(schedule, 4)).toBe(1);
    expect(rateAt(schedule, 9)).toBeCloseTo(0.5, 12);
    expect(rateAt(schedule, 14)).toBeCloseTo(0, 12);
  });
});

describe("batches", () => {
  const classOf = Int32Array.from({ length: 50 }, (_, item) => (item < 10 ? Math.floor(item / 5) : item));

  it("deal everything once, no two of one class together, by the seed and the epoch", () => {
    const deal = (seed: number, epoch: number) => dealBatches({ classOf, together: [] }, { seed, epoch, size: 8 });
    const dealt = deal(1, 0);
    for (const batch of dealt) expect(new Set(Array.from(batch, (item) => classOf[item])).size).toBe(batch.length);
    const all = dealt.flatMap((batch) => [...batch]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(48);
    expect(deal(1, 0)).toEqual(dealt);
    expect(deal(1, 1)).not.toEqual(dealt);
    expect(deal(2, 0)).not.toEqual(dealt);
  });

  it("hold those that belong together", () => {
    const dealt = dealBatches({ classOf, together: [[20, 30, 40]] }, { seed: 3, epoch: 0, size: 25 });
    const places = dealt.map((batch) => [20, 30, 40].filter((item) => batch.includes(item)).length);
    expect(Math.max(...places)).toBeGreaterThanOrEqual(2);
  });
});

describe("recall at one", () => {
  it("counts what finds one of its class first", async () => {
    const images = asRows({ rows: 3, columns: 2, values: Float32Array.of(1, 0, 0, 1, -1, 0) });
    const texts = asRows({ rows: 3, columns: 2, values: Float32Array.of(1, 0, 0.9, 0.1, 0, 1) });
    const recall = await recallAtOne({
      images,
      texts,
      imageClasses: Int32Array.of(0, 1, 2),
      textClasses: Int32Array.of(0, 0, 2),
      gemm: plainGemm,
    });
    expect(recall).toEqual({ imageToText: 2 / 3, textToImage: 2 / 3 });
    const none = asRows({ rows: 0, columns: 2, values: new Float32Array() });
    expect(
      (await recallAtOne({ images: none, texts, imageClasses: Int32Array.of(), textClasses: Int32Array.of(0, 0, 2), gemm: plainGemm }))
        .imageToText,
    ).toBeNaN();
  });
});

describe("closed forms", () => {
  const classes = 3;
  const dim = 6;
  const texts = drawUnits(classes, dim, 20);
  /** Samples that lie around directions which are not those of the texts. */
  const sample = (count: number, seed: number) => {
    const centres = drawUnits(classes, dim, 21);
    const noise = drawUnits(count, dim, seed);
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
    const values = noise.values.map((value, at) => 0.6 * value + centres.values[labels[Math.floor(at / dim)]! * dim + (at % dim)]!);
    return { labels, features: unitOf({ ...noise, values }) };
  };
  const known = { ...sample(60, 22), classes, texts };
  const asked = sample(90, 23);
  const shareRight = (found: Int32Array): number => found.filter((label, row) => label === asked.labels[row]).length / asked.labels.length;

  it("judge better than the texts alone", async () => {
    const before = shareRight(bestClasses(await times(plainGemm, asked.features, texts)));
    const mixing = { temperature: 0.1, weight: 1 };
    const gaussian = await gaussianDiscriminant(plainGemm, known, { ...mixing, weight: 100 });
    const probe = await linearProbe(plainGemm, known, { temperature: 0.1, steps: 60, rate: 0.05, decay: 0.01 });
    expect(before).toBeLessThan(0.8);
    expect(shareRight(bestClasses(await classify(plainGemm, gaussian, asked.features)))).toBeGreaterThan(0.85);
    expect(shareRight(bestClasses(await classify(plainGemm, probe, asked.features)))).toBeGreaterThan(0.85);
    const cached = await cacheModel(plainGemm, known, { ...mixing, weight: 20, sharpness: 5 }, asked.features);
    expect(shareRight(bestClasses(cached))).toBeGreaterThan(0.85);
  });

  it("the discriminant's weights solve its equation", async () => {
    const none = { ...known, texts: { ...texts, values: new Float32Array(classes * dim) } };
    const { weights, bias } = await gaussianDiscriminant(plainGemm, none, { temperature: 1, weight: 1 });
    const { means, inverse } = byHand(known);
    for (let label = 0; label < classes; label += 1)
      for (let row = 0; row < dim; row += 1) {
        const expected = inverse(weights.values.subarray(label * dim, (label + 1) * dim), row);
        expect(expected).toBeCloseTo(means[label]![row]!, 3);
      }
    expect(bias[0]).toBeCloseTo(Math.log(1 / 3) - means[0]!.reduce((sum, value, at) => sum + value * weights.values[at]!, 0) / 2, 3);
  });

  it("a class that nobody has stays with its text", async () => {
    const lacking = { ...known, labels: known.labels.map((label) => Math.min(label, 1)) };
    const { weights, bias } = await gaussianDiscriminant(plainGemm, lacking, { temperature: 0.5, weight: 1 });
    expect(bias[2]).toBe(0);
    for (let at = 0; at < dim; at += 1) expect(weights.values[2 * dim + at]).toBeCloseTo(texts.values[2 * dim + at]! / 0.5, 5);
  });
});

/** Means by class, and a row of ((n − 1) Σ + tr(Σ) I)/d times a vector. */
function byHand({ features, labels, classes }: { features: Rows; labels: Int32Array; classes: number }) {
  const { rows, columns: dim } = features;
  const means = Array.from({ length: classes }, (_, label) =>
    Array.from({ length: dim }, (__, at) => {
      const own = Array.from(labels.keys()).filter((row) => labels[row] === label);
      return own.reduce((sum, row) => sum + features.values[row * dim + at]!, 0) / own.length;
    }),
  );
  const scatter = (a: number, b: number): number =>
    Array.from(labels.keys()).reduce(
      (sum, row) =>
        sum + (features.values[row * dim + a]! - means[labels[row]!]![a]!) * (features.values[row * dim + b]! - means[labels[row]!]![b]!),
      0,
    );
  const trace = Array.from({ length: dim }, (_, at) => scatter(at, at)).reduce((sum, value) => sum + value, 0) / (rows - 1);
  const inverse = (vector: Float32Array, row: number): number =>
    vector.reduce((sum, value, at) => sum + (scatter(row, at) + (row === at ? trace : 0)) * value, 0) / dim;
  return { means, inverse };
}

function rowsOf(values: readonly number[]): Rows {
  return { rows: 1, columns: values.length, values: Float32Array.from(values) };
}

function unitOf({ rows, columns, values }: Rows): Rows {
  const lengths = Array.from({ length: rows }, (_, row) => Math.hypot(...values.subarray(row * columns, (row + 1) * columns)));
  return { rows, columns, values: values.map((value, at) => value / lengths[Math.floor(at / columns)]!) };
}

function moved(weights: Tensors, along: Tensors, step: number): Tensors {
  return Object.fromEntries(
    Object.entries(weights).map(([name, rows]) => [
      name,
      { ...rows, values: rows.values.map((value, at) => value + step * (along[name]?.values[at] ?? 0)) },
    ]),
  );
}

function randomLike(tensors: Tensors, seed: number): Tensors {
  const random = createRandom(seed);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, rows]) => [name, { ...rows, values: rows.values.map(() => random() - 0.5) }]),
  );
}

function dot(a: Tensors, b: Tensors): number {
  let sum = 0;
  for (const [name, { values }] of Object.entries(a)) values.forEach((value, at) => (sum += value * b[name]!.values[at]!));
  return sum;
}
