import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { decoderVersion } from "../../core/pixels/facts.ts";
import type { EncoderDescriptor, EncoderId, ImagePreprocessing } from "../../core/encoder.ts";
import type { PixelType } from "../../core/pixels/preprocess.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import { EncoderError } from "./encoderError.ts";
import { findGraphFiles } from "./graphFiles.ts";
import { readGraphSignature } from "./graphSignature.ts";
import type { GraphSignature, SignaturePort } from "./graphSignature.ts";
import { inputSizeOf, parseImageProcessor } from "./imageProcessor.ts";
import { readRevision, shortDigest } from "./revision.ts";
import { readTokenizer, tokenizerFiles } from "./tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One side of an encoder: the graph's file, what to feed it, and which of its outputs holds the vectors. */
export interface TowerFile {
  readonly path: string;
  readonly inputs: readonly SignaturePort[];
  readonly output: string;
  /** Rows that a run must have: as the graph was exported, or 1 where neighbours in a batch would change a row's result. */
  readonly fixedRows: number | undefined;
}

/** An encoder that was found in a folder. Nothing of its weights is in memory. */
export interface Encoder {
  readonly descriptor: EncoderDescriptor;
  readonly image: TowerFile;
  readonly text: TowerFile;
  readonly inputSize: { readonly width: number; readonly height: number };
  /** What the image side takes for pixels. */
  readonly pixelType: PixelType;
  readonly tokenizer: Tokenizer;
}

const part = z.looseObject({
  hidden_size: z.number().optional(),
  projection_dim: z.number().optional(),
  max_position_embeddings: z.number().optional(),
});
const configShape = z.looseObject({
  model_type: z.string(),
  _name_or_path: z.string().optional(),
  projection_dim: z.number().nullish(),
  logit_scale: z.number().nullish(),
  logit_bias: z.number().nullish(),
  text_config: part.nullish(),
  vision_config: part.nullish(),
  winnow: z.looseObject({ builtin: z.boolean().optional() }).optional(),
});
type Config = z.infer<typeof configShape>;

/** What configurations leave out because it is the default of their family. */
const familyContextLengths: Readonly<Record<string, number>> = { clip: 77, siglip: 64, siglip2: 64 };
const defaultContextLength = 77;

/**
 * Reads an encoder's folder in the layout of Hugging Face and transformers.js exports: `config.json`, `preprocessor_config.json`,
 * tokenizer files, and graphs in `onnx/` or beside them. `dtype` chooses among exports (`fp32`, `fp16`, `q8`, `int8`, `uint8`, `q4`, `q4f16`, `bnb4`);
 * by default the most precise that is there. Throws an EncoderError that says what is missing or wrong.
 */
export async function readEncoder(env: Env, folder: string, dtype?: string): Promise<Encoder> {
  const config = await readConfig(folder);
  const image = await readPreprocessing(folder);
  const graphs = await findGraphFiles(folder, dtype);
  const tokenizer = await readTokenizer(folder);
  const signatures = { image: readGraphSignature(graphs.image), text: readGraphSignature(graphs.text) };
  const towers = { image: towerOf(graphs.image, signatures.image, "image"), text: towerOf(graphs.text, signatures.text, "text") };
  const inputSize = checkInputSize(folder, image, signatures.image);
  const dim = dimOf(folder, config, [signatures.image, signatures.text], [towers.image, towers.text]);
  const { contextLength, padding } = textRule(config, signatures.text, tokenizer);
  const name = nameOf(folder, config);
  const files = await presentFiles(folder, ["config.json", ...tokenizerFiles]);
  const revision = await readRevision(env, [...graphs.all, ...files]);
  const preprocessing = preprocessingDigest({ image, contextLength, padding });
  const descriptor: EncoderDescriptor = {
    id: `${name}@${revision}/${preprocessing}/${dim}/${graphs.dtype}` as EncoderId,
    name,
    family: config.model_type,
    folder,
    dim,
    dtype: graphs.dtype,
    image,
    contextLength,
    padding,
    ...probabilityOf(config),
    builtin: config.winnow?.builtin ?? false,
  };
  const pixelPort = towers.image.inputs.find(({ name: port }) => port === mainInputs.image);
  return { descriptor, ...towers, inputSize, pixelType: pixelPort?.type === "float16" ? "float16" : "float32", tokenizer };
}

