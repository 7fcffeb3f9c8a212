import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/core/random.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { removeEncoder } from "../../../../src/engine/requests/downloadEncoder.ts";
import { describeEncoders } from "../../../../src/engine/requests/encoders.ts";
import { quantizeEncoder } from "../../../../src/engine/requests/quantizeEncoder.ts";
import type { QuantizeProgress } from "../../../../src/protocol/encoders.ts";
import { fixtureSide, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";
import type { OnnxGraph, OnnxWeights } from "../../../onnx.ts";

const dim = 64;
const pixels = 3 * fixtureSide * fixtureSide;
let folder: string;
let env: Env;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-test-"));
  env = { cacheFolder: join(folder, "cache"), dataFolder: folder, now: () => Date.now(), log: () => undefined, counters: createCounters() };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("quantizeEncoder", () => {
  it("makes an encoder of its own id, says how close it comes, and finds it the next time", async () => {
    const encoder = await writeFixture(1);
    const seen: QuantizeProgress[] = [];
    const made = await quantizeEncoder(env, { encoder }, watch(seen));
    expect(made).toMatchObject({ id: "tiny-int8", isNew: true, isKept: true, isUsable: true, from: await idOf(encoder) });
    expect(made.image).toMatchObject({ form: "rows", products: 1, count: 64 });
    expect(made.text).toMatchObject({ form: "unchanged", products: 0, minCosine: expect.closeTo(1, 5) as number });
    expect(made.image.minCosine).toBeGreaterThan(0.999);
    expect(made.image.minCosine).toBeLessThan(1);
    expect(await idOf(made.folder)).toMatch(/^tiny-int8@.*\/int8$/);
    expect(new Set(seen.map(({ step, graph }) => `${step} ${graph}`)).size).toBe(4);
    expect(await quantizeEncoder(env, { encoder }, watch())).toEqual({ ...made, isNew: false });
    expect((await describeEncoders(env)).find(({ id }) => id === "tiny-int8")?.note).toContain(`made of ${made.from} in eight bits`);
    await removeEncoder(env, "tiny-int8");
    expect(existsSync(made.folder)).toBe(false);
  });

  it("does not keep what is not usable, unless it is told to", async () => {
    // The next weights ignore the one large activation by which a row, and a block of it, is rounded.
    const encoder = await writeFixture(1e5);
    const refused = await quantizeEncoder(env, { encoder }, watch());
    expect(refused).toMatchObject({ isNew: false, isKept: false, isUsable: false });
    expect(existsSync(refused.folder)).toBe(false);
    const kept = await quantizeEncoder(env, { encoder, keep: true }, watch());
    expect(kept).toMatchObject({ isNew: true, isKept: true, isUsable: false });
    expect(kept.image.minCosine).toBe(refused.image.minCosine);
    expect((await readdir(join(kept.folder, "onnx"))).sort()).toEqual(["text_model_int8.onnx", "vision_model_int8.onnx"]);
  });

  it("makes it anew when the encoder has changed", async () => {
    const first = await quantizeEncoder(env, { encoder: await writeFixture(1) }, watch());
    const second = await quantizeEncoder(env, { encoder: await writeFixture(2) }, watch());
    expect(second).toMatchObject({ id: first.id, isNew: true });
    expect(second.from).not.toBe(first.from);
    const record = JSON.parse(await readFile(join(second.folder, "winnow-int8.json"), "utf8")) as { from: string };
    expect(record.from).toBe(second.from);
  });

  it("leaves nothing behind when it is cancelled, and starts anew", async () => {
    const encoder = await writeFixture(1);
    const controller = new AbortController();
    const cancelled = quantizeEncoder(
      env,
      { encoder },
      {
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === "compare") controller.abort(new Error("enough"));
        },
      },
    );
    await expect(cancelled).rejects.toThrow("enough");
    expect(existsSync(join(env.cacheFolder, "models", "tiny-int8"))).toBe(false);
    expect(await readdir(join(env.cacheFolder, "quantized", "tiny-int8"))).toEqual([]);
    expect((await quantizeEncoder(env, { encoder }, watch())).isKept).toBe(true);
  });

  it("refuses what has nothing to gain and what is not fp32", async () => {
    const small = await writeEncoder(folder, {}, "small");
    await expect(quantizeEncoder(env, { encoder: small }, watch())).rejects.toThrow("small has no large products with float32 weights");
    const made = await quantizeEncoder(env, { encoder: await writeFixture(1) }, watch());
    await expect(quantizeEncoder(env, { encoder: made.id }, watch())).rejects.toThrow(
      "has graphs of int8: eight bits are made of its fp32",
    );
  });
});

/** Two products, of which only the second is large; the first column of the first is `outlier` times the others. */
async function writeFixture(outlier: number): Promise<string> {
  const first = matrix([pixels, dim], 1, (_, column) => (column === 0 ? outlier : 1));
  const second = matrix([dim, dim], 2, (row) => (row === 0 && outlier > 10 ? 0 : 1));
  const image: OnnxGraph = {
    inputs: [{ name: "pixel_values", dims: ["batch", 3, fixtureSide, fixtureSide] }],
    outputs: [{ name: "image_embeds", dims: ["batch", dim] }],
    weights: { first, second },
    nodes: [
      { op: "Flatten", inputs: ["pixel_values"], outputs: ["flat"] },
      { op: "MatMul", inputs: ["flat", "first"], outputs: ["hidden"] },
      { op: "MatMul", inputs: ["hidden", "second"], outputs: ["image_embeds"] },
    ],
  };
  const text = {
    ...textGraph,
    outputs: [{ name: "text_embeds", dims: ["batch", dim] }],
    weights: { idWeights: matrix([300, dim], 3, () => 1) },
  };
  return await writeEncoder(folder, {
    "config.json": JSON.stringify({ model_type: "clip", projection_dim: dim, text_config: { max_position_embeddings: 16 } }),
    "onnx/vision_model.onnx": onnxBytes(image),
    "onnx/text_model.onnx": onnxBytes(text),
  });
}

function matrix([rows, columns]: readonly [number, number], seed: number, factor: (row: number, column: number) => number): OnnxWeights {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => (random() * 2 - 1) * factor(Math.floor(i / columns), i % columns));
  return { dims: [rows, columns], values };
}

function watch(seen: QuantizeProgress[] = []) {
  return { signal: new AbortController().signal, onProgress: (progress: QuantizeProgress) => void seen.push(progress) };
}

async function idOf(encoder: string): Promise<string> {
  return (await readEncoder(env, encoder)).descriptor.id;
}
