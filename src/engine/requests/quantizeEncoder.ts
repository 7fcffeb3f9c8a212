import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { cpus } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { encoderFileName } from "../../core/encoders/encoderFile.ts";
import { gradeOf } from "../../core/parity/certificate.ts";
import type { QuantizedEncoder, QuantizeRequest } from "../../protocol/encoders.ts";
import { EncoderError } from "../encode/encoderError.ts";
import { isDual, readAnyEncoder } from "../encode/encoderFolder.ts";
import type { Encoder, ImageEncoder } from "../encode/encoderFolder.ts";
import { findEncoder } from "../encode/encoders.ts";
import type { EncoderChoice } from "../encode/encoders.ts";
import { graphFolders } from "../encode/graphFiles.ts";
import { hasInt8Record, int8RecordFile, readInt8Record, writeInt8Record } from "../encode/int8Record.ts";
import type { Int8Record, Int8Side } from "../encode/int8Record.ts";
import { raceTowers } from "../encode/raceTowers.ts";
import { readEncoderFile } from "../encode/winnowFile.ts";
import type { Env } from "../env.ts";
import { withDownloadLock } from "../hub/downloadLock.ts";
import { modelFolder } from "../hub/downloadModel.ts";
import { casesOfReading, itemsOf, makeMaterial } from "../parity/material.ts";
import { encodeMaterial, sidesOf } from "../parity/ownVectors.ts";
import { keepCertificate, readCertificate } from "../store/certificates.ts";
import { writeAtomically } from "../store/files.ts";
import type { Modality } from "../store/vectors.ts";
import { chooseInt8Form } from "./chooseInt8Form.ts";
import type { GraphToRound, Int8Reference, Int8Trial, QuantizeWatch } from "./chooseInt8Form.ts";

const modelFile = /\.(onnx|onnx[._]data.*|safetensors|bin|pt|pth|h5|msgpack|gguf|tflite)$/i;
const records: ReadonlySet<string> = new Set(["winnow-download.json", int8RecordFile]);

/**
 * Makes an encoder in eight bits of one in float32, into the cache's models as `<id>-int8`, or finds it there. Each graph takes the fastest form that is usable
 * by the measure of parity certificates, or the closest where none is; the encoder is kept where it is usable or `keep` says so, with its certificate against the
 * float32. What a kill leaves is made anew the next time. Rejects with an EncoderError that says what to do.
 */
export async function quantizeEncoder(env: Env, request: QuantizeRequest, watch: QuantizeWatch): Promise<QuantizedEncoder> {
  const choice = await findEncoder(env, request.encoder);
  const encoder = await readAnyEncoder(env, choice.folder);
  const { id: from, dtype } = encoder.descriptor;
  if (dtype !== "fp32") throw new EncoderError(`${choice.id} has graphs of ${dtype}: eight bits are made of its fp32, so get that first`);
  const id = int8Id(choice);
  const folder = modelFolder(env, id);
  const partsFolder = join(env.cacheFolder, "quantized", id.replace("/", "--"));
  return await withDownloadLock(partsFolder, watch.signal, async (signal) => {
    const known = await readInt8Record(folder);
    if (known?.from === from) {
      await certifyInt8(env, folder, known);
      return { id, folder, isNew: false, ...answerOf(known, true) };
    }
    if ((await exists(folder)) && !hasInt8Record(folder))
      throw new EncoderError(`${id} is there already and was not made by Winnow: remove ${folder} first`);
    const [made, parity] = [join(partsFolder, "made"), join(partsFolder, "parity")];
    await clear([made, parity]);
    try {
      const record = await makeEncoder(env, { encoder, into: made, parity }, { ...watch, signal });
      const isKept = isUsable(record) || request.keep === true;
      if (isKept) await putInPlace(made, folder);
      if (isKept) await certifyInt8(env, folder, record);
      return { id, folder, isNew: isKept, ...answerOf(record, isKept) };
    } finally {
      await clear([made, parity]);
    }
  });
}

function int8Id({ id, folder }: EncoderChoice): string {
  return `${id === folder ? basename(folder) : id}-int8`;
}

function answerOf({ from, cases, image, text }: Int8Record, isKept: boolean): Omit<QuantizedEncoder, "id" | "folder" | "isNew"> {
  const grade = gradeOf(cases);
  return { from, isKept, isUsable: grade !== "failed", grade, cases, image, text };
}

function isUsable({ cases }: Int8Record): boolean {
  return gradeOf(cases) !== "failed";
}

/** The certificate is told by what was measured as the encoder was made; one that is there stands. */
async function certifyInt8(env: Env, folder: string, { from, cases, date }: Int8Record): Promise<void> {
  const { id } = (await readAnyEncoder(env, folder)).descriptor;
  if ((await readCertificate(env, id)) !== undefined) return;
  const reference = { kind: "encoder", name: from, versions: { provider: "cpu" } } as const;
  await keepCertificate(env, { schema: 1, encoder: id, provider: "cpu", reference, cases, grade: gradeOf(cases), date });
}

interface Making {
  readonly encoder: Encoder | ImageEncoder;
  readonly into: string;
  /** Where the material of the comparison is written. */
  readonly parity: string;
}

