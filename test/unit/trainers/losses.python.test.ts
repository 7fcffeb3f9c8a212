import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Anchors, Block, Loss, LossInputs, LossState } from "../../../src/core/losses/loss.ts";
import { losses } from "../../../src/core/losses/losses.ts";
import { fullDefaults } from "../../../src/core/tune/jobs/fullJob.ts";
import { createPlainGemm } from "../../../src/core/neighbours/plainGemm.ts";
import { assembleBatch } from "../../../src/core/tune/assemble.ts";
import { dealBatches } from "../../../src/core/tune/batches.ts";
import { scaleName, startWeights } from "../../../src/core/tune/headModel.ts";
import { linear } from "../../../src/core/tune/heads/linear.ts";
import { headStep } from "../../../src/core/tune/headStep.ts";
import { findClusters, meanPrototypes } from "../../../src/core/tune/prototypes.ts";
import { findFall, isAboveChance } from "../../../src/core/tune/guard.ts";
import { isBetterRecall } from "../../../src/core/tune/retrieval.ts";
import type { Rows } from "../../../src/core/tune/rows.ts";
import type { TuneSet } from "../../../src/core/tune/tuneSet.ts";
import { findPython, runPython } from "../../python.ts";
import { made } from "../core/losses/inputs.ts";
import { drawUnits } from "../core/tune/made.ts";

const script = fileURLToPath(new URL("losses.py", import.meta.url));

