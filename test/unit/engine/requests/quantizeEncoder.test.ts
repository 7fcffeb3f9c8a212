import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import { worstCosine } from "../../../../src/core/parity/certificate.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { listEncoders } from "../../../../src/engine/encode/encoders.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { certify } from "../../../../src/engine/parity/certify.ts";
import { casesOfReading } from "../../../../src/engine/parity/material.ts";
import { removeEncoder } from "../../../../src/engine/requests/downloadEncoder.ts";
import { describeEncoders } from "../../../../src/engine/requests/encoders.ts";
import { quantizeEncoder } from "../../../../src/engine/requests/quantizeEncoder.ts";
import { readCertificate } from "../../../../src/engine/store/certificates.ts";
import type { QuantizedEncoder, QuantizeProgress } from "../../../../src/protocol/encoders.ts";
import { fixtureSide, letterTokenizer, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import type { FixtureFiles } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";
import type { OnnxGraph, OnnxWeights } from "../../../onnx.ts";

const dim = 64;
const pixels = 3 * fixtureSide * fixtureSide;
const quiet = { provider: "cpu", signal: new AbortController().signal, onProgress: () => undefined } as const;
/** A table of words alone, in which there is nothing to round. */
const sentenceGraph: OnnxGraph = {
  ...textGraph,
  outputs: [{ name: "text_embeds", dims: ["batch", dim] }],
  weights: { idWeights: matrix([300, dim], 3, () => 1) },
};
/** Nothing of the usual layout. */
const bare: FixtureFiles = {
  "config.json": undefined,
  "preprocessor_config.json": undefined,
  "tokenizer.json": undefined,
  "tokenizer_config.json": undefined,
  "onnx/vision_model.onnx": undefined,
  "onnx/text_model.onnx": undefined,
};
const openClip = {
  model_cfg: { embed_dim: dim, vision_cfg: { image_size: fixtureSide }, text_cfg: { context_length: 12, hf_tokenizer_name: "letters" } },
  preprocess_cfg: { mean: 0.5, std: 0.5, interpolation: "bilinear", resize_mode: "shortest" },
};
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
    expect(made.image).toMatchObject({ form: "rows", products: 1 });
    expect(made.text).toMatchObject({ form: "unchanged", products: 0 });
    expect(worstOf(made, "text")).toBeCloseTo(1, 5);
    expect(worstOf(made, "image")).toBeGreaterThan(0.999);
    expect(worstOf(made, "image")).toBeLessThan(1);
    expect(await idOf(made.folder)).toMatch(/^tiny-int8@.*\/int8$/);
    expect(new Set(seen.map((progress) => ("graph" in progress ? `${progress.step} ${progress.graph}` : progress.step)))).toEqual(
      new Set(["reference", ...["vision_model", "text_model"].flatMap((name) => [`round onnx/${name}.onnx`, `compare onnx/${name}.onnx`])]),
    );
    expect(await quantizeEncoder(env, { encoder }, watch())).toEqual({ ...made, isNew: false });
    const told = (await describeEncoders(env)).find(({ id }) => id === "tiny-int8");
    expect(told).toMatchObject({ parity: made.grade, note: expect.stringContaining(`made of ${made.from} in eight bits`) as string });
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
    expect(kept.cases).toEqual(refused.cases);
    expect((await readCertificate(env, await idOf(kept.folder)))?.grade).toBe("failed");
    expect((await readdir(join(kept.folder, "onnx"))).sort()).toEqual(["text_model_int8.onnx", "vision_model_int8.onnx"]);
  });

  it("keeps the certificate against the encoder that it was made of, and makes it again from its record where it is gone", async () => {
    const encoder = await writeFixture(1);
    const made = await quantizeEncoder(env, { encoder }, watch());
    const certificate = await readCertificate(env, await idOf(made.folder));
    expect(certificate).toMatchObject({
      grade: made.grade,
      cases: made.cases,
      provider: "cpu",
      reference: { kind: "encoder", name: made.from },
    });
    expect(certificate!.cases.filter(({ modality }) => modality === "image").length).toBeGreaterThan(5);
    const again = await certify(
      env,
      await readEncoder(env, made.folder),
      { kind: "encoder", encoder: await readEncoder(env, encoder) },
      quiet,
    );
    expect(again.cases.filter(({ id }) => !casesOfReading.has(id))).toEqual(certificate!.cases);
    await rm(join(env.cacheFolder, "certificates"), { recursive: true });
    await quantizeEncoder(env, { encoder }, watch());
    expect(await readCertificate(env, await idOf(made.folder))).toEqual(certificate);
  });

  it("makes an encoder anew that an older version made, and leaves one that is a person's own", async () => {
    const encoder = await writeFixture(1);
    const { folder: made } = await quantizeEncoder(env, { encoder }, watch());
    await writeFile(join(made, "winnow-int8.json"), JSON.stringify({ schema: 1 }));
    expect((await quantizeEncoder(env, { encoder }, watch())).isNew).toBe(true);
    await rm(join(made, "winnow-int8.json"));
    await expect(quantizeEncoder(env, { encoder }, watch())).rejects.toThrow("tiny-int8 is there already and was not made by Winnow");
  });

  it.each<[string, FixtureFiles, readonly string[]]>([
    [
      "graphs in folders of their own, with open_clip's words",
      {
        ...bare,
        "config.json": JSON.stringify(openClip.model_cfg),
        "visual/preprocess_cfg.json": JSON.stringify(openClip.preprocess_cfg),
        "visual/model.onnx": onnxBytes(imageGraph(1)),
        "textual/model.onnx": onnxBytes(sentenceGraph),
        "textual/tokenizer.json": JSON.stringify(letterTokenizer()),
        "textual/tokenizer_config.json": JSON.stringify({ pad_token: "<end>" }),
      },
      ["textual/model_int8.onnx", "textual/tokenizer.json", "visual/model_int8.onnx", "visual/preprocess_cfg.json"],
    ],
    [
      "graphs that winnow.json names, and a tokenizer in a folder that it names",
      {
        ...bare,
        "winnow.json": JSON.stringify({
          schema: 1,
          family: "clip",
          image: { graph: "mine/pictures.onnx", preprocessing: { size: fixtureSide } },
          text: { graph: "mine/texts.onnx", tokenizer: "words", contextLength: 16 },
          dim,
          dtype: "fp32",
        }),
        "mine/pictures.onnx": onnxBytes(imageGraph(1)),
        "mine/texts.onnx": onnxBytes(sentenceGraph),
        "words/tokenizer.json": JSON.stringify(letterTokenizer()),
        "words/tokenizer_config.json": JSON.stringify({ pad_token: "<end>" }),
      },
      ["mine/pictures_int8.onnx", "mine/texts_int8.onnx", "words/tokenizer.json"],
    ],
  ])("keeps the layout of %s", async (_, files, expected) => {
    const encoder = await writeEncoder(folder, files, "laid");
    const made = await quantizeEncoder(env, { encoder }, watch());
    expect(made).toMatchObject({ id: "laid-int8", isKept: true, image: { products: 1 } });
    expect((await listEncoders(env)).map(({ id }) => id)).toContain("laid-int8");
    const there = (await readdir(made.folder, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
    expect(there).toEqual(expect.arrayContaining([...expected]));
    expect(there.filter((name) => name.endsWith(".onnx") && !name.endsWith("_int8.onnx"))).toEqual([]);
    expect((await readEncoder(env, made.folder)).descriptor).toMatchObject({ dtype: "int8", dim });
    expect((await readEncoder(env, encoder)).descriptor.dtype).toBe("fp32");
  });

  it("makes one that sees pictures alone, certified by them", async () => {
    const encoder = await writeEncoder(
      folder,
      {
        ...bare,
        "winnow.json": JSON.stringify({ schema: 1, image: { graph: "eyes.onnx", preprocessing: { size: fixtureSide } }, dim }),
        "eyes.onnx": onnxBytes(imageGraph(1)),
      },
      "eyes",
    );
    const made = await quantizeEncoder(env, { encoder }, watch());
    expect(made).toMatchObject({ isKept: true, image: { form: "rows", products: 1 }, text: null });
    expect(new Set(made.cases.map(({ modality }) => modality))).toEqual(new Set(["image"]));
    expect((await describeEncoders(env)).find(({ id }) => id === "eyes-int8")).toMatchObject({ imageOnly: true, parity: made.grade });
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
function imageGraph(outlier: number): OnnxGraph {
  const first = matrix([pixels, dim], 1, (_, column) => (column === 0 ? outlier : 1));
  const second = matrix([dim, dim], 2, (row) => (row === 0 && outlier > 10 ? 0 : 1));
  return {
    inputs: [{ name: "pixel_values", dims: ["batch", 3, fixtureSide, fixtureSide] }],
    outputs: [{ name: "image_embeds", dims: ["batch", dim] }],
    weights: { first, second },
    nodes: [
      { op: "Flatten", inputs: ["pixel_values"], outputs: ["flat"] },
      { op: "MatMul", inputs: ["flat", "first"], outputs: ["hidden"] },
      { op: "MatMul", inputs: ["hidden", "second"], outputs: ["image_embeds"] },
    ],
  };
}

async function writeFixture(outlier: number): Promise<string> {
  return await writeEncoder(folder, {
    "config.json": JSON.stringify({ model_type: "clip", projection_dim: dim, text_config: { max_position_embeddings: 16 } }),
    "onnx/vision_model.onnx": onnxBytes(imageGraph(outlier)),
    "onnx/text_model.onnx": onnxBytes(sentenceGraph),
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

function worstOf({ cases }: QuantizedEncoder, side: "image" | "text"): number | null {
  return worstCosine(cases.filter(({ modality }) => modality === side));
}

async function idOf(encoder: string): Promise<EncoderId> {
  return (await readEncoder(env, encoder)).descriptor.id;
}