/** The same encoder where pictures are shrunk as they are loaded: another id, whose vectors don't meet those of the first. */
export function withShrinkOnLoad(encoder: Encoder): Encoder {
  const { descriptor } = encoder;
  const image: ImagePreprocessing = { ...descriptor.image, shrinkOnLoad: true };
  const id = descriptor.id.replace(
    `/${preprocessingDigest(descriptor)}/`,
    `/${preprocessingDigest({ ...descriptor, image })}/`,
  ) as EncoderId;
  return { ...encoder, descriptor: { ...descriptor, id, image } };
}

/** The encoder as it was read, or the same with shrinking on load, whichever has an id; undefined where neither does. */
export function findVariant(encoder: Encoder, id: string): Encoder | undefined {
  return [encoder, withShrinkOnLoad(encoder)].find(({ descriptor }) => descriptor.id === id);
}

/** True of encoders that were trained with a sigmoid loss, on texts padded to their full length without a mask. */
export function isSigmoidFamily(family: string): boolean {
  return family.startsWith("siglip");
}

function preprocessingDigest({ image, contextLength, padding }: Pick<EncoderDescriptor, "image" | "contextLength" | "padding">): string {
  return shortDigest([image, contextLength, padding, decoderVersion]);
}

async function readConfig(folder: string): Promise<Config> {
  const json = await readJson(folder, "config.json");
  if (json === undefined) throw new EncoderError(`${folder} is no encoder: put the config.json of a CLIP or SigLIP export there`);
  const parsed = configShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EncoderError(
    `${join(folder, "config.json")} is not as expected (${issue?.path.join(".")}: ${issue?.message}): put the model's own there`,
  );
}

/** Newer exports keep the picture's part within `processor_config.json`. */
async function readPreprocessing(folder: string): Promise<ImagePreprocessing> {
  const processor = (await readJson(folder, "processor_config.json")) as { image_processor?: unknown } | undefined;
  const json = (await readJson(folder, "preprocessor_config.json")) ?? processor?.image_processor;
  if (json === undefined)
    throw new EncoderError(`${folder} does not say how pictures are prepared: put the model's preprocessor_config.json there`);
  try {
    return parseImageProcessor(json);
  } catch (error) {
    throw new EncoderError(`${join(folder, "preprocessor_config.json")} cannot be followed (${(error as Error).message})`, {
      cause: error,
    });
  }
}

async function readJson(folder: string, file: string): Promise<unknown> {
  const path = join(folder, file);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new EncoderError(`${path} cannot be read (${(error as Error).message})`, { cause: error });
  });
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    throw new EncoderError(`${path} is no JSON (${(error as Error).message}): download it again`, { cause: error });
  }
}

async function presentFiles(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const present = new Set(await readdir(folder));
  return names.filter((name) => present.has(name)).map((name) => join(folder, name));
}

/** A folder of Hugging Face's own cache is named by a commit; the model's name is then in the configuration. */
function nameOf(folder: string, config: Config): string {
  if (config.winnow?.builtin === true) return "builtin";
  const name = basename(resolve(folder));
  return /^[0-9a-f]{40}$/.test(name) ? (config._name_or_path ?? name) : name;
}

const preferredOutputs: Readonly<Record<Modality, readonly string[]>> = {
  image: ["image_embeds", "pooler_output"],
  text: ["text_embeds", "pooler_output"],
};
const mainInputs: Readonly<Record<Modality, string>> = { image: "pixel_values", text: "input_ids" };
const knownInputs = new Set(["pixel_values", "input_ids", "attention_mask", "token_type_ids", "position_ids"]);

