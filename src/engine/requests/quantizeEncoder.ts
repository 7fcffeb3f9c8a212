import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import type { QuantizedEncoder, QuantizeProgress, QuantizeRequest } from "../../protocol/encoders.ts";
import { compareTowers } from "../encode/compareTowers.ts";
import type { TowerComparison } from "../encode/compareTowers.ts";
import { EncoderError } from "../encode/encoderError.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { findEncoder } from "../encode/encoders.ts";
import type { EncoderChoice } from "../encode/encoders.ts";
import { readInt8Record, writeInt8Record } from "../encode/int8Record.ts";
import type { Int8Record, Int8Side } from "../encode/int8Record.ts";
import { leastCosine } from "../encode/probe.ts";
import { int8Forms, quantizeGraph } from "../encode/quantizeGraph.ts";
import type { Int8Form } from "../encode/quantizeGraph.ts";
import type { Env } from "../env.ts";
import { withDownloadLock } from "../hub/downloadLock.ts";
import { modelFolder } from "../hub/downloadModel.ts";
import type { Modality } from "../store/vectors.ts";

/** How a quantisation is stopped and followed. */
export interface QuantizeWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: QuantizeProgress) => void;
}

/** A graph in eight bits in one form, and how it fares against its float32 on each side that it serves. */
interface Trial {
  readonly form: Int8Form;
  readonly path: string;
  readonly products: number;
  readonly sides: Readonly<Partial<Record<Modality, TowerComparison>>>;
}

const modelFile = /\.(onnx|onnx[._]data.*|safetensors|bin|pt|pth|h5|msgpack|gguf|tflite)$/i;
const records: ReadonlySet<string> = new Set(["winnow-download.json", "winnow-int8.json"]);

/**
 * Makes an encoder in eight bits of one in float32, into the cache's models as `<id>-int8`, or finds it there. Each graph takes the fastest form whose
 * vectors stay usable, or the closest where none does; then the encoder is kept only where `keep` says so. What a kill leaves is made anew the next time.
 * Rejects with an EncoderError that says what to do.
 */
export async function quantizeEncoder(env: Env, request: QuantizeRequest, watch: QuantizeWatch): Promise<QuantizedEncoder> {
  const choice = await findEncoder(env, request.encoder);
  const encoder = await readEncoder(env, choice.folder);
  const { id: from, dtype } = encoder.descriptor;
  if (dtype !== "fp32") throw new EncoderError(`${choice.id} has graphs of ${dtype}: eight bits are made of its fp32, so get that first`);
  const id = int8Id(choice);
  const folder = modelFolder(env, id);
  const partsFolder = join(env.cacheFolder, "quantized", id.replace("/", "--"));
  return await withDownloadLock(partsFolder, watch.signal, async (signal) => {
    const known = await readInt8Record(folder);
    if (known?.from === from) return { id, folder, isNew: false, ...answerOf(known, true) };
    if (known === undefined && (await exists(folder)))
      throw new EncoderError(`${id} is there already and was not made by Winnow: remove ${folder} first`);
    const made = join(partsFolder, "made");
    await rm(made, { recursive: true, force: true });
    try {
      const record = await makeEncoder(env, { encoder, into: made }, { ...watch, signal });
      const isKept = isUsable(record) || request.keep === true;
      if (isKept) await putInPlace(made, folder);
      return { id, folder, isNew: isKept, ...answerOf(record, isKept) };
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  });
}

function int8Id({ id, folder }: EncoderChoice): string {
  return `${id === folder ? basename(folder) : id}-int8`;
}

function answerOf({ from, image, text }: Int8Record, isKept: boolean): Omit<QuantizedEncoder, "id" | "folder" | "isNew"> {
  return { from, isKept, isUsable: isUsable({ image, text }), image, text };
}

/** A cosine that is not known is not enough. */
function isUsable({ image, text }: Pick<Int8Record, Modality>): boolean {
  return [image, text].every(({ minCosine }) => minCosine !== null && minCosine >= leastCosine);
}

async function makeEncoder(
  env: Env,
  { encoder, into }: { readonly encoder: Encoder; readonly into: string },
  watch: QuantizeWatch,
): Promise<Int8Record> {
  await mkdir(join(into, "onnx"), { recursive: true });
  const isJoint = encoder.image.path === encoder.text.path;
  const graphs: readonly (readonly Modality[])[] = isJoint ? [["image", "text"]] : [["image"], ["text"]];
  const sides: Partial<Record<Modality, Int8Side>> = {};
  for (const modalities of graphs) {
    const trial = await findForm(env, { encoder, into, modalities }, watch);
    for (const modality of modalities) sides[modality] = sideOf(trial, trial.sides[modality]!);
  }
  const { image, text } = sides as Record<Modality, Int8Side>;
  if (image.products + text.products === 0)
    throw new EncoderError(
      `${encoder.descriptor.name} has no large products with float32 weights, so eight bits gain nothing: use it as it is`,
    );
  await copyBeside(encoder.descriptor.folder, into);
  const files = await readdir(join(into, "onnx"));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(into, "onnx", name))).size));
  const record: Int8Record = {
    schema: 1,
    from: encoder.descriptor.id,
    image,
    text,
    machine: cpus()[0]?.model ?? "unknown",
    date: new Date(env.now()).toISOString(),
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
  await writeInt8Record(into, record);
  await readEncoder(env, into);
  return record;
}

