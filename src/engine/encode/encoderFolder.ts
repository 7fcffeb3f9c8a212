import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { EncoderDescriptor, EncoderId, ImageEncoderDescriptor, ImagePreprocessing } from "../../core/encoder.ts";
import type { EncoderFile } from "../../core/encoders/encoderFile.ts";
import type { PaddingRule, Pooling } from "../../core/encoders/family.ts";
import type { GraphSignature, SignaturePort } from "../../core/encoders/signature.ts";
import { planTower } from "../../core/encoders/towerPlan.ts";
import type { SideChoice, TowerInput, TowerPlan } from "../../core/encoders/towerPlan.ts";
import { decoderVersion } from "../../core/pixels/facts.ts";
import type { PixelType } from "../../core/pixels/preprocess.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import { EncoderError } from "./encoderError.ts";
import type { FolderFacts, TokenizerChoice } from "./folderFacts.ts";
import { readFolderJson } from "./folderFiles.ts";
import type { GraphFiles } from "./graphFiles.ts";
import { findGraphFiles, findNamedGraphs } from "./graphFiles.ts";
import { readGraphSignature } from "./graphSignature.ts";
import { huggingFaceFacts } from "./huggingFaceFacts.ts";
import { inputSizeOf } from "./imageProcessor.ts";
import { openClipFacts } from "./openClipFacts.ts";
import { readRevision, shortDigest } from "./revision.ts";
import { readTokenizer, tokenizerFiles } from "./tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { readEncoderFile, withEncoderFile } from "./winnowFile.ts";

/** An output that holds a vector for every patch of a picture or token of a text. */
export interface PartsOutput {
  readonly output: string;
  /** The length of such a vector; undefined where the file doesn't tell. */
  readonly dim: number | undefined;
  /** Tokens that come before those of the patches; 0 of texts. */
  readonly leading: number;
  /** How the patches lie, row by row; undefined of texts, and where nothing tells the side of a patch. */
  readonly grid: { readonly columns: number; readonly rows: number } | undefined;
}

/** One side of an encoder: the graph's file, what to feed it, and which of its outputs holds the vectors. */
export interface TowerFile {
  readonly path: string;
  readonly inputs: readonly TowerInput[];
  readonly output: string;
  /** How `output` becomes one vector a row; undefined where the graph pools by itself. */
  readonly pooling: Pooling | undefined;
  readonly parts: PartsOutput | undefined;
  /** Rows that a run must have: as the graph was exported, or 1 where neighbours in a batch would change a row's result. */
  readonly fixedRows: number | undefined;
}

/** An encoder of pictures that was found in a folder. Nothing of its weights is in memory. */
export interface ImageEncoder {
  readonly descriptor: ImageEncoderDescriptor;
  readonly image: TowerFile;
  readonly inputSize: { readonly width: number; readonly height: number };
  /** What the image side takes for pixels. */
  readonly pixelType: PixelType;
  /** The part of the id that stands for the preprocessing, were pictures prepared so. */
  readonly preprocessingDigest: (image: ImagePreprocessing) => string;
}

/** An encoder of pictures and texts. */
export interface Encoder extends ImageEncoder {
  readonly descriptor: EncoderDescriptor;
  readonly text: TowerFile;
  readonly tokenizer: Tokenizer;
  readonly paddingRule: PaddingRule;
}

/** What CLIP takes where nothing tells how long a text may be. */
const usualContextLength = 77;

/**
 * Reads a dual encoder's folder, in the layout of Hugging Face and transformers.js exports (`config.json`, `preprocessor_config.json`, tokenizer files, graphs in `onnx/` or
 * beside them), in open_clip's (`open_clip_config.json`), or as its `winnow.json` says. `dtype` chooses among exports (`fp32`, `fp16`, `q8`, `int8`, `uint8`, `q4`,
 * `q4f16`, `bnb4`); by default the most precise that is there. Throws an EncoderError that says what is missing or wrong.
 */
