import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { createRandom } from "../../src/core/random.ts";
import type { Sample } from "../../src/core/sample.ts";
import { imageBatchSize } from "../../src/engine/encode/encodeImages.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import type { Encoder } from "../../src/engine/encode/encoderFolder.ts";
import { builtinEncoderId, findEncoder } from "../../src/engine/encode/encoders.ts";
import { encodeDataset } from "../../src/engine/run/encodeDataset.ts";
import { createStageClock } from "../../src/engine/run/stageClock.ts";
import { assetsFolder } from "../assets.ts";
import type { Timing } from "./compare.ts";
import { compare, envIn, inFolder, time } from "./compare.ts";
import { runPeer } from "./peers.ts";
import type { PictureSize } from "./pictures.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/encode.bench.ts [--quick]: pictures from their files to vectors on the disk, with an empty cache, against the same model in a
// bare loop of onnxruntime over tensors that lie ready. Decoding is hidden where the ratio is near 1. It can't be where the model takes all cores
// and little time: then the CPU times tell what could be reached (`peerCpuMs` / `cpuMs`).
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 3;
const counts = quick ? { small: 32, camera: 16, heavy: 0 } : { small: 2000, camera: 304, heavy: 160 };
/** Different tensors of the bare loop. */
const tensors = 4;

await inFolder(async (folder) => {
  const env = envIn(folder);
  const assets = assetsFolder();
  const small = assets === undefined ? (await findEncoder(env, builtinEncoderId)).folder : join(assets, "mini-dual-encoder");
  await benchEncode(folder, { encoder: small, size: "224 × 224", count: counts.small });
  await benchEncode(folder, { encoder: small, size: "2 megapixels", count: counts.camera });
  if (counts.heavy === 0 || assets === undefined) return;
  const heavy = join(folder, "ViT-B-32");
  await cp(small, heavy, { recursive: true });
  if ((await runPeer("export_vit.py", [join(heavy, "onnx", "vision_model.onnx")])) === undefined) return;
  await benchEncode(folder, { encoder: heavy, size: "224 × 224", count: counts.heavy });
  await benchEncode(folder, { encoder: heavy, size: "2 megapixels", count: counts.heavy });
});

async function benchEncode(folder: string, given: { encoder: string; size: PictureSize; count: number }): Promise<void> {
  const { size, count } = given;
  const encoder = await readEncoder(envIn(folder), given.encoder);
  const root = join(folder, "pictures");
  const samples = (await writePictures(root, size, count)).map((sample): Sample => ({ ...sample, captions: [] }));
  await compare({
    name: `encode ${size} with ${encoder.descriptor.name}, bare onnxruntime loop`,
    unit: "images/s",
    count,
    rounds,
    goal: 0.9,
    ours: () => timeOurs(folder, { encoder, root, samples }),
    peer: () => timeBareLoop(encoder, count),
    more: () => ({ batch: imageBatchSize }),
  });
  await rm(root, { recursive: true });
}

async function timeOurs(
  folder: string,
  { encoder, root, samples }: { encoder: Encoder; root: string; samples: Sample[] },
): Promise<Timing> {
  const env = envIn(folder);
  await rm(env.cacheFolder, { recursive: true, force: true });
  const options = {
    encoder,
    provider: "cpu",
    clock: createStageClock(env, () => undefined),
    signal: new AbortController().signal,
  } as const;
  const timing = await time(async () => {
    const encoded = await encodeDataset(env, { root, samples }, options);
    await encoded.dispose();
  });
  const expected = Math.ceil(samples.length / imageBatchSize);
  if (env.counters.batchesRun !== expected) throw new Error(`Expected ${expected} batches but ${env.counters.batchesRun} were run`);
  return timing;
}

async function timeBareLoop({ image, inputSize }: Encoder, count: number): Promise<Timing> {
  const dims = [imageBatchSize, 3, inputSize.height, inputSize.width];
  const length = dims.reduce((product, dim) => product * dim, 1);
  const random = createRandom(1);
  const ready = Array.from(
    { length: tensors },
    () =>
      new ort.Tensor(
        Float32Array.from({ length }, () => random() * 4 - 2),
        dims,
      ),
  );
  return await time(async () => {
    const session = await ort.InferenceSession.create(image.path, { executionProviders: ["cpu"], graphOptimizationLevel: "all" });
    for (let done = 0; done < count; done += imageBatchSize) {
      await session.run({ [image.inputs[0]!.name]: ready[(done / imageBatchSize) % tensors]! });
    }
    await session.release();
  });
}
