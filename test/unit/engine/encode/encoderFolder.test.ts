import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { EncoderError } from "../../../../src/engine/encode/encoderError.ts";
import { findVariant, readEncoder, withShrinkOnLoad } from "../../../../src/engine/encode/encoderFolder.ts";
import { findEncoder, listEncoders } from "../../../../src/engine/encode/encoders.ts";
import { fixtureDim, fixtureSide, jointGraph, pictureGraph, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";

let parent: string;
let env: Env;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "winnow-encoder-"));
  env = { cacheFolder: join(parent, "cache"), dataFolder: parent, now: Date.now, log: () => undefined, counters: createCounters() };
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const siglipConfig = JSON.stringify({ model_type: "siglip", logit_scale: 4.7, logit_bias: -16.5, text_config: {}, vision_config: {} });
const siglipProcessor = JSON.stringify({
  image_processor_type: "SiglipImageProcessor",
  size: { height: fixtureSide, width: fixtureSide },
  resample: 3,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
});

describe("an encoder's folder", () => {
  test("of CLIP is described, with the defaults of CLIP for what its files leave out", async () => {
    const { descriptor, image, text, inputSize } = await readEncoder(env, await writeEncoder(parent));
    expect(descriptor).toMatchObject({
      name: "tiny",
      family: "clip",
      dim: fixtureDim,
      dtype: "fp32",
      contextLength: 16,
      padding: "longest",
      probability: "softmax",
    });
    expect(descriptor.image).toMatchObject({
      resize: { kind: "shortest", size: fixtureSide },
      crop: { width: fixtureSide, height: fixtureSide },
      resample: "bicubic",
    });
    expect(descriptor.image.mean[0]).toBe(0.48145466);
    expect([image.output, text.output, inputSize]).toEqual(["image_embeds", "text_embeds", { width: fixtureSide, height: fixtureSide }]);
  });

  test("has another id with shrinking on load, under which it is found", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const shrinking = withShrinkOnLoad(encoder);
    const parts = (id: string): string[] => id.split("/");
    expect(parts(shrinking.descriptor.id).map((part, at) => part === parts(encoder.descriptor.id)[at])).toEqual([true, false, true, true]);
    expect(shrinking.descriptor.image).toEqual({ ...encoder.descriptor.image, shrinkOnLoad: true });
    expect(findVariant(encoder, shrinking.descriptor.id)).toEqual(shrinking);
    expect(findVariant(encoder, encoder.descriptor.id)).toBe(encoder);
    expect(findVariant(encoder, "another")).toBeUndefined();
  });

  test("tells no logit scale where it has only the one that training began with", async () => {
    const { descriptor } = await readEncoder(env, await writeEncoder(parent));
    expect([descriptor.logitScale, descriptor.bias]).toEqual([undefined, undefined]);
  });

  test("of SigLIP is squashed, padded to 64 and judged by a sigmoid", async () => {
    const pooled = (name: string, graph: typeof pictureGraph) =>
      onnxBytes({
        ...graph,
        outputs: [
          { name: "last_hidden_state", dims: ["batch", "sequence", fixtureDim] },
          { name: "pooler_output", dims: ["batch", fixtureDim] },
        ],
        nodes: [
          ...graph.nodes,
          { op: "Identity", inputs: [name], outputs: ["pooler_output"] },
          { op: "Unsqueeze", inputs: [name, "one"], outputs: ["last_hidden_state"] },
        ],
        weights: { ...graph.weights, one: { dims: [1], values: BigInt64Array.of(1n) } },
      });
    const folder = await writeEncoder(parent, {
      "config.json": siglipConfig,
      "preprocessor_config.json": siglipProcessor,
      "tokenizer_config.json": JSON.stringify({ pad_token: "<end>" }),
      "onnx/vision_model.onnx": pooled("image_embeds", pictureGraph),
      "onnx/text_model.onnx": pooled("text_embeds", textGraph),
    });
    const { descriptor, image, text } = await readEncoder(env, folder);
    expect(descriptor).toMatchObject({ contextLength: 64, padding: "max_length", probability: "sigmoid", bias: -16.5 });
    expect(descriptor.logitScale).toBeCloseTo(Math.exp(4.7));
    expect(descriptor.image).toMatchObject({
      resize: { kind: "squash", width: fixtureSide, height: fixtureSide },
      crop: undefined,
      mean: [0.5, 0.5, 0.5],
    });
    expect([image.output, text.output]).toEqual(["pooler_output", "pooler_output"]);
  });

  test("with one graph for both sides, beside config.json, is taken", async () => {
    const folder = await writeEncoder(parent, {
      "onnx/vision_model.onnx": undefined,
      "onnx/text_model.onnx": undefined,
      "model.onnx": onnxBytes(jointGraph),
    });
    const { image, text } = await readEncoder(env, folder);
    expect(image.path).toBe(text.path);
    expect([image.output, text.output]).toEqual(["image_embeds", "text_embeds"]);
    expect(text.inputs.map((port) => port.name).sort()).toEqual(["attention_mask", "input_ids", "pixel_values"]);
  });

  test("pads to the full length where neither a mask nor CLIP's pooling protects a text from its padding", async () => {
    const folder = await writeEncoder(parent, {
      "config.json": JSON.stringify({ model_type: "bag-of-words", projection_dim: fixtureDim }),
    });
    expect((await readEncoder(env, folder)).descriptor).toMatchObject({ padding: "max_length", contextLength: 16 });
  });

  test("gives full precision by default and another export when asked", async () => {
    const half = { "onnx/vision_model_fp16.onnx": onnxBytes(pictureGraph), "onnx/text_model_fp16.onnx": onnxBytes(textGraph) };
    const folder = await writeEncoder(parent, half);
    const [full, asked] = [await readEncoder(env, folder), await readEncoder(env, folder, "fp16")];
    expect([full.descriptor.dtype, asked.descriptor.dtype]).toEqual(["fp32", "fp16"]);
    expect(full.descriptor.id).not.toBe(asked.descriptor.id);
    await expect(readEncoder(env, folder, "q4")).rejects.toThrow(/put vision_model_q4.onnx and text_model_q4.onnx/);
  });

  test("keeps rows apart where the graph quantises a batch as it runs", async () => {
    const nodes = [
      { op: "DynamicQuantizeLinear", inputs: ["flat"], outputs: ["q", "scale", "zero"] },
      { op: "DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["rounded"] },
      { op: "MatMul", inputs: ["rounded", "pixelWeights"], outputs: ["image_embeds"] },
    ];
    const folder = await writeEncoder(parent, {
      "onnx/vision_model.onnx": onnxBytes({ ...pictureGraph, nodes: [pictureGraph.nodes[0]!, ...nodes] }),
    });
    const { image, text } = await readEncoder(env, folder);
    expect([image.fixedRows, text.fixedRows]).toEqual([1, undefined]);
  });
});

