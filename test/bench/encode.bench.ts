import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { worstCosine } from "../../src/core/parity/certificate.ts";
import { createRandom } from "../../src/core/random.ts";
import type { Sample } from "../../src/core/sample.ts";
import { imageBatchSize } from "../../src/engine/encode/encodeImages.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import type { Encoder } from "../../src/engine/encode/encoderFolder.ts";
import { builtinEncoderId, findEncoder } from "../../src/engine/encode/encoders.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { quantizeEncoder } from "../../src/engine/requests/quantizeEncoder.ts";
import { encodeDataset } from "../../src/engine/run/encodeDataset.ts";
import { createStageClock } from "../../src/engine/run/stageClock.ts";
import { assetsFolder } from "../assets.ts";
import type { Timing } from "./compare.ts";
import { envIn, inFolder, rateOf, reportRounds, time, timingOf } from "./compare.ts";
import { installPeer, runNodePeer, runPeer } from "./peers.ts";
import type { PictureSize } from "./pictures.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/encode.bench.ts [--quick] [--count=n] [--rounds=3]: pictures from their files to vectors on the disk, with an empty cache, in fp32 and
// in eight bits, against the same model in a bare loop of onnxruntime over tensors that lie ready and, with ViT-B/32 of random weights, against open_clip
// with PyTorch and transformers.js. A round runs all of them one after the other. Decoding is hidden where the ratio to the bare loop is near 1; where the
// model takes all cores and little time it can't be: then the CPU times tell what could be reached (`peerCpuMs` / `cpuMs`). clip-retrieval is
// installed beside, alone: its pins (numpy < 2, open_clip < 3, pyarrow < 16) do not go beside those of the tests, and its inference needs none of them.
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : numberOf("--rounds", 3);
const counts = quick
  ? { small: 32, camera: 16, heavy: 0 }
  : { small: numberOf("--count", 2000), camera: numberOf("--count", 304), heavy: numberOf("--count", 1000) };
/** Different tensors of the bare loop. */
const tensors = 4;
/** ViT-B/32's products for one picture: 50 rows through 12 layers, and the patches. */
const heavyFlops = 2 * (12 * (50 * 12 * 768 ** 2 + 2 * 50 ** 2 * 768) + 49 * 3 * 32 ** 2 * 768);
/** Pictures on which open_clip's best number of workers is found. */
const trialCount = 96;

/** What takes part in a round; `run` gives undefined where it is missing. */
interface Contender {
  readonly name: string;
  readonly run: () => Promise<Timing | undefined>;
}

interface Field {
  readonly folder: string;
  readonly encoder: string;
  readonly int8: string | undefined;
  readonly size: PictureSize;
  readonly count: number;
}

await inFolder(async (folder) => {
  const env = envIn(folder);
  const assets = assetsFolder();
  const small = assets === undefined ? (await findEncoder(env, builtinEncoderId)).folder : join(assets, "mini-dual-encoder");
  const light = { folder, encoder: small, int8: quick ? (await makeInt8(folder, small)).folder : undefined };
  await benchEncode({ ...light, size: "224 × 224", count: counts.small });
  await benchEncode({ ...light, size: "2 megapixels", count: counts.camera });
  if (counts.heavy === 0 || assets === undefined) return;
  const heavy = join(folder, "ViT-B-32");
  await cp(small, heavy, { recursive: true });
  await nameProcessor(join(heavy, "preprocessor_config.json"));
  if ((await runPeer("export_vit.py", [join(heavy, "onnx", "vision_model.onnx")])) === undefined) return;
  const int8 = await makeInt8(folder, heavy);
  for (const size of ["224 × 224", "2 megapixels"] as const) {
    await benchEncode(
      { folder, encoder: heavy, int8: int8.folder, size, count: counts.heavy },
      { ...int8, gemmRate: await gemmRate(folder) },
    );
  }
});