interface Answer {
  readonly declared: readonly object[];
  readonly results: readonly {
    readonly loss: number;
    readonly gradients: Readonly<Record<string, readonly number[]>>;
    readonly temperature: number;
    readonly bias: number;
    readonly state: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly batches: readonly (readonly number[])[];
  readonly judged: readonly (readonly (boolean | string | null)[])[];
  readonly steps: readonly {
    readonly loss: number;
    readonly prototypes: readonly (readonly number[])[];
    readonly gradients: readonly (readonly number[])[];
  }[];
}

const cases = losses.flatMap((loss) => [
  { loss, inputs: made(loss, { seed: 1, images: 6 }) },
  { loss, inputs: made(loss, { seed: 2, images: 5, temperature: 0.05 }) },
]);
const deck = {
  classOf: Int32Array.from({ length: 41 }, (_, item) => (item % 9 === 0 ? 0 : item)),
  together: [
    [3, 30, 12],
    [7, 22],
  ],
};
/** Recall now and before, the same of the canary (null is unknown), the guard, and how many images are held out. */
const judged = (
  [
    [0.4, 0.9, null, null, 0.5, 100],
    [0.5, 0.9, null, null, 0.5, 100],
    [0.01, 0.09, null, null, 0.5, 100],
    [0.04, 0.1, null, null, 0.5, 100],
    [0.9, 0.9, null, null, 0.5, 100],
    [0.91, 0.9, null, null, 1, 100],
    [null, 0.9, null, null, 0.5, 100],
    [0.5, null, null, null, 0.5, 100],
    [null, null, null, null, 0.5, 0],
    [0.9, 0.9, 0.4, 0.9, 0.5, 100],
    [0.4, 0.9, 0.4, 0.9, 0.5, 100],
    [null, null, 0.4, 0.9, 0.5, 0],
    [0.9, 0.9, 0.5, 0.9, 0.5, 100],
    [0.9, 0.9, null, 0.9, 0.5, 100],
    [0, 0.9, 0, 0.9, 0, 100],
  ] as const
).map(([now, before, canary, canaryBefore, guard, images]) => ({ now, before, canary, canaryBefore, guard, images }));
const deal = { seed: 11, epoch: 2, size: 8 };

/** Plain arrays for JSON, which has neither typed arrays nor NaN. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** The steps of the head trainer that the other one has to take, too: losses that compare with prototypes, which each makes by itself. */
const clustered = losses.filter(({ blocks }) => blocks.includes("imagePrototypes"));

/** A set of 24 images of 6 numbers with two captions each; images and captions of one in a few are told apart by nothing. */
async function madeStep(loss: Loss) {
  const items = Int32Array.from({ length: 24 }, (_, item) => item);
  const set: TuneSet = {
    ...{ images: drawUnits(24, 6, 1), texts: drawUnits(36, 6, 2), classOf: items, together: [], heldOut: new Uint8Array(24) },
    textsOf: Array.from(items, (item) => Int32Array.of(item, 24 + (item % 12))),
  };
  const plan = { head: linear, options: {}, on: ["image", "text"] } as const;
  const start = startWeights(plan, { dim: 6, temperature: 0.1, bias: 0, seed: 1 });
  const weights = { ...start, "image.w": drawUnits(6, 6, 3), "text.w": drawUnits(6, 6, 4) };
  const gemm = createPlainGemm();
  const clusters = await findClusters(set, { gemm, seed: 1 });
  const kind = loss.needs.includes("labels") ? "own" : "partner";
  const prototypes = await meanPrototypes(gemm, { plan, weights }, { set, clusters, kind });
  const firsts = { ...set, textsOf: set.textsOf.map((texts) => texts.subarray(0, 1)) };
  const batch = assembleBatch(firsts, { loss, clusters, prototypes, reference: undefined, weights: undefined }, items, 1);
  const stepPlan = { plan, loss, lossOptions: {}, learnsTemperature: true };
  const wanted = await headStep(gemm, stepPlan, { weights, state: {} }, batch);
  return { set, clusters, prototypes, weights, wanted };
}

function givenStep(loss: Loss, { set, clusters, weights }: Awaited<ReturnType<typeof madeStep>>) {
  const nested = ({ values, rows, columns }: Rows): number[][] =>
    Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
  const pairs = set.textsOf.map((texts, item) => ({
    ...{ texts: [...texts], cluster: clusters.ofImage[item], near: [...clusters.labels[item]!] },
    clusters: Array.from(texts, (text) => clusters.ofText[text]),
  }));
  const matrices = { images: set.images, texts: set.texts, imageWeights: weights["image.w"], textWeights: weights["text.w"] };
  return {
    loss: loss.id,
    pairs,
    temperature: 0.1,
    ...Object.fromEntries(Object.entries(matrices).map(([name, rows]) => [name, nested(rows)])),
  };
}

function flatState({ images, texts }: LossState): Record<string, Float64Array> {
  const side = (name: string, anchors: Anchors | undefined) =>
    Object.entries(anchors ?? {}).map(([what, values]) => [`${name}.${what}`, values as Float64Array] as const);
  return Object.fromEntries([...side("images", images), ...side("texts", texts)]);
}

function given({ inputs, id }: { inputs: LossInputs; id: string }): unknown {
  const { blocks, targets, temperature, bias, options = {}, state = {} } = inputs;
  return plain({ id, blocks, targets, temperature, bias, options, state: flatState(state) });
}

function expectAlike(found: readonly number[], expected: ArrayLike<number>, what: string, most = 1e-9): void {
  expect(found.length, what).toBe(expected.length);
  found.forEach((value, at) => {
    const wanted = expected[at]!;
    expect(Math.abs(value - wanted) / Math.max(1, Math.abs(wanted)), `${what}[${at}]: ${value} for ${wanted}`).toBeLessThan(most);
  });
}

describe.skipIf(findPython() === undefined)("the Python trainer", () => {
  let answer: Answer;
  let folder: string;

  let steps: readonly Awaited<ReturnType<typeof madeStep>>[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "winnow-losses-"));
    const file = join(folder, "given.json");
    const asked = cases.map(({ loss, inputs }) => given({ inputs, id: loss.id }));
    steps = await Promise.all(clustered.map(madeStep));
    const givenSteps = clustered.map((loss, at) => givenStep(loss, steps[at]!));
    writeFileSync(file, JSON.stringify({ cases: asked, judged, steps: givenSteps, deck: { ...(plain(deck) as object), ...deal } }));
    answer = JSON.parse(runPython(script, [file])) as Answer;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("declares every loss as core does", () => {
    const declared = losses.map(({ id, blocks, needs, captions, options, startBias = null }) => ({
      id,
      blocks,
      needs,
      captions,
      options,
      startBias,
    }));
    expect(answer.declared).toEqual(declared);
  });

  it.each(cases.map(({ loss, inputs }, at) => [loss.id, at % 2, { loss, inputs, at }] as const))(
    "gives the value and the derivatives of %s, case %i",
    (_, __, { loss, inputs, at }) => {
      const wanted = loss.evaluate(inputs);
      const found = answer.results[at]!;
      expectAlike([found.loss], [wanted.loss], "loss");
      for (const name of loss.blocks) {
        const block: Block = inputs.blocks[name]!;
        expectAlike(found.gradients[name]!, wanted.gradients[name]?.values ?? new Float64Array(block.values.length), name);
      }
      expectAlike([found.temperature], [wanted.temperature], "τ");
      expectAlike([found.bias], [wanted.bias], "bias");
      for (const [name, values] of Object.entries(flatState(wanted.state)))
        expectAlike(
          found.state[name]!,
          values.map((value) => (Number.isNaN(value) ? -1 : value)),
          name,
        );
      if (wanted.state.queue) expectAlike(found.state["queue"]!, wanted.state.queue.values, "queue");
    },
  );

  it("has the settings that core writes, with the same values where nobody says otherwise", () => {
    const { loraOn, ...settings } = answer.settings;
    expect(settings).toEqual({ ...fullDefaults, model: "ViT-B-32" });
    expect(loraOn).toEqual(["image", "text"]);
  });

  it.each(clustered.map(({ id }, at) => [id, at] as const))(
    "makes prototypes and takes a step with %s as the head trainer does",
    (_, at) => {
      const { prototypes, wanted } = steps[at]!;
      const found = answer.steps[at]!;
      // Both compute with float32.
      expectAlike([found.loss], [wanted.loss], "loss", 1e-5);
      [prototypes.images, prototypes.texts].forEach(({ values }, side) => expectAlike(found.prototypes[side]!, values, "prototypes", 1e-5));
      const gradients = ["image.w", "text.w", scaleName].map((name) => wanted.gradients[name]!.values);
      gradients.forEach((values, part) => expectAlike(found.gradients[part]!, values, "derivatives", 1e-5));
    },
  );

  it("judges recall alike", () => {
    const both = (share: number | null) => ({ imageToText: share ?? NaN, textToImage: share ?? NaN });
    const wanted = judged.map(({ now, before, canary, canaryBefore, guard, images }) => {
      const watched = { now: { recall: both(now), canary: canary ?? NaN }, before: { recall: both(before), canary: canaryBefore ?? NaN } };
      const fall = findFall(watched.now, watched.before, { guard, images }) ?? null;
      return [isBetterRecall(both(now), both(before)), isAboveChance(before ?? NaN, images), fall];
    });
    expect(answer.judged).toEqual(wanted);
    const [fallen, forgotten] = ["fallen", "forgotten"].map((fall) => wanted.flatMap(([, , own], at) => (own === fall ? [at] : [])));
    expect([fallen, forgotten]).toEqual([
      [0, 3, 10],
      [9, 11],
    ]);
  });

  it("deals the same batches", () => {
    expect(answer.batches).toEqual(dealBatches(deck, deal).map((batch) => [...batch]));
  });
});