export async function readEncoder(env: Env, folder: string, dtype?: string): Promise<Encoder> {
  const encoder = await readAnyEncoder(env, folder, dtype);
  if (isDual(encoder)) return encoder;
  throw new EncoderError(
    `${folder} sees pictures alone (${encoder.descriptor.family}) and can't score captions: use it with --companion, beside an encoder that reads texts`,
  );
}

/** Reads an encoder's folder whether it reads texts or sees pictures alone. Throws an EncoderError as `readEncoder` does. */
export async function readAnyEncoder(env: Env, folder: string, dtype?: string): Promise<Encoder | ImageEncoder> {
  const said = await readEncoderFile(folder);
  const facts = await readFacts(folder, said);
  const graphs = await findGraphs(folder, said, dtype);
  const source: Source = { env, folder, facts, said, graphs };
  const isImageOnly = facts.family.text === undefined || (said?.image?.graph !== undefined && said.text?.graph === undefined);
  return isImageOnly ? await describeImageEncoder(source) : await describeDualEncoder(source);
}

/** Whether an encoder reads texts too. */
export function isDual(encoder: Encoder | ImageEncoder): encoder is Encoder {
  return "text" in encoder;
}

/** The same encoder where pictures are shrunk as they are loaded: another id, whose vectors don't meet those of the first. */
export function withShrinkOnLoad<Kind extends ImageEncoder>(encoder: Kind): Kind {
  const { descriptor, preprocessingDigest } = encoder;
  const image: ImagePreprocessing = { ...descriptor.image, shrinkOnLoad: true };
  const id = descriptor.id.replace(`/${preprocessingDigest(descriptor.image)}/`, `/${preprocessingDigest(image)}/`) as EncoderId;
  return { ...encoder, descriptor: { ...descriptor, id, image } };
}

/** The encoder as it was read, or the same with shrinking on load, whichever has an id; undefined where neither does. */
export function findVariant<Kind extends ImageEncoder>(encoder: Kind, id: string): Kind | undefined {
  return [encoder, withShrinkOnLoad(encoder)].find(({ descriptor }) => descriptor.id === id);
}

/** What a folder's encoder is read from. */
interface Source {
  readonly env: Env;
  readonly folder: string;
  readonly facts: FolderFacts;
  readonly said: EncoderFile | undefined;
  readonly graphs: GraphFiles;
}

async function readFacts(folder: string, said: EncoderFile | undefined): Promise<FolderFacts> {
  const facts = await readLayout(folder);
  if (said !== undefined) return withEncoderFile(folder, said, facts);
  if (facts !== undefined) return facts;
  throw new EncoderError(
    `${folder} is no encoder: put the config.json of a CLIP or SigLIP export there, an open_clip_config.json, or a winnow.json ("winnow encoder describe" writes one)`,
  );
}

async function readLayout(folder: string): Promise<FolderFacts | undefined> {
  const name = basename(resolve(folder));
  const json = await readFolderJson(folder, "config.json");
  const isTyped = typeof (json as { model_type?: unknown } | undefined)?.model_type === "string";
  const openClip = isTyped ? undefined : await openClipFacts(folder, name, json);
  return openClip ?? (json === undefined ? undefined : await huggingFaceFacts(folder, name, json));
}

async function findGraphs(folder: string, said: EncoderFile | undefined, dtype: string | undefined): Promise<GraphFiles> {
  const image = said?.image?.graph;
  if (image === undefined) return await findGraphFiles(folder, dtype);
  return await findNamedGraphs(folder, { image, text: said?.text?.graph, dtype: said?.dtype });
}

async function describeImageEncoder({ env, folder, facts, said, graphs }: Source): Promise<ImageEncoder> {
  const signature = readGraphSignature(graphs.image);
  const plan = planOf(graphs.image, signature, { side: "image", facts, choice: said?.image });
  const dim = plan.dim ?? facts.dim;
  if (dim === undefined) throw new EncoderError(untoldLength(folder));
  const inputSize = checkInputSize(facts, plan);
  const revision = await readRevision(env, [...graphs.all, ...facts.files.map((file) => join(folder, file))]);
  const preprocessingDigest = (prepared: ImagePreprocessing): string =>
    shortDigest([prepared, decoderVersion, ...(plan.pooling === undefined ? [] : [plan.pooling])]);
  return {
    descriptor: imageDescriptor({ folder, facts, dim, dtype: graphs.dtype }, { revision, preprocessingDigest }),
    image: towerOf(graphs.image, signature, { plan, parts: imageParts(plan, facts, inputSize) }),
    inputSize,
    pixelType: pixelTypeOf(plan),
    preprocessingDigest,
  };
}