function towerOf(path: string, { inputs, outputs, isBatchBound }: GraphSignature, modality: Modality): TowerFile {
  const main = inputs.find((port) => port.name === mainInputs[modality]);
  if (main === undefined)
    throw new EncoderError(
      `${path} takes ${inputs.map((port) => port.name).join(", ")} and no ${mainInputs[modality]}: export it with that name`,
    );
  const stranger = inputs.find((port) => !knownInputs.has(port.name));
  if (stranger !== undefined)
    throw new EncoderError(`${path} asks for an input ${stranger.name} that Winnow cannot give: export the model without it`);
  const named = preferredOutputs[modality].map((name) => outputs.find((port) => port.name === name)).find((port) => port !== undefined);
  const flat = outputs.filter((port) => port.dims === undefined || port.dims.length === 2);
  const output = named ?? (flat.length === 1 ? flat[0] : undefined);
  if (output === undefined) {
    throw new EncoderError(
      `${path} gives ${outputs.map((port) => port.name).join(", ")} and no ${preferredOutputs[modality][0]}: export the model with its pooling and projection`,
    );
  }
  return { path, inputs, output: output.name, fixedRows: isBatchBound ? 1 : (main.dims?.[0] ?? undefined) };
}

function checkInputSize(folder: string, image: ImagePreprocessing, { inputs }: GraphSignature): { width: number; height: number } {
  const size = inputSizeOf(image);
  if (size === undefined)
    throw new EncoderError(
      `${join(folder, "preprocessor_config.json")} fixes no size of picture: give size or crop_size a height and a width`,
    );
  const dims = inputs.find((port) => port.name === mainInputs.image)?.dims;
  const [height, width] = [dims?.[2] ?? size.height, dims?.[3] ?? size.width];
  if (width === size.width && height === size.height) return { width: size.width, height: size.height };
  throw new EncoderError(
    `The preprocessor_config.json of ${folder} makes pictures of ${size.width} × ${size.height}, but its graph takes ${width} × ${height}: take both from one model`,
  );
}

function dimOf(folder: string, config: Config, signatures: readonly GraphSignature[], towers: readonly TowerFile[]): number {
  const [image, text] = signatures.map(({ outputs }, i) => outputs.find((port) => port.name === towers[i]!.output)?.dims?.[1]);
  if (image !== undefined && text !== undefined && image !== text) {
    throw new EncoderError(
      `The graphs of ${folder} give ${image} numbers for a picture and ${text} for a text: export both with their projection`,
    );
  }
  const configured =
    config.projection_dim ??
    config.vision_config?.projection_dim ??
    config.text_config?.projection_dim ??
    config.vision_config?.hidden_size;
  const dim = image ?? text ?? configured;
  if (dim === undefined)
    throw new EncoderError(
      `Neither the graphs nor the config.json of ${folder} tell how long the vectors are: put projection_dim into config.json`,
    );
  return dim;
}

/**
 * Padding to the longest of a batch is right where padding cannot reach the result: a mask, or CLIP's causal attention with pooling at the end token.
 * Anything else is padded to the full length, so that a text's vector never depends on its neighbours.
 */
function textRule(config: Config, { inputs }: GraphSignature, tokenizer: Tokenizer): Pick<EncoderDescriptor, "contextLength" | "padding"> {
  const fixed = inputs.find((port) => port.name === mainInputs.text)?.dims?.[1];
  const trained = config.text_config?.max_position_embeddings ?? familyContextLengths[config.model_type] ?? defaultContextLength;
  const contextLength = fixed ?? Math.min(trained, tokenizer.longest ?? trained);
  const hasMask = inputs.some((port) => port.name === "attention_mask");
  const isFree = fixed === undefined && !isSigmoidFamily(config.model_type) && (config.model_type === "clip" || hasMask);
  return { contextLength, padding: isFree ? "longest" : "max_length" };
}

/** `logit_scale` and `logit_bias` are trained values (the scale as its logarithm); `logit_scale_init_value` is where training began and tells nothing. */
function probabilityOf(config: Config): Pick<EncoderDescriptor, "logitScale" | "bias" | "probability"> {
  return {
    logitScale: config.logit_scale == null ? undefined : Math.exp(config.logit_scale),
    bias: config.logit_bias ?? undefined,
    probability: isSigmoidFamily(config.model_type) ? "sigmoid" : "softmax",
  };
}