describe("an encoder's id", () => {
  test("stays the same where files are merely written anew, or say which program wrote them", async () => {
    const { id } = (await readEncoder(env, await writeEncoder(parent))).descriptor;
    const config = {
      text_config: { max_position_embeddings: 16 },
      logit_scale_init_value: 2.6592,
      projection_dim: fixtureDim,
      model_type: "clip",
    };
    const rewritten = await writeEncoder(parent, {
      "config.json": JSON.stringify({ transformers_version: "5.0", ...config }, undefined, 4),
      "tokenizer_config.json": '{"pad_token": "<end>",\n"model_max_length": 16}',
      "README.md": "# Anew",
    });
    expect((await readEncoder(env, rewritten)).descriptor.id).toBe(id);
    const other = await writeEncoder(parent, { "config.json": JSON.stringify({ ...config, logit_scale: 4.6 }) });
    expect((await readEncoder(env, other)).descriptor.id).not.toBe(id);
  });

  test("changes with the weights and the preprocessing, and with nothing else", async () => {
    const folder = await writeEncoder(parent);
    const id = (await readEncoder(env, folder)).descriptor.id;
    expect(id).toMatch(/^tiny@[0-9a-f]{12}\/[0-9a-f]{12}\/8\/fp32$/);
    await writeFile(join(folder, "README.md"), "A note");
    expect((await readEncoder(env, folder)).descriptor.id).toBe(id);
    await writeFile(join(folder, "preprocessor_config.json"), JSON.stringify({ size: fixtureSide, crop_size: fixtureSide, resample: 2 }));
    const bilinear = (await readEncoder(env, folder)).descriptor.id;
    expect(bilinear.split("/")[0]).toBe(id.split("/")[0]);
    expect(bilinear).not.toBe(id);
    const changed = { dims: [48, fixtureDim], values: new Float32Array(48 * fixtureDim).fill(0.5) };
    await writeFile(join(folder, "onnx/vision_model.onnx"), onnxBytes({ ...pictureGraph, weights: { pixelWeights: changed } }));
    await utimes(join(folder, "onnx/vision_model.onnx"), 1, 1);
    expect((await readEncoder(env, folder)).descriptor.id.split("/")[0]).not.toBe(id.split("/")[0]);
  });
});

