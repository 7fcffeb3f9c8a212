import { createRandom } from "../../core/random.ts";
import type { Provider } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import { imageBatchSize } from "./encodeImages.ts";
import type { ImageEncoder } from "./encoderFolder.ts";
import { hasInt8Record } from "./int8Record.ts";
import { isOutOfMemory } from "./outOfMemory.ts";
import { bestOf, machineStamp, readProbe, writeProbe } from "./probeRecord.ts";
import type { ProbeFigure, ProbeRecord } from "./probeRecord.ts";
import { createSessionOn, firstLine, listProviders } from "./providers.ts";
import { createTower } from "./tower.ts";
import type { Tower } from "./tower.ts";

/** How a probe is made; `candidates` are the providers that are usable here where nothing is said, and `open` loads the image side on one of them. */
export interface ProbeOptions {
  readonly signal: AbortSignal;
  readonly candidates?: readonly Provider[];
  readonly open?: (provider: Provider) => Promise<Tower>;
}

/** Where an encoder runs, with the batch that was the fastest; `notices` are for the person, at the time it was found out alone. */
export interface ChosenProvider {
  readonly provider: Provider;
  readonly batchSize: number;
  readonly notices: readonly string[];
}

/** Below this cosine to the CPU's vectors a provider doesn't compute the same model: the grade "usable" of the parity certificate. */
export const leastCosine = 0.999;
/** Time for the batches of one provider; the batch that is under way is waited for, and the first, which compiles, isn't counted. */
const budgetMs = 4_000;
/** Runs of one size of batch; the fastest counts, since everything that disturbs makes slower. */
const runsPerSize = 3;
/** A larger batch must be faster by so much to be worth its memory. */
const worthwhile = 1.05;
/** The largest batch that is tried: three of these of 224 × 224 pictures are 230 MB ahead of the model. */
const largestBatch = 128;
/** Pictures whose vectors are compared. */
const comparedRows = 4;

/**
 * The provider that is the fastest for an encoder here: as it was measured, else measured now. Where the CPU alone can be used there is nothing to measure.
 * Throws the signal's reason.
 */
export async function chooseProvider(env: Env, encoder: ImageEncoder, options: ProbeOptions): Promise<ChosenProvider> {
  const candidates = providersFor(env, encoder, options.candidates);
  if (candidates.every((provider) => provider === "cpu")) return { provider: "cpu", batchSize: imageBatchSize, notices: [] };
  const known = await readProbe(env, encoder.descriptor.id);
  const record = known?.isDone === true ? known : await probe(env, encoder, { ...options, candidates });
  const { provider, batchSize = imageBatchSize } = bestOf(record);
  return { provider, batchSize, notices: known === record ? [] : noticesOf(record, provider) };
}

/**
 * Measures an encoder's image side on the CPU and on each other provider, and remembers it. Before a provider is tried it is written down, so that one that
 * takes the process along is left out the next time.
 */
export async function probe(env: Env, encoder: ImageEncoder, { signal, candidates, open }: ProbeOptions): Promise<ProbeRecord> {
  const before = await readProbe(env, encoder.descriptor.id);
  const wanted: readonly Provider[] = ["cpu", ...providersFor(env, encoder, candidates).filter((provider) => provider !== "cpu")];
  let record: ProbeRecord = {
    schema: 1,
    encoder: encoder.descriptor.id,
    machine: machineStamp(env),
    figures: before?.isDone === false ? [...before.figures, ...victimOf(before)] : [],
    trying: null,
    isDone: false,
  };
  const openOn = open ?? ((provider) => openImageSide(env, encoder, provider));
  let reference: Float32Array | undefined;
  for (const provider of wanted) {
    if (provider !== "cpu" && record.figures.some((figure) => figure.provider === provider)) continue;
    signal.throwIfAborted();
    record = { ...record, trying: { provider, pid: process.pid } };
    await writeProbe(env, record);
    const { figure, vectors } = await measure(env, encoder, { provider, open: openOn, signal, reference });
    reference ??= vectors;
    record = { ...record, figures: [...record.figures.filter((one) => one.provider !== provider), figure], trying: null };
    env.log("encode.probe", `${encoder.descriptor.name}: ${describeFigure(figure)}`);
  }
  record = { ...record, isDone: true };
  await writeProbe(env, record);
  return record;
}