async function describeDualEncoder({ env, folder, facts, said, graphs }: Source): Promise<Encoder> {
  const tokenizer = await readTokenizer(join(folder, facts.tokenizer.folder), facts.tokenizer);
  const signatures = { image: readGraphSignature(graphs.image), text: readGraphSignature(graphs.text) };
  const image = planOf(graphs.image, signatures.image, { side: "image", facts, choice: said?.image });
  const text = planOf(graphs.text, signatures.text, { side: "text", facts, choice: said?.text });
  const inputSize = checkInputSize(facts, image);
  const dim = dimOf(folder, facts, [image.dim, text.dim]);
  const { contextLength, padding } = textRule(facts, text, tokenizer);
  const tokenFiles = await presentFiles(join(folder, facts.tokenizer.folder), tokenizerFiles);
  const revision = await readRevision(env, [...graphs.all, ...facts.files.map((file) => join(folder, file)), ...tokenFiles]);
  // What most encoders don't have adds nothing, so that their ids, and with them their vectors, stay as they were.
  const special = specialSteps(facts.tokenizer, [image.pooling, text.pooling]);
  const preprocessingDigest = (prepared: ImagePreprocessing): string =>
    shortDigest([prepared, contextLength, padding, decoderVersion, ...special]);
  return {
    descriptor: {
      ...imageDescriptor({ folder, facts, dim, dtype: graphs.dtype }, { revision, preprocessingDigest }),
      contextLength,
      padding,
      logitScale: facts.logitScale,
      bias: facts.bias,
      probability: facts.probability,
    },
    image: towerOf(graphs.image, signatures.image, { plan: image, parts: imageParts(image, facts, inputSize) }),
    text: towerOf(graphs.text, signatures.text, { plan: text, parts: textParts(text) }),
    inputSize,
    pixelType: pixelTypeOf(image),
    preprocessingDigest,
    tokenizer,
    paddingRule: facts.padding,
  };
}

function specialSteps(
  { cleaning, isOpenClip, stripSeparator }: TokenizerChoice,
  poolings: readonly (Pooling | undefined)[],
): readonly unknown[] {
  const isPlain = cleaning === "none" && !isOpenClip && !stripSeparator && poolings.every((pooling) => pooling === undefined);
  return isPlain ? [] : [cleaning, isOpenClip, stripSeparator, ...poolings.map((pooling) => pooling ?? "graph")];
}

function imageDescriptor(
  { folder, facts, dim, dtype }: { folder: string; facts: FolderFacts; dim: number; dtype: string },
  { revision, preprocessingDigest }: { revision: string; preprocessingDigest: ImageEncoder["preprocessingDigest"] },
): ImageEncoderDescriptor {
  const name = nameOf(folder, facts);
  const id = `${name}@${revision}/${preprocessingDigest(facts.image)}/${dim}/${dtype}` as EncoderId;
  return { id, name, family: facts.family.id, folder, dim, dtype, image: facts.image, builtin: facts.builtin };
}

function pixelTypeOf({ main }: TowerPlan): PixelType {
  return main.type === "float16" ? "float16" : "float32";
}

async function presentFiles(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const present = new Set(await readdir(folder));
  return names.filter((name) => present.has(name)).map((name) => join(folder, name));
}

/** A folder of Hugging Face's own cache is named by a commit; the model's name is then in the configuration. */
function nameOf(folder: string, { name: called, builtin }: FolderFacts): string {
  if (builtin) return "builtin";
  const name = basename(resolve(folder));
  return /^[0-9a-f]{40}$/.test(name) ? (called ?? name) : name;
}