describe("a folder that is no encoder is told in a sentence", () => {
  const cases: readonly [string, Readonly<Record<string, string | Uint8Array | undefined>>, RegExp][] = [
    ["without config.json", { "config.json": undefined }, /is no encoder: put the config\.json/],
    ["with a config.json that is no JSON", { "config.json": "{" }, /config\.json is no JSON/],
    ["with a config.json of another kind", { "config.json": "{}" }, /config\.json is not as expected \(model_type/],
    ["without preprocessor_config.json", { "preprocessor_config.json": undefined }, /put the model's preprocessor_config\.json there/],
    ["with an unknown resampling", { "preprocessor_config.json": '{"resample": 5}' }, /resample: expected 0, 1, 2 or 3 but received 5/],
    ["without a fixed size of picture", { "preprocessor_config.json": '{"size": 4, "do_center_crop": false}' }, /fixes no size of picture/],
    [
      "with pictures of another size than the graph's",
      { "preprocessor_config.json": "{}" },
      /makes pictures of 224 × 224, but its graph takes 4 × 4/,
    ],
    ["without a tokenizer", { "tokenizer.json": undefined }, /has no tokenizer: put the model's tokenizer\.json there/],
    ["with a tokenizer that is no tokenizer", { "tokenizer.json": "[]" }, /tokenizer in .* cannot be used/],
    [
      "without graphs",
      { "onnx/vision_model.onnx": undefined, "onnx/text_model.onnx": undefined },
      /has no graphs: put vision_model\.onnx and text_model\.onnx, or model\.onnx/,
    ],
    ["with half of the graphs", { "onnx/vision_model.onnx": undefined }, /has text_model\.onnx but not its other half/],
    [
      "with a truncated graph",
      { "onnx/vision_model.onnx": onnxBytes(pictureGraph).subarray(0, 900) },
      /vision_model\.onnx is not a whole ONNX graph/,
    ],
    ["with an empty graph", { "onnx/text_model.onnx": "" }, /text_model\.onnx is not a whole ONNX graph/],
    [
      "with a web page for a graph",
      { "onnx/text_model.onnx": "<!DOCTYPE html><html>Sign in</html>" },
      /text_model\.onnx is not a whole ONNX graph/,
    ],
    ["with swapped graphs", { "onnx/vision_model.onnx": onnxBytes(textGraph) }, /takes input_ids and no pixel_values/],
    [
      "with an input that nobody knows",
      { "onnx/text_model.onnx": onnxBytes({ ...textGraph, inputs: [...textGraph.inputs, { name: "past_keys", dims: [1] }] }) },
      /asks for an input past_keys/,
    ],
    [
      "with hidden states alone",
      {
        "onnx/vision_model.onnx": onnxBytes({ ...pictureGraph, outputs: [{ name: "last_hidden_state", dims: ["batch", 50, fixtureDim] }] }),
      },
      /gives last_hidden_state and no image_embeds: export the model with its pooling/,
    ],
    [
      "with sides of different length",
      { "onnx/text_model.onnx": onnxBytes({ ...textGraph, outputs: [{ name: "text_embeds", dims: ["batch", 5] }] }) },
      /give 8 numbers for a picture and 5 for a text/,
    ],
  ];
  test.each(cases)("%s", async (_, changes, sentence) => {
    const folder = await writeEncoder(parent, changes);
    const error: unknown = await readEncoder(env, folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EncoderError);
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).not.toMatch(/\n/);
  });
});

describe("the list of encoders", () => {
  test("has the built-in one with its warning, and those in the cache's models folder", async () => {
    await writeEncoder(join(env.cacheFolder, "models"), {}, "small-clip");
    await writeEncoder(join(env.cacheFolder, "models", "owner"), {}, "large-clip");
    const choices = await listEncoders(env);
    expect(choices.map((choice) => choice.id)).toEqual(["builtin", "owner/large-clip", "small-clip"]);
    expect(choices[0]?.note).toMatch(/not for photographs/);
    expect((await findEncoder(env, "owner/large-clip")).folder).toBe(join(env.cacheFolder, "models", "owner/large-clip"));
    expect((await readEncoder(env, choices[0]!.folder)).descriptor).toMatchObject({ builtin: true, name: "builtin" });
  });

  test("finds an encoder by its folder, and says what there is where a name is unknown", async () => {
    const folder = await writeEncoder(parent);
    expect(await findEncoder(env, folder)).toMatchObject({ folder, isBuiltin: false });
    await expect(findEncoder(env, "nobody/nothing")).rejects.toThrow(
      /There is no encoder nobody\/nothing: give the folder .* or one of builtin/,
    );
  });
});
