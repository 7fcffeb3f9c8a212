import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { createRandom } from "../../../../src/core/random.ts";
import type { HeadPlan } from "../../../../src/core/tune/headModel.ts";
import { startWeights, tuneRows } from "../../../../src/core/tune/headModel.ts";
import { heads } from "../../../../src/core/tune/heads/heads.ts";
import type { Tensors } from "../../../../src/core/tune/rows.ts";
import { unitRows } from "../../../../src/core/tune/unit.ts";
import type { Encoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { openTower } from "../../../../src/engine/encode/tower.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { checkGraphs, writeTuned } from "../../../../src/engine/requests/writeTuned.ts";
import { fixtureDim, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import type { OnnxGraph } from "../../../onnx.ts";
import { onnxBytes } from "../../../onnx.ts";

let folder: string;
let env: Env;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-tuned-"));
  env = { cacheFolder: join(folder, "cache"), dataFolder: folder, now: Date.now, log: () => undefined, counters: createCounters() };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const hiddenText: OnnxGraph = {
  ...textGraph,
  outputs: [{ name: "last_hidden_state", dims: ["batch", "sequence", fixtureDim] }],
  nodes: [{ op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["last_hidden_state"] }],
};
const texts = ["a", "abcdefg", "cab"];

/** An encoder whose text graph leaves its pooling to Winnow. */
async function pooledEncoder(pooling: string): Promise<Encoder> {
  const root = await mkdtemp(join(folder, "encoder-"));
  const said = JSON.stringify({ schema: 1, text: { output: "last_hidden_state", pooling } });
  return await readEncoder(
    env,
    await writeEncoder(root, {
      "config.json": JSON.stringify({ model_type: "jina_clip", projection_dim: fixtureDim }),
      "onnx/text_model.onnx": onnxBytes(hiddenText),
      "winnow.json": said,
    }),
  );
}

async function embed(encoder: Encoder): Promise<Float32Array> {
  const tower = await openTower(env, encoder, "text", { provider: "cpu" });
  try {
    const values = await tower.embedTokens(encoder.tokenizer.tokenize(texts, 16));
    return unitRows({ rows: texts.length, columns: fixtureDim, values }).units.values;
  } finally {
    await tower.release();
  }
}

function learned(id: string): { plan: HeadPlan; weights: Tensors } {
  const head = heads.find((one) => one.id === id)!;
  const plan: HeadPlan = { head, options: { ...head.options, rank: 2 }, on: ["text"] };
  const weights = startWeights(plan, { dim: fixtureDim, temperature: 0.1, bias: 0, seed: 1 });
  const random = createRandom(3);
  for (const { values } of Object.values(weights)) values.forEach((value, at) => (values[at] = value + random() - 0.5));
  return { plan, weights };
}

describe("a head on a graph that leaves pooling to Winnow", () => {
  it.each([
    ["linear", "mean"],
    ["lowRank", "mean"],
    ["linear", "end"],
    ["adapter", "end"],
    ["adapter", "cls"],
    ["lowRank", "last"],
  ])("%s gives the same before the pooling (%s) as behind it", async (id, pooling) => {
    const encoder = await pooledEncoder(pooling);
    const { plan, weights } = learned(id);
    checkGraphs(encoder, plan);
    const target = join(encoder.descriptor.folder, "..", `tuned-${id}-${pooling}`);
    await writeTuned({ encoder, plan, weights }, target, new AbortController().signal);
    const tuned = await readEncoder(env, target);
    expect(tuned.text).toMatchObject({ output: "tuned_text_hidden_state", pooling });
    expect(tuned.descriptor.id).not.toBe(encoder.descriptor.id);
    const rows = { rows: texts.length, columns: fixtureDim, values: await embed(encoder) };
    const { units } = await tuneRows(createPlainGemm(), plan, weights, { tower: "text", rows });
    const found = await embed(tuned);
    units.values.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 5));
    expect(units.values.some((value, at) => Math.abs(value - rows.values[at]!) > 0.01)).toBe(true);
  });

  it("is refused where it is not the same", async () => {
    const encoder = await pooledEncoder("mean");
    expect(() => checkGraphs(encoder, learned("adapter").plan)).toThrow(
      /text_model\.onnx leaves it to Winnow to average .* the head adapter can't stand before: take linear or lowRank/,
    );
  });
});
