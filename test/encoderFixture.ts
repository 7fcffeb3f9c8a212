import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createRandom } from "../src/core/random.ts";
import { onnxBytes } from "./onnx.ts";
import type { OnnxGraph, OnnxNode, OnnxPort, OnnxWeights } from "./onnx.ts";

/** Length of the vectors that the made-up encoders give. */
export const fixtureDim = 8;
/** Side of the pictures that they take. */
export const fixtureSide = 4;
const vocabularySize = 300;

/** What a test changes about a made-up encoder: files by name below the folder; undefined leaves one out. */
export type FixtureFiles = Readonly<Record<string, string | Uint8Array | undefined>>;

const pixelPort: OnnxPort = { name: "pixel_values", dims: ["batch", 3, fixtureSide, fixtureSide] };
const idPort: OnnxPort = { name: "input_ids", type: "int64", dims: ["batch", "sequence"] };
const pixelWeights = weights([3 * fixtureSide * fixtureSide, fixtureDim], 1);
const idWeights = weights([vocabularySize, fixtureDim], 2);

const pixelNodes: readonly OnnxNode[] = [
  { op: "Flatten", inputs: ["pixel_values"], outputs: ["flat"] },
  { op: "MatMul", inputs: ["flat", "pixelWeights"], outputs: ["image_embeds"] },
];
/** A mean over all columns, padding included: the sharpest test of batching. */
const idNodes: readonly OnnxNode[] = [
  { op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["words"] },
  { op: "ReduceMean", inputs: ["words"], outputs: ["text_embeds"], ints: { axes: [1], keepdims: 0 } },
];

/** A graph that flattens a picture and multiplies it. */
export const pictureGraph: OnnxGraph = {
  inputs: [pixelPort],
  outputs: [{ name: "image_embeds", dims: ["batch", fixtureDim] }],
  weights: { pixelWeights },
  nodes: pixelNodes,
};

/** A graph that takes the mean of the tokens' rows, padding included. */
export const textGraph: OnnxGraph = {
  inputs: [idPort],
  outputs: [{ name: "text_embeds", dims: ["batch", fixtureDim] }],
  weights: { idWeights },
  nodes: idNodes,
};

/** Both in one. */
export const jointGraph: OnnxGraph = {
  inputs: [idPort, pixelPort, { name: "attention_mask", type: "int64", dims: ["batch", "sequence"] }],
  outputs: [...textGraph.outputs, ...pictureGraph.outputs],
  weights: { pixelWeights, idWeights, last: { dims: [1], values: BigInt64Array.of(2n) } },
  nodes: [
    ...pixelNodes,
    { op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["words"] },
    { op: "Cast", inputs: ["attention_mask"], outputs: ["mask"], ints: { to: 1 } },
    { op: "Unsqueeze", inputs: ["mask", "last"], outputs: ["column"] },
    { op: "Mul", inputs: ["words", "column"], outputs: ["kept"] },
    { op: "ReduceMean", inputs: ["kept"], outputs: ["mean"], ints: { axes: [1], keepdims: 0 } },
    { op: "ReduceMean", inputs: ["mask"], outputs: ["share"], ints: { axes: [1], keepdims: 1 } },
    { op: "Div", inputs: ["mean", "share"], outputs: ["text_embeds"] },
  ],
};

/** Side of the patches of the made-up encoder that sees pictures alone. */
export const patchSide = 2;
/** The numbers of such a patch, and of that encoder's vectors. */
export const patchDim = 3 * patchSide * patchSide;

/** A graph that cuts a 4 × 4 picture into four patches of 2 × 2 and puts their mean before them: 5 tokens of 12 numbers. */
export const patchGraph: OnnxGraph = {
  inputs: pictureGraph.inputs,
  outputs: [{ name: "last_hidden_state", dims: ["batch", 5, patchDim] }],
  weights: {
    cut: { dims: [6], values: BigInt64Array.of(0n, 3n, 2n, 2n, 2n, 2n) },
    rows: { dims: [3], values: BigInt64Array.of(0n, 4n, BigInt(patchDim)) },
  },
  nodes: [
    { op: "Reshape", inputs: ["pixel_values", "cut"], outputs: ["six"] },
    { op: "Transpose", inputs: ["six"], outputs: ["turned"], ints: { perm: [0, 2, 4, 1, 3, 5] } },
    { op: "Reshape", inputs: ["turned", "rows"], outputs: ["patches"] },
    { op: "ReduceMean", inputs: ["patches"], outputs: ["first"], ints: { axes: [1], keepdims: 1 } },
    { op: "Concat", inputs: ["first", "patches"], outputs: ["last_hidden_state"], ints: { axis: 1 } },
  ],
};