function sideOf({ form, products }: Trial, { count, minCosine, meanCosine, perSecond, referencePerSecond }: TowerComparison): Int8Side {
  const known = (cosine: number): number | null => (Number.isNaN(cosine) ? null : cosine);
  return {
    form: products === 0 ? "unchanged" : form,
    products,
    count,
    minCosine: known(minCosine),
    meanCosine: known(meanCosine),
    perSecond,
    fp32PerSecond: referencePerSecond,
  };
}

/** The first form that stays usable, else the one that comes closest; its file is what lies there in the end. */
async function findForm(
  env: Env,
  given: { readonly encoder: Encoder; readonly into: string; readonly modalities: readonly Modality[] },
  watch: QuantizeWatch,
): Promise<Trial> {
  const source = given.encoder[given.modalities[0]!].path;
  const target = join(given.into, "onnx", basename(source).replace(/\.onnx$/, "_int8.onnx"));
  let best: Trial | undefined;
  for (const form of int8Forms) {
    const trial = await tryForm(env, { ...given, source, path: `${target}.${form}`, form }, watch);
    if (best === undefined || worstOf(trial) > worstOf(best)) {
      if (best !== undefined) await rm(best.path);
      best = trial;
    } else await rm(trial.path);
    if (best.products === 0 || worstOf(best) >= leastCosine) break;
  }
  await rename(best!.path, target);
  return best!;
}

/** −1 where a cosine is unknown. */
function worstOf({ sides }: Trial): number {
  return Math.min(...Object.values(sides).map(({ minCosine }) => (Number.isNaN(minCosine) ? -1 : minCosine)));
}

async function tryForm(
  env: Env,
  given: { encoder: Encoder; modalities: readonly Modality[]; source: string; path: string; form: Int8Form },
  { signal, onProgress }: QuantizeWatch,
): Promise<Trial> {
  const { encoder, modalities, source, path, form } = given;
  const graph = basename(source);
  const products = await quantizeGraph(source, path, form, {
    signal,
    onProgress: (progress) => onProgress({ step: "round", graph, form, ...progress }),
  });
  const sides: Partial<Record<Modality, TowerComparison>> = {};
  for (const modality of modalities) {
    const rounded: Encoder = { ...encoder, [modality]: { ...encoder[modality], path } };
    sides[modality] = await compareTowers(env, { encoder: rounded, reference: encoder }, modality, {
      signal,
      onProgress: (progress) => onProgress({ step: "compare", graph, form, ...progress }),
    });
    env.log("encode.quantize", `${graph} as ${form}: min cosine ${sides[modality].minCosine.toFixed(5)}`);
  }
  return { form, path, products, sides };
}

/** Configuration and tokenizer, whatever their names are; no other weights. */
async function copyBeside(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isDirectory() || modelFile.test(entry.name) || records.has(entry.name)) continue;
    const path = join(from, entry.name);
    if ((await stat(path)).isFile()) await copyFile(path, join(to, entry.name));
  }
}

async function putInPlace(made: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const aside = `${made}-replaced`;
  await rm(aside, { recursive: true, force: true });
  if (await exists(folder)) await rename(folder, aside);
  await rename(made, folder);
  await rm(aside, { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
