import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ContentHash, Sample, SampleId } from "../../src/core/sample.ts";
import { captionIdFromIndex } from "../../src/core/sample.ts";
import { createRandom } from "../../src/core/random.ts";
import { textKey } from "../../src/engine/encode/encodeTexts.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import type { Env } from "../../src/engine/env.ts";
import { saveAnalysis } from "../../src/engine/store/analysis.ts";
import { sha256 } from "../../src/engine/store/files.ts";
import { createGeneration, switchGeneration } from "../../src/engine/store/generations.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";
import { fixtureSide, pictureGraph, textGraph, writeEncoder } from "../encoderFixture.ts";
import type { OnnxWeights } from "../onnx.ts";
import { onnxBytes } from "../onnx.ts";

/** Writes an analysis of `vectors` (rows × dim), a caption a picture, by a made-up encoder of that dimension, and makes it the dataset's current one. Gives the root. */
export async function saveSearchable(env: Env, folder: string, { vectors, dim }: { vectors: Float32Array; dim: number }): Promise<string> {
  const root = join(folder, "dataset");
  await mkdir(root, { recursive: true });
  const encoder = await readEncoder(env, await writeWideEncoder(folder, dim));
  const { id, name } = encoder.descriptor;
  const hashes = Array.from({ length: vectors.length / dim }, (_, row) => sha256(String(row)) as ContentHash);
  const samples = hashes.map((_, row) => sampleOf(root, row));
  const images = await openVectors(env, id, "image", dim);
  await images.append(hashes, vectors);
  await images.flush();
  const texts = await openVectors(env, id, "text", dim);
  await texts.append(
    samples.map(({ captions }) => textKey(captions[0]!.text)),
    vectors,
  );
  await texts.flush();
  const generation = await createGeneration(env, root);
  await saveAnalysis(generation, {
    summary: {
      root,
      format: "sidecar",
      formatReason: "made",
      samples: samples.length,
      captions: samples.length,
      encoder: { id, name, folder: encoder.descriptor.folder, provider: "cpu", builtin: false },
      groups: {},
      marginCosine: null,
      digest: "made",
      finishedAt: "2026-01-01T00:00:00.000Z",
    },
    samples,
    sampleColumns: [{ name: "contentHash", type: "text", values: hashes }],
    pairColumns: [],
    groups: [],
    problems: [],
  });
  await switchGeneration(env, root, generation);
  return root;
}

async function writeWideEncoder(folder: string, dim: number): Promise<string> {
  const weights = (rows: number, seed: number): OnnxWeights => {
    const random = createRandom(seed);
    return { dims: [rows, dim], values: Float32Array.from({ length: rows * dim }, () => random() - 0.5) };
  };
  const pixels = { ...pictureGraph, weights: { pixelWeights: weights(3 * fixtureSide * fixtureSide, 1) } };
  const tokens = { ...textGraph, weights: { idWeights: weights(300, 2) } };
  const wide = <Graph extends typeof pictureGraph>(graph: Graph): Graph => ({
    ...graph,
    outputs: graph.outputs.map((port) => ({ ...port, dims: ["batch", dim] })),
  });
  return await writeEncoder(folder, {
    "config.json": JSON.stringify({
      model_type: "clip",
      projection_dim: dim,
      logit_scale_init_value: 2.6592,
      text_config: { max_position_embeddings: 16 },
    }),
    "onnx/vision_model.onnx": onnxBytes(wide(pixels)),
    "onnx/text_model.onnx": onnxBytes(wide(tokens)),
  });
}

function sampleOf(root: string, row: number): Sample {
  const id = `${String(row).padStart(7, "0")}.jpg` as SampleId;
  return {
    id,
    locator: { kind: "file", path: join(root, id) },
    folder: "",
    captions: [
      { id: captionIdFromIndex(id, 0), text: `picture number ${row}`, author: "import", origin: { file: join(root, `${row}.txt`) } },
    ],
    sizeBytes: 1,
    mtimeMs: 0,
    inode: row,
  };
}