/** The files of an encoder whose patches and tokens lie in the space of its vectors, as FILIP's do: four patches a picture, and the rows of the tokens. */
export const sharedPartsFiles: FixtureFiles = {
  "config.json": JSON.stringify({
    model_type: "clip",
    projection_dim: fixtureDim,
    text_config: { max_position_embeddings: 16 },
    vision_config: { patch_size: patchSide },
  }),
  "onnx/vision_model.onnx": onnxBytes({
    inputs: pictureGraph.inputs,
    outputs: [...pictureGraph.outputs, { name: "patch_embeds", dims: ["batch", 4, fixtureDim] }],
    weights: { ...pictureGraph.weights, ...patchGraph.weights, patchWeights: weights([patchDim, fixtureDim], 3) },
    nodes: [
      ...pixelNodes,
      ...patchGraph.nodes.slice(0, 3),
      { op: "MatMul", inputs: ["patches", "patchWeights"], outputs: ["patch_embeds"] },
    ],
  }),
  "onnx/text_model.onnx": onnxBytes({
    ...textGraph,
    outputs: [...textGraph.outputs, { name: "token_embeds", dims: ["batch", "sequence", fixtureDim] }],
    nodes: [...idNodes, { op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["token_embeds"] }],
  }),
};

/** The files of an encoder that sees pictures alone, for `writeEncoder`. */
export const imageOnlyFiles: FixtureFiles = {
  "config.json": JSON.stringify({ model_type: "dinov2", hidden_size: patchDim, patch_size: patchSide }),
  "preprocessor_config.json": JSON.stringify({
    image_processor_type: "BitImageProcessor",
    size: { shortest_edge: 5 },
    crop_size: fixtureSide,
  }),
  "tokenizer.json": undefined,
  "tokenizer_config.json": undefined,
  "onnx/vision_model.onnx": undefined,
  "onnx/text_model.onnx": undefined,
  "onnx/model.onnx": onnxBytes(patchGraph),
};

/** Writes an encoder in the layout of transformers.js exports, changed as the test wants, and gives its folder. */
export async function writeEncoder(parent: string, changes: FixtureFiles = {}, name = "tiny"): Promise<string> {
  const files: FixtureFiles = {
    "config.json": JSON.stringify({
      model_type: "clip",
      projection_dim: fixtureDim,
      logit_scale_init_value: 2.6592,
      text_config: { max_position_embeddings: 16 },
    }),
    "preprocessor_config.json": JSON.stringify({ size: fixtureSide, crop_size: fixtureSide }),
    "tokenizer.json": JSON.stringify(letterTokenizer()),
    "tokenizer_config.json": JSON.stringify({ model_max_length: 16, pad_token: "<end>" }),
    "onnx/vision_model.onnx": onnxBytes(pictureGraph),
    "onnx/text_model.onnx": onnxBytes(textGraph),
    ...changes,
  };
  const folder = join(parent, name);
  await mkdir(join(folder, "onnx"), { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    if (bytes === undefined) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), bytes);
  }
  return folder;
}

/** A tokenizer of single letters, between `<start>` (1) and `<end>` (2). */
export function letterTokenizer(): object {
  const letters = Array.from("abcdefghijklmnopqrstuvwxyzĠ", (letter, i) => [letter, i + 3] as const);
  const special = (id: number, content: string) => ({
    id,
    content,
    special: true,
    normalized: false,
    lstrip: false,
    rstrip: false,
    single_word: false,
  });
  return {
    added_tokens: [special(0, "<unknown>"), special(1, "<start>"), special(2, "<end>")],
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "<start>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "<end>", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        "<start>": { id: "<start>", ids: [1], tokens: ["<start>"] },
        "<end>": { id: "<end>", ids: [2], tokens: ["<end>"] },
      },
    },
    decoder: null,
    model: {
      type: "BPE",
      unk_token: "<unknown>",
      vocab: { "<unknown>": 0, "<start>": 1, "<end>": 2, ...Object.fromEntries(letters) },
      merges: [],
    },
  };
}

function weights(dims: readonly [number, number], seed: number): OnnxWeights {
  const random = createRandom(seed);
  return { dims, values: Float32Array.from({ length: dims[0] * dims[1] }, () => random() * 2 - 1) };
}