/** A figure as a person reads it. */
export function describeFigure({ provider, ratePerSecond, batchSize, cosine, problem }: ProbeFigure): string {
  if (ratePerSecond === null) return `${provider} is left out: ${problem ?? "it was not measured"}`;
  const like = cosine === null || provider === "cpu" ? "" : `, cosine to the CPU's vectors ${cosine.toFixed(5)} at least`;
  const speed = `${provider} ${ratePerSecond.toFixed(ratePerSecond < 10 ? 2 : 0)} pictures/s in batches of ${batchSize}${like}`;
  return problem === null ? speed : `${speed}; left out: ${problem}`;
}

/** Those of the candidates, all that are usable here by default, that are worth a try: eight bits of our making are products for the CPU, which others refuse or hand back to it. */
function providersFor(env: Env, { descriptor }: ImageEncoder, candidates: readonly Provider[] | undefined): readonly Provider[] {
  if (hasInt8Record(descriptor.folder)) return ["cpu"];
  if (candidates !== undefined) return candidates;
  return listProviders(env)
    .filter(({ isUsable }) => isUsable)
    .map(({ provider }) => provider);
}

async function openImageSide(env: Env, encoder: ImageEncoder, provider: Provider): Promise<Tower> {
  return createTower({ env, encoder, modality: "image", session: await createSessionOn(env, encoder.image.path, provider) });
}

