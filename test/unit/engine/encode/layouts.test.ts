import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../../../src/core/random.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { isDual, readAnyEncoder, readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { openTower } from "../../../../src/engine/encode/tower.ts";
import { assetsFolder } from "../../../assets.ts";
import {
  fixtureDim,
  fixtureSide,
  imageOnlyFiles,
  jointGraph,
  letterTokenizer,
  patchDim,
  patchGraph,
  patchSide,
  pictureGraph,
  textGraph,
  writeEncoder,
} from "../../../encoderFixture.ts";
import type { FixtureFiles } from "../../../encoderFixture.ts";
import type { OnnxGraph } from "../../../onnx.ts";
import { onnxBytes } from "../../../onnx.ts";

let parent: string;
let env: Env;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "winnow-layouts-"));
  env = { cacheFolder: join(parent, "cache"), dataFolder: parent, now: Date.now, log: () => undefined, counters: createCounters() };
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const json = (value: unknown): string => JSON.stringify(value);
/** Nothing of transformers.js's layout but the tokenizer. */
const bare: FixtureFiles = {
  "config.json": undefined,
  "preprocessor_config.json": undefined,
  "tokenizer_config.json": json({ pad_token: "<end>" }),
  "onnx/vision_model.onnx": undefined,
  "onnx/text_model.onnx": undefined,
};

/** The same graph with other names for its ports, and other types or sizes. */
function renamed(graph: OnnxGraph, names: Readonly<Record<string, string>>, ports: { type?: "int32"; fixed?: number } = {}): OnnxGraph {
  const name = (old: string): string => names[old] ?? old;
  return {
    ...graph,
    inputs: graph.inputs.map((port) => ({
      ...port,
      name: name(port.name),
      ...(ports.type && { type: ports.type }),
      dims: (port.dims ?? []).map((size) => (size === "sequence" && ports.fixed !== undefined ? ports.fixed : size)),
    })),
    outputs: graph.outputs.map((port) => ({ ...port, name: name(port.name) })),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(name), outputs: node.outputs.map(name) })),
  };
}

const openClipConfig = {
  model_cfg: {
    embed_dim: fixtureDim,
    vision_cfg: { image_size: fixtureSide, patch_size: 2 },
    text_cfg: { context_length: 12, hf_tokenizer_name: "letters" },
  },
  preprocess_cfg: { mean: [0.1, 0.2, 0.3], std: 0.5, interpolation: "bilinear", resize_mode: "shortest" },
};
type OpenClip = { model_cfg?: object; text_cfg?: object; vision_cfg?: object; preprocess_cfg?: object };

function openClipJson({ model_cfg, text_cfg, vision_cfg, preprocess_cfg }: OpenClip = {}): string {
  const model = openClipConfig.model_cfg;
  return json({
    model_cfg: { ...model, ...model_cfg, vision_cfg: { ...model.vision_cfg, ...vision_cfg }, text_cfg: { ...model.text_cfg, ...text_cfg } },
    preprocess_cfg: { ...openClipConfig.preprocess_cfg, ...preprocess_cfg },
  });
}

const openClipGraphs: FixtureFiles = {
  "visual.onnx": onnxBytes(renamed(pictureGraph, { pixel_values: "image", image_embeds: "image_features" })),
  "textual.onnx": onnxBytes(renamed(textGraph, { input_ids: "text", text_embeds: "text_features" })),
};

const writeOpenClip = (changes: OpenClip = {}, files: FixtureFiles = {}, name?: string): Promise<string> =>
  writeEncoder(parent, { ...bare, ...openClipGraphs, "open_clip_config.json": openClipJson(changes), ...files }, name);