function planOf(
  path: string,
  signature: GraphSignature,
  { side, facts, choice = {} }: { side: Modality; facts: FolderFacts; choice: SideChoice | undefined },
): TowerPlan {
  const { plan, problem } = planTower(signature, side, { image: facts.family.image, text: facts.family.text, choice });
  if (plan === undefined) throw new EncoderError(`${path} ${problem.words}`);
  return plan;
}

function towerOf(
  path: string,
  { isBatchBound }: GraphSignature,
  { plan, parts }: { plan: TowerPlan; parts: PartsOutput | undefined },
): TowerFile {
  const { inputs, main, output, pooling } = plan;
  return { path, inputs, output, pooling, parts, fixedRows: isBatchBound ? 1 : (main.dims?.[0] ?? undefined) };
}

function textParts({ parts }: TowerPlan): PartsOutput | undefined {
  return parts === undefined ? undefined : { output: parts.name, dim: parts.dims?.at(-1), leading: 0, grid: undefined };
}

/** The patches of a picture: their grid by the side of a patch, checked against the number of tokens where the graph fixes it. */
function imageParts(
  { parts }: TowerPlan,
  { patchSize, leadingTokens }: FolderFacts,
  { width, height }: { width: number; height: number },
): PartsOutput | undefined {
  if (parts === undefined) return undefined;
  const grid = patchSize === undefined ? undefined : { columns: Math.floor(width / patchSize), rows: Math.floor(height / patchSize) };
  const found = { output: parts.name, dim: parts.dims?.at(-1) };
  const leading = leadingOf(parts, grid) ?? leadingTokens;
  return { ...found, leading: Math.max(0, leading), grid: leading < 0 ? undefined : grid };
}

function leadingOf({ dims }: SignaturePort, grid: PartsOutput["grid"]): number | undefined {
  const tokens = dims?.[1];
  return tokens === undefined || grid === undefined ? undefined : tokens - grid.columns * grid.rows;
}

function checkInputSize({ image, imageSource }: FolderFacts, { main }: TowerPlan): { width: number; height: number } {
  const size = inputSizeOf(image);
  if (size === undefined) throw new EncoderError(`${imageSource} fixes no size of picture: give size or crop_size a height and a width`);
  const [height, width] = [main.dims?.[2] ?? size.height, main.dims?.[3] ?? size.width];
  if (width === size.width && height === size.height) return { width: size.width, height: size.height };
  throw new EncoderError(
    `${imageSource} makes pictures of ${size.width} × ${size.height}, but its graph takes ${width} × ${height}: take both from one model`,
  );
}

function dimOf(folder: string, facts: FolderFacts, [image, text]: readonly (number | undefined)[]): number {
  if (image !== undefined && text !== undefined && image !== text) {
    throw new EncoderError(
      `The graphs of ${folder} give ${image} numbers for a picture and ${text} for a text: export both with their projection`,
    );
  }
  const dim = image ?? text ?? facts.dim;
  if (dim === undefined) throw new EncoderError(untoldLength(folder));
  return dim;
}

function untoldLength(folder: string): string {
  return `Neither the graphs nor the config.json of ${folder} tell how long the vectors are: put projection_dim into config.json, or dim into winnow.json`;
}

/**
 * Padding to the longest of a batch is right where padding cannot reach the result (see `PaddingRule`). Anything else is padded to the full length, so
 * that a text's vector never depends on its neighbours.
 */
function textRule(
  { family, contextLength: told, padding }: FolderFacts,
  { main, inputs }: TowerPlan,
  tokenizer: Tokenizer,
): Pick<EncoderDescriptor, "contextLength" | "padding"> {
  const fixed = main.dims?.[1];
  const trained = told ?? family.text?.contextLength ?? usualContextLength;
  const contextLength = fixed ?? Math.min(trained, tokenizer.longest ?? trained);
  const hasMask = inputs.some(({ role }) => role === "mask");
  const isFree = fixed === undefined && padding !== "trainedPadded" && (padding !== "mask" || hasMask);
  return { contextLength, padding: isFree ? "longest" : "max_length" };
}