/** The provider that was being tried by a process that is gone. */
function victimOf({ trying }: ProbeRecord): ProbeFigure[] {
  if (trying === null || trying.provider === "cpu" || isAlive(trying.pid)) return [];
  return [failed(trying.provider, "the engine's process ended while it was tried")];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function failed(provider: Provider, problem: string): ProbeFigure {
  return { provider, ratePerSecond: null, batchSize: imageBatchSize, cosine: null, problem };
}

interface Measuring {
  readonly provider: Provider;
  readonly open: (provider: Provider) => Promise<Tower>;
  readonly signal: AbortSignal;
  /** The CPU's vectors of the pictures that are compared. */
  readonly reference: Float32Array | undefined;
}

async function measure(
  env: Env,
  encoder: ImageEncoder,
  { provider, open, signal, reference }: Measuring,
): Promise<{ readonly figure: ProbeFigure; readonly vectors: Float32Array | undefined }> {
  let tower: Tower | undefined;
  try {
    tower = await open(provider);
    const pictures = createPictures(encoder);
    const vectors = await tower.embedPixels(pictures(comparedRows), comparedRows);
    const cosine = reference === undefined ? null : leastRowCosine(vectors, reference, encoder.descriptor.dim);
    const problem =
      cosine === null || cosine >= leastCosine
        ? null
        : `its vectors are not those of the CPU (cosine ${Number.isNaN(cosine) ? "unknown" : cosine.toFixed(5)} where ${leastCosine} is wanted)`;
    const speed = await findBatch(env, tower, { pictures, signal });
    return { figure: { provider, ...speed, cosine: cosine === null || Number.isNaN(cosine) ? null : cosine, problem }, vectors };
  } catch (error) {
    signal.throwIfAborted();
    // What the CPU can't run nobody can: the run tells it in its own words.
    if (provider === "cpu") throw error;
    return { figure: failed(provider, firstLine(error)), vectors: undefined };
  } finally {
    await tower?.release().catch((error: unknown) => env.log("encode.probe", `${provider} was not given back: ${firstLine(error)}`));
  }
}

/** Doubles the batch as long as that is faster and there is memory and time. The pictures that were compared have warmed the provider up. */
async function findBatch(
  env: Env,
  tower: Tower,
  { pictures, signal }: { pictures: (count: number) => Float32Array; signal: AbortSignal },
): Promise<{ readonly ratePerSecond: number; readonly batchSize: number }> {
  const until = env.now() + budgetMs;
  let best: { ratePerSecond: number; batchSize: number } | undefined;
  for (let size = imageBatchSize; size <= largestBatch; size *= 2) {
    let fastestMs: number;
    try {
      fastestMs = await timeBatch(env, { tower, size, pixels: pictures(size), until, signal });
    } catch (error) {
      if (best === undefined || !isOutOfMemory(error)) throw error;
      break;
    }
    const ratePerSecond = (size / Math.max(fastestMs, leastMs)) * 1_000;
    if (best !== undefined && ratePerSecond < best.ratePerSecond * worthwhile) break;
    best = { ratePerSecond, batchSize: size };
    if (tower.fixedRows !== undefined || env.now() + 2 * fastestMs > until) break;
  }
  return best!;
}

/** The clock's grain: a batch can't be told to be faster. */
const leastMs = 1;

async function timeBatch(
  env: Env,
  { tower, size, pixels, until, signal }: { tower: Tower; size: number; pixels: Float32Array; until: number; signal: AbortSignal },
): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  // The first run of a size may compile for it; where one batch takes all the time, it has to do.
  for (let run = 0; run <= runsPerSize && (run < 2 || env.now() < until); run += 1) {
    signal.throwIfAborted();
    const startedAt = env.now();
    await tower.embedPixels(pixels, size);
    const ms = env.now() - startedAt;
    if (run > 0 || env.now() + ms > until) fastest = Math.min(fastest, ms);
    if (env.now() + ms > until) break;
    // The event loop has to hear of a cancel between two batches.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return fastest;
}

/** Pictures of noise, the same every time: speed doesn't depend on what they show, and noise reaches every part of a model. */
function createPictures({ inputSize }: ImageEncoder): (count: number) => Float32Array {
  const length = 3 * inputSize.width * inputSize.height;
  const random = createRandom(1);
  const noise = Float32Array.from({ length: length * comparedRows }, () => random() * 4 - 2);
  return (count) => {
    const pixels = new Float32Array(count * length);
    for (let from = 0; from < pixels.length; from += noise.length) pixels.set(noise.subarray(0, pixels.length - from), from);
    return pixels;
  };
}

/** The least cosine of rows with one another; NaN where a row is zero or not finite. */
function leastRowCosine(a: Float32Array, b: Float32Array, dim: number): number {
  let least = 1;
  for (let row = 0; row < a.length; row += dim) {
    let [product, left, right] = [0, 0, 0];
    for (let i = row; i < row + dim; i += 1) {
      product += a[i]! * b[i]!;
      left += a[i]! * a[i]!;
      right += b[i]! * b[i]!;
    }
    const cosine = product / Math.sqrt(left * right);
    if (!Number.isFinite(cosine)) return Number.NaN;
    least = Math.min(least, cosine);
  }
  return least;
}

function noticesOf({ figures }: ProbeRecord, chosen: Provider): string[] {
  const cpu = figures.find(({ provider }) => provider === "cpu");
  const rate = (figure: ProbeFigure | undefined): string => figure?.ratePerSecond?.toPrecision(3) ?? "?";
  const own = figures.find(({ provider }) => provider === chosen);
  return [
    ...(chosen === "cpu"
      ? []
      : [
          `Encoding runs on ${chosen}, the fastest here: ${rate(own)} pictures/s where the CPU has ${rate(cpu)} (measured once and remembered)`,
        ]),
    ...figures.filter(({ problem }) => problem !== null).map(({ provider, problem }) => `${provider} is not used: ${problem!}`),
  ];
}