async function makeEncoder(env: Env, { encoder, into, parity }: Making, watch: QuantizeWatch): Promise<Int8Record> {
  const reference = await makeReference(env, { encoder, parity }, watch);
  const graphs = graphsOf(encoder, into);
  const sides: Partial<Record<Modality, Int8Side>> = {};
  const trials: Int8Trial[] = [];
  for (const graph of graphs) {
    await mkdir(dirname(graph.target), { recursive: true });
    trials.push(await chooseInt8Form(env, reference, graph, watch));
  }
  if (trials.every(({ products }) => products === 0))
    throw new EncoderError(
      `${encoder.descriptor.name} has no large products with float32 weights, so eight bits gain nothing: use it as it is`,
    );
  await copyBeside(encoder.descriptor.folder, into, graphs);
  const rounded = await readAnyEncoder(env, into);
  for (const [at, { modalities }] of graphs.entries())
    for (const side of modalities) sides[side] = await raceSide(env, { rounded, encoder, side, trial: trials[at]! }, watch.signal);
  const sizes = await Promise.all(graphs.map(async ({ target }) => (await stat(target)).size));
  const record: Int8Record = {
    schema: 2,
    from: encoder.descriptor.id,
    cases: trials.flatMap(({ cases }) => cases),
    image: sides.image!,
    text: sides.text ?? null,
    machine: cpus()[0]?.model ?? "unknown",
    date: new Date(env.now()).toISOString(),
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
  await writeInt8Record(into, record);
  return record;
}

/** The vectors that every form is compared with, made once. */
async function makeReference(
  env: Env,
  { encoder, parity }: Omit<Making, "into">,
  { signal, onProgress }: QuantizeWatch,
): Promise<Int8Reference> {
  const material = await makeMaterial(parity, { signal, leaveOut: casesOfReading });
  const total = itemsOf(material, sidesOf(encoder)).length;
  let done = 0;
  const onDone = (count: number): void => onProgress({ step: "reference", done: (done += count), total });
  return { encoder, material, vectors: await encodeMaterial(env, encoder, material, { provider: "cpu", signal, onDone }) };
}

/** Each graph goes where it lies in its own folder, by a name that tells its numbers. */
function graphsOf(encoder: Encoder | ImageEncoder, into: string): readonly GraphToRound[] {
  const toRound = (source: string, modalities: readonly Modality[]): GraphToRound => {
    const graph = relative(encoder.descriptor.folder, source).replaceAll("\\", "/");
    return { graph, source, target: join(into, int8Name(graph)), modalities };
  };
  const { image } = encoder;
  if (!isDual(encoder)) return [toRound(image.path, ["image"])];
  if (image.path === encoder.text.path) return [toRound(image.path, ["image", "text"])];
  return [toRound(image.path, ["image"]), toRound(encoder.text.path, ["text"])];
}

function int8Name(graph: string): string {
  return graph.replace(/(\.onnx)?$/, "_int8.onnx");
}

async function raceSide(
  env: Env,
  { rounded, encoder, side, trial }: { rounded: ImageEncoder; encoder: ImageEncoder; side: Modality; trial: Int8Trial },
  signal: AbortSignal,
): Promise<Int8Side> {
  const { perSecond, referencePerSecond } = await raceTowers(env, { encoder: rounded, reference: encoder }, side, signal);
  const { products, form } = trial;
  return { form: products === 0 ? "unchanged" : form, products, perSecond, fp32PerSecond: referencePerSecond };
}

/** Configuration and tokenizer, whatever their names are, from the folders that an encoder is read from; no other weights. A `winnow.json` names the new graphs. */
async function copyBeside(from: string, to: string, graphs: readonly GraphToRound[]): Promise<void> {
  const said = await readEncoderFile(from);
  const isGraph = new Set(graphs.map(({ source }) => source));
  for (const inner of new Set([...graphFolders, said?.text?.tokenizer ?? ""])) {
    for (const entry of await readdir(join(from, inner), { withFileTypes: true }).catch(() => [])) {
      const path = join(from, inner, entry.name);
      if (entry.isDirectory() || isGraph.has(path) || modelFile.test(entry.name) || records.has(entry.name)) continue;
      if (!(await stat(path)).isFile()) continue;
      await mkdir(join(to, inner), { recursive: true });
      await copyFile(path, join(to, inner, entry.name));
    }
  }
  if (said === undefined) return;
  const renamed = <Side extends { readonly graph?: string | undefined }>(side: Side): Side =>
    side.graph === undefined ? side : { ...side, graph: int8Name(side.graph) };
  const told = {
    ...said,
    ...(said.image && { image: renamed(said.image) }),
    ...(said.text && { text: renamed(said.text) }),
    ...(said.dtype !== undefined && { dtype: "int8" }),
  };
  await writeAtomically(join(to, encoderFileName), `${JSON.stringify(told, undefined, 2)}\n`);
}

async function putInPlace(made: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const aside = `${made}-replaced`;
  await clear([aside]);
  if (await exists(folder)) await rename(folder, aside);
  await rename(made, folder);
  await clear([aside]);
}

async function clear(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