describe("a folder in open_clip's layout", () => {
  test("is read by its open_clip_config.json, with torchvision's crop", async () => {
    const { descriptor, image, text, inputSize } = await readEncoder(env, await writeOpenClip());
    expect(descriptor).toMatchObject({
      family: "openclip",
      dim: fixtureDim,
      contextLength: 12,
      padding: "longest",
      probability: "softmax",
    });
    expect(descriptor.logitScale).toBeUndefined();
    expect(descriptor.image).toEqual({
      resize: { kind: "shortest", size: fixtureSide },
      crop: { width: fixtureSide, height: fixtureSide, rounding: "even" },
      resample: "bilinear",
      rescale: 1 / 255,
      mean: [0.1, 0.2, 0.3],
      std: [0.5, 0.5, 0.5],
    });
    expect([image.output, text.output, inputSize]).toEqual([
      "image_features",
      "text_features",
      { width: fixtureSide, height: fixtureSide },
    ]);
  });

  test("squashes, and takes bicubic for whatever open_clip does", async () => {
    const folder = await writeOpenClip({ preprocess_cfg: { resize_mode: "squash", interpolation: "random" } });
    const { image } = (await readEncoder(env, folder)).descriptor;
    expect(image).toMatchObject({
      resize: { kind: "squash", width: fixtureSide, height: fixtureSide },
      crop: undefined,
      resample: "bicubic",
    });
  });

  test("of SigLIP is judged by a sigmoid and padded to its full length", async () => {
    const text_cfg = {
      hf_tokenizer_name: "timm/ViT-B-16-SigLIP2",
      no_causal_mask: true,
      pool_type: "last",
      tokenizer_kwargs: { clean: "canonicalize" },
    };
    const folder = await writeOpenClip({ model_cfg: { init_logit_bias: -10 }, text_cfg });
    const { descriptor, tokenizer } = await readEncoder(env, folder);
    expect(descriptor).toMatchObject({ family: "siglip2", probability: "sigmoid", padding: "max_length", bias: undefined });
    expect(tokenizer.tokenize(["A, b!"], 9).ids).toEqual(tokenizer.tokenize(["a b"], 9).ids);
  });

  test("keeps padding free of a Hugging Face text model, whose graph masks by the padding's id, and not of one that sees all", async () => {
    const masked = await readEncoder(env, await writeOpenClip({ text_cfg: { hf_model_name: "bert" } }, {}, "masked"));
    const seeing = await readEncoder(env, await writeOpenClip({ text_cfg: { no_causal_mask: true } }, {}, "seeing"));
    expect([masked.descriptor.padding, seeing.descriptor.padding]).toEqual(["longest", "max_length"]);
  });

  test("in two folders with config.json and visual/preprocess_cfg.json is the same", async () => {
    const { model_cfg, preprocess_cfg } = openClipConfig;
    const folder = await writeEncoder(parent, { ...bare, "tokenizer.json": undefined, "config.json": json(model_cfg) });
    for (const inner of ["visual", "textual"]) await mkdir(join(folder, inner));
    await writeFile(join(folder, "visual/preprocess_cfg.json"), json({ ...preprocess_cfg, size: [224, 224] }));
    await writeFile(join(folder, "visual/model.onnx"), openClipGraphs["visual.onnx"]!);
    await writeFile(
      join(folder, "textual/model.onnx"),
      onnxBytes(renamed(textGraph, { input_ids: "text", text_embeds: "embedding" }, { fixed: 12 })),
    );
    await writeFile(join(folder, "textual/tokenizer.json"), json(letterTokenizer()));
    const { descriptor, text } = await readEncoder(env, folder);
    expect(descriptor).toMatchObject({ family: "openclip", contextLength: 12, padding: "max_length" });
    expect(text.output).toBe("embedding");
  });

  test.skipIf(assetsFolder() === undefined)("has CLIP's own tokenizer where it names no other (needs shared/assets)", async () => {
    const folder = await writeOpenClip({ text_cfg: { hf_tokenizer_name: undefined, vocab_size: 49_408 } }, { "tokenizer.json": undefined });
    await copyFile(join(assetsFolder()!, "mini-dual-encoder/merges.txt"), join(folder, "merges.txt"));
    const { tokenizer } = await readEncoder(env, folder);
    expect([...tokenizer.tokenize(["A &amp;  DOG"], 12).ids].map(Number)).toEqual([49406, 320, 261, 1929, 49407]);
  });

  const failures: readonly [string, OpenClip, RegExp][] = [
    [
      "longest",
      { preprocess_cfg: { resize_mode: "longest" } },
      /open_clip_config\.json cannot be followed \(resize_mode: longest, which fills up/,
    ],
    ["a crop that is no square", { vision_cfg: { image_size: [4, 6] } }, /size: a crop that is no square is not supported/],
    [
      "another mode of its tokenizer",
      { text_cfg: { tokenizer_kwargs: { tokenizer_mode: "clips" } } },
      /of the mode clips, which Winnow does not have/,
    ],
    ["a half of it missing", { model_cfg: { embed_dim: undefined } }, /open_clip_config\.json is not as expected \(model_cfg\.embed_dim/],
    [
      "CLIP's tokenizer and no merges",
      { text_cfg: { hf_tokenizer_name: undefined } },
      /tokenizer.*put the tokenizer\.json|has no tokenizer: put CLIP's merges\.txt/,
    ],
  ];
  test.each(failures)("with %s is told in a sentence", async (_, changes, sentence) => {
    await expect(readEncoder(env, await writeOpenClip(changes))).rejects.toThrow(sentence);
  });
});

const hiddenText: OnnxGraph = {
  ...textGraph,
  outputs: [{ name: "last_hidden_state", dims: ["batch", "sequence", fixtureDim] }],
  nodes: [{ op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["last_hidden_state"] }],
};

const pixelsOf = (count: number): Float32Array => {
  const random = createRandom(7);
  return Float32Array.from({ length: count * 3 * fixtureSide * fixtureSide }, () => random() * 2 - 1);
};

/** The patches of a picture, row by row, as the graph cuts them. */
function patchesOf(pixels: Float32Array, picture: number): number[][] {
  const at = (channel: number, y: number, x: number): number => pixels[((picture * 3 + channel) * fixtureSide + y) * fixtureSide + x]!;
  const inside = [0, 1, 2].flatMap((channel) => [0, 1].flatMap((y) => [0, 1].map((x) => [channel, y, x] as const)));
  return [0, 1].flatMap((row) => [0, 1].map((column) => inside.map(([c, y, x]) => at(c, 2 * row + y, 2 * column + x))));
}

describe("an encoder that sees pictures alone", () => {
  test("is read without texts, its vector the first token, its patches with their grid", async () => {
    const encoder = await readAnyEncoder(env, await writeEncoder(parent, imageOnlyFiles, "dino"));
    expect(isDual(encoder)).toBe(false);
    expect(encoder.descriptor).toMatchObject({ family: "dinov2", dim: patchDim, dtype: "fp32" });
    expect(encoder.descriptor.id).toMatch(/^dino@[0-9a-f]{12}\/[0-9a-f]{12}\/12\/fp32$/);
    expect(encoder.image).toMatchObject({
      output: "last_hidden_state",
      pooling: "cls",
      parts: { output: "last_hidden_state", dim: patchDim, leading: 1, grid: { columns: 2, rows: 2 } },
    });
    const tower = await openTower(env, encoder, "image", { provider: "cpu" });
    const pixels = pixelsOf(2);
    const [vectors, parts] = [await tower.embedPixels(pixels, 2), await tower.embedPatches(pixels, 2)];
    await tower.release();
    expect([parts.perRow, parts.dim]).toEqual([4, patchDim]);
    const expected = [0, 1].flatMap((picture) => patchesOf(pixels, picture));
    expect([...parts.values]).toEqual(expected.flat());
    const firsts = [0, 1].map((picture) => {
      const patches = patchesOf(pixels, picture);
      return patches[0]!.map((_, at) => patches.reduce((sum, patch) => sum + patch[at]!, 0) / 4);
    });
    firsts.flat().forEach((value, at) => expect(vectors[at]).toBeCloseTo(value, 6));
  });

  test("says so where captions are to be scored, and has no side for them", async () => {
    const folder = await writeEncoder(parent, imageOnlyFiles, "dino");
    await expect(readEncoder(env, folder)).rejects.toThrow(
      /sees pictures alone \(dinov2\) and can't score captions: use it with --companion/,
    );
    const encoder = await readAnyEncoder(env, folder);
    await expect(openTower(env, encoder, "text", { provider: "cpu" })).rejects.toThrow(
      /dino sees pictures alone and has no vectors of texts/,
    );
  });

  test("counts its registers among the tokens before the patches", async () => {
    const open = { ...patchGraph, outputs: [{ name: "last_hidden_state", dims: ["batch", "tokens", patchDim] }] };
    const config = json({ model_type: "dinov3_vit", hidden_size: patchDim, patch_size: patchSide, num_register_tokens: 4 });
    const encoder = await readAnyEncoder(
      env,
      await writeEncoder(parent, { ...imageOnlyFiles, "config.json": config, "onnx/model.onnx": onnxBytes(open) }),
    );
    expect(encoder.descriptor.family).toBe("dinov3");
    expect(encoder.image.parts).toMatchObject({ leading: 5, grid: { columns: 2, rows: 2 } });
  });
});

describe("hidden states alone", () => {
  const jina = (changes: FixtureFiles = {}) =>
    writeEncoder(parent, {
      "config.json": json({ model_type: "jina_clip", projection_dim: fixtureDim }),
      "onnx/text_model.onnx": onnxBytes(hiddenText),
      ...changes,
    });

  test("are pooled where no projection follows: the mean of what is no padding, whatever stands beside it in a batch", async () => {
    const encoder = await readEncoder(env, await jina());
    expect(encoder.text.pooling).toBe("mean");
    const tower = await openTower(env, encoder, "text", { provider: "cpu" });
    const together = await tower.embedTokens(encoder.tokenizer.tokenize(["a", "abcdefg"], 16));
    const alone = await tower.embedTokens(encoder.tokenizer.tokenize(["a"], 16));
    const tokens = await tower.embedTextTokens(encoder.tokenizer.tokenize(["a"], 16));
    await tower.release();
    expect([...together.subarray(0, fixtureDim)]).toEqual([...alone]);
    expect([tokens.perRow, tokens.dim]).toEqual([3, fixtureDim]);
    const mean = Array.from(
      { length: fixtureDim },
      (_, at) => (tokens.values[at]! + tokens.values[fixtureDim + at]! + tokens.values[2 * fixtureDim + at]!) / 3,
    );
    mean.forEach((value, at) => expect(alone[at]).toBeCloseTo(value, 6));
  });

  test("are taken at the end token, the first of its kind, where winnow.json says so", async () => {
    const folder = await jina({ "winnow.json": json({ schema: 1, text: { output: "last_hidden_state", pooling: "end" } }) });
    const encoder = await readEncoder(env, folder);
    const tower = await openTower(env, encoder, "text", { provider: "cpu" });
    const batch = encoder.tokenizer.tokenize(["ab", "a", "abcdefghijklmnopqrstuvw"], 16);
    const [vectors, tokens] = [await tower.embedTokens(batch), await tower.embedTextTokens(batch)];
    await tower.release();
    const ends = [3, 2, 15];
    ends.forEach((end, row) => {
      const from = (row * tokens.perRow + end) * fixtureDim;
      expect([...vectors.subarray(row * fixtureDim, (row + 1) * fixtureDim)]).toEqual([...tokens.values.subarray(from, from + fixtureDim)]);
    });
  });

  test("make another encoder than the graph's own vectors", async () => {
    const plain = (await readEncoder(env, await jina({ "onnx/text_model.onnx": onnxBytes(textGraph) }))).descriptor.id;
    const pooled = (await readEncoder(env, await jina())).descriptor.id;
    expect(pooled.split("/")[1]).not.toBe(plain.split("/")[1]);
  });

  test("that no graph gives can't be asked for", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const tower = await openTower(env, encoder, "image", { provider: "cpu" });
    await expect(tower.embedPatches(pixelsOf(1), 1)).rejects.toThrow(/gives no vectors of patches or tokens: export the model with them/);
    await tower.release();
  });
});

describe("texts", () => {
  test("are masked to the full length where padding was read in training, and by their length elsewhere", async () => {
    const files: FixtureFiles = {
      "onnx/vision_model.onnx": undefined,
      "onnx/text_model.onnx": undefined,
      "onnx/model.onnx": onnxBytes(jointGraph),
    };
    const embed = async (modelType: string): Promise<number[]> => {
      const config = json({ model_type: modelType, projection_dim: fixtureDim, text_config: { max_position_embeddings: 16 } });
      const encoder = await readEncoder(env, await writeEncoder(parent, { ...files, "config.json": config }, modelType));
      const tower = await openTower(env, encoder, "text", { provider: "cpu" });
      const tokens = encoder.tokenizer.tokenize(["a"], 16);
      const ids = new BigInt64Array(16).fill(BigInt(encoder.tokenizer.padId));
      ids.set(tokens.ids);
      const vectors = await tower.embedTokens({ ...tokens, ids, width: 16 });
      await tower.release();
      return [...vectors];
    };
    expect(await embed("siglip")).not.toEqual(await embed("clip"));
  });

  test("of Chinese-CLIP have 52 tokens though it has 512 positions", async () => {
    const config = json({ model_type: "chinese_clip", projection_dim: fixtureDim, text_config: { max_position_embeddings: 512 } });
    const files = { "config.json": config, "tokenizer_config.json": json({ pad_token: "<end>" }) };
    expect((await readEncoder(env, await writeEncoder(parent, files))).descriptor).toMatchObject({
      family: "chineseclip",
      contextLength: 52,
    });
  });

  test("go as int32 where the graph takes those", async () => {
    const graph = renamed(textGraph, { input_ids: "tokens" }, { type: "int32" });
    const encoder = await readEncoder(env, await writeEncoder(parent, { "onnx/text_model.onnx": onnxBytes(graph) }));
    const plain = await readEncoder(env, await writeEncoder(parent, {}, "plain"));
    const vectors = await Promise.all(
      [encoder, plain].map(async (one) => {
        const tower = await openTower(env, one, "text", { provider: "cpu" });
        const embedded = await tower.embedTokens(one.tokenizer.tokenize(["a dog"], 16));
        await tower.release();
        return [...embedded];
      }),
    );
    expect(vectors[0]).toEqual(vectors[1]);
  });
});

describe("Jina's image processor, in open_clip's words", () => {
  test("is followed", async () => {
    const processor = json({
      size: fixtureSide,
      resize_mode: "shortest",
      interpolation: "bicubic",
      mean: [0.4, 0.4, 0.4],
      std: [0.2, 0.2, 0.2],
    });
    const files = { "config.json": json({ model_type: "jina_clip", projection_dim: fixtureDim }), "preprocessor_config.json": processor };
    const { image } = (await readEncoder(env, await writeEncoder(parent, files))).descriptor;
    expect(image).toMatchObject({ resize: { kind: "shortest", size: fixtureSide }, crop: { rounding: "even" }, mean: [0.4, 0.4, 0.4] });
  });
});

describe("a winnow.json", () => {
  const said = {
    schema: 1,
    family: "siglip",
    image: { graph: "pictures.onnx", preprocessing: { size: fixtureSide, resize: "squash", mean: [0, 0, 0] } },
    text: { graph: "words.onnx", tokenizer: "letters", contextLength: 9, cleaning: "lower" },
    logitScale: 100,
    logitBias: -12,
  };
  const write = async (changes: object = {}): Promise<string> => {
    const files = {
      ...bare,
      "tokenizer.json": undefined,
      "tokenizer_config.json": undefined,
      "winnow.json": json({ ...said, ...changes }),
    };
    const folder = await writeEncoder(parent, files, "pair");
    await mkdir(join(folder, "letters"), { recursive: true });
    await writeFile(join(folder, "letters/tokenizer.json"), json(letterTokenizer()));
    await writeFile(join(folder, "pictures.onnx"), onnxBytes(renamed(pictureGraph, { pixel_values: "x", image_embeds: "y" })));
    await writeFile(join(folder, "words.onnx"), onnxBytes(renamed(textGraph, { input_ids: "w", text_embeds: "v" })));
    return folder;
  };

  test("makes any two graphs an encoder", async () => {
    const { descriptor, image, text } = await readEncoder(env, await write());
    expect(descriptor).toMatchObject({
      name: "pair",
      family: "siglip",
      dim: fixtureDim,
      contextLength: 9,
      padding: "max_length",
      probability: "sigmoid",
      logitScale: 100,
      bias: -12,
    });
    expect(descriptor.image).toMatchObject({ resize: { kind: "squash" }, mean: [0, 0, 0], std: [0.5, 0.5, 0.5], resample: "bicubic" });
    expect([image.inputs[0]?.role, image.output, text.inputs[0]?.role, text.output]).toEqual(["pixels", "y", "ids", "v"]);
  });

  test("changes what the model's own files say", async () => {
    const folder = await writeEncoder(parent, { "winnow.json": json({ schema: 1, text: { contextLength: 7 }, logitScale: 50 }) });
    expect((await readEncoder(env, folder)).descriptor).toMatchObject({ family: "clip", contextLength: 7, logitScale: 50 });
  });

  test("counts for the encoder's id", async () => {
    const one = (await readEncoder(env, await write())).descriptor.id;
    const other = (await readEncoder(env, await write({ text: { ...said.text, cleaning: "none" } }))).descriptor.id;
    expect(other).not.toBe(one);
  });

  const failures: readonly [string, object, RegExp][] = [
    ["of another schema", { schema: 2 }, /winnow\.json is not as expected \(schema/],
    ["with a name that nobody knows", { colour: "red" }, /winnow\.json is not as expected \(.*colour/i],
    ["of a family that nobody knows", { family: "clap" }, /winnow\.json is not as expected \(family/],
    ["that leads out of the folder", { image: { ...said.image, graph: "../other.onnx" } }, /expected a path below the encoder's folder/],
    ["that names a graph that isn't there", { image: { ...said.image, graph: "no.onnx" } }, /no\.onnx is missing: winnow\.json names it/],
    [
      "without a word on pictures",
      { image: { graph: "pictures.onnx" } },
      /does not say how pictures are prepared: give its image a preprocessing/,
    ],
    [
      "with a size that is no square",
      { image: { ...said.image, preprocessing: { size: { width: 4, height: 6 } } } },
      /expected the resize "squash"/,
    ],
  ];
  test.each(failures)("%s is told in a sentence", async (_, changes, sentence) => {
    await expect(readEncoder(env, await write(changes))).rejects.toThrow(sentence);
  });
});