/** Prints a line for fp32 against each peer, and one for eight bits against the fastest of them. */
async function benchEncode(field: Field, heavy?: { minCosine: number | null; gemmRate: number }): Promise<void> {
  const { folder, size, count } = field;
  const env = envIn(folder);
  const encoder = await readEncoder(env, field.encoder);
  const root = join(folder, "pictures");
  const samples = (await writePictures(root, size, count)).map((sample): Sample => ({ ...sample, captions: [] }));
  const timeEncoder = async (from: string): Promise<Timing> => timeOurs(folder, { encoder: await readEncoder(env, from), root, samples });
  const bare: Contender = { name: "bare onnxruntime loop", run: () => timeBareLoop(encoder, count) };
  const others = heavy === undefined ? [] : await otherTools(folder, field.encoder, root, size);
  const timings = await runRounds([
    { name: "fp32", run: () => timeEncoder(field.encoder) },
    ...(field.int8 === undefined ? [] : [{ name: "int8", run: () => timeEncoder(field.int8!) }]),
    bare,
    ...others,
  ]);
  const of = (name: string): readonly (Timing | undefined)[] => timings.get(name) ?? [];
  const present = (name: string): readonly Timing[] => of(name).filter((timing) => timing !== undefined);
  const label = `encode ${size} with ${encoder.descriptor.name}`;
  const share = (name: string) =>
    heavy === undefined
      ? {}
      : { gemmShare: (rateOf(present(name), count)! * heavyFlops) / heavy.gemmRate, gemmGflops: heavy.gemmRate / 1e9 };
  const line = { unit: "images/s", count } as const;
  for (const { name } of [bare, ...others]) {
    if (present(name).length < rounds) continue;
    const more = () => ({ batch: imageBatchSize, ...share("fp32") });
    reportRounds({ ...line, name: `${label}, ${name}`, goal: name === bare.name ? 0.9 : 1, mine: present("fp32"), theirs: of(name), more });
  }
  if (field.int8 !== undefined) {
    const finished = others.filter(({ name }) => present(name).length === rounds);
    const best = finished.toSorted((a, b) => rateOf(present(b.name), count)! - rateOf(present(a.name), count)!)[0];
    reportRounds({
      ...line,
      name: `${label} in int8, ${best?.name ?? "own fp32"}`,
      ...(best === undefined ? {} : { goal: 1.5 }),
      mine: present("int8"),
      theirs: best === undefined ? of("fp32") : of(best.name),
      more: () => ({ batch: imageBatchSize, ...share("int8"), ...(heavy === undefined ? {} : { minCosine: heavy.minCosine }) }),
    });
  }
  await rm(root, { recursive: true });
}

async function runRounds(contenders: readonly Contender[]): Promise<ReadonlyMap<string, readonly (Timing | undefined)[]>> {
  const timings = new Map<string, (Timing | undefined)[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) for (const { name, run } of contenders) timings.get(name)!.push(await run());
  return timings;
}

/** open_clip with the number of workers that serves it best, transformers.js, and clip-retrieval, where it can be had, with the same workers. */
async function otherTools(folder: string, encoder: string, root: string, size: PictureSize): Promise<readonly Contender[]> {
  const trial = join(folder, "trial");
  await writePictures(trial, size, Math.min(trialCount, counts.heavy));
  const openClip = async (pictures: string, workers: number) =>
    timingOf(await runPeer("open_clip_encode.py", [pictures, imageBatchSize, workers]));
  const tried: { workers: number; ms: number }[] = [];
  for (const workers of [0, 1, 2]) tried.push({ workers, ms: (await openClip(trial, workers))?.ms ?? Infinity });
  await rm(trial, { recursive: true });
  const { workers } = tried.toSorted((a, b) => a.ms - b.ms)[0]!;
  const site = await installPeer("clip-retrieval==2.45.0", join(folder, "clip-retrieval"));
  const clipRetrieval = async () =>
    site === undefined
      ? undefined
      : timingOf(await runPeer("clip_retrieval_encode.py", [site, root, imageBatchSize, workers, join(folder, "clip-retrieval-out")]));
  return [
    { name: `open_clip with PyTorch, ${workers} workers`, run: () => openClip(root, workers) },
    { name: "transformers.js", run: async () => timingOf(await runNodePeer("transformersJs.ts", [encoder, root, imageBatchSize])) },
    { name: `clip-retrieval, ${workers} workers`, run: clipRetrieval },
  ];
}

/** transformers.js asks for the processor's class, which real exports name. */
async function nameProcessor(path: string): Promise<void> {
  const config = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ image_processor_type: "CLIPImageProcessor", ...config }));
}

/** The encoder in eight bits, in a cache that the rounds don't empty. */
async function makeInt8(folder: string, encoder: string): Promise<{ folder: string; minCosine: number | null }> {
  const env = envIn(join(folder, "int8"));
  const watch = { signal: new AbortController().signal, onProgress: () => undefined };
  const made = await quantizeEncoder(env, { encoder, keep: true }, watch);
  return { folder: made.folder, minCosine: worstCosine(made.cases.filter(({ modality }) => modality === "image")) };
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

/** The most that a product of large matrices reached, in operations a second. */
async function gemmRate(folder: string): Promise<number> {
  const [side, tries] = [1536, 12];
  const gemm = await createGemm(envIn(folder), "cpu");
  const random = createRandom(2);
  const matrix = Float32Array.from({ length: side * side }, () => random() - 0.5);
  const times: number[] = [];
  for (let i = 0; i < tries; i += 1) times.push((await time(() => gemm.multiply(matrix, matrix, side))).ms);
  await gemm.release();
  return (2 * side ** 3) / (Math.min(...times) / 1000);
}

function numberOf(option: string, otherwise: number): number {
  const given = process.argv.find((word) => word.startsWith(`${option}=`));
  return given === undefined ? otherwise : Number(given.slice(option.length + 1));
}
