import { join } from "node:path";
import { z } from "zod";
import type { ImagePreprocessing } from "../../core/encoder.ts";
import { recogniseFamily } from "../../core/encoders/families.ts";
import { EncoderError } from "./encoderError.ts";
import type { FolderFacts } from "./folderFacts.ts";
import { parseFolderJson, readFolderJson } from "./folderFiles.ts";
import { parseImageProcessor } from "./imageProcessor.ts";

const part = z.looseObject({
  hidden_size: z.number().optional(),
  projection_dim: z.number().optional(),
  max_position_embeddings: z.number().optional(),
  patch_size: z.number().optional(),
  num_register_tokens: z.number().optional(),
});
const configShape = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  _name_or_path: z.string().optional(),
  projection_dim: z.number().nullish(),
  hidden_size: z.number().nullish(),
  patch_size: z.number().nullish(),
  num_register_tokens: z.number().nullish(),
  logit_scale: z.number().nullish(),
  logit_bias: z.number().nullish(),
  text_config: part.nullish(),
  vision_config: part.nullish(),
  winnow: z.looseObject({ builtin: z.boolean().optional() }).optional(),
});

/**
 * What a folder in the layout of Hugging Face and transformers.js says: `config.json` and `preprocessor_config.json`. `logit_scale` and `logit_bias` are trained
 * values (the scale as its logarithm); `logit_scale_init_value` is where training began and tells nothing.
 */
export async function huggingFaceFacts(folder: string, folderName: string, json: unknown): Promise<FolderFacts> {
  const config = parseFolderJson(json, configShape, { path: join(folder, "config.json"), advice: "put the model's own there" });
  const { text_config: text, vision_config: vision } = config;
  const names = [folderName, ...(config._name_or_path === undefined ? [] : [config._name_or_path])];
  const family = recogniseFamily({ modelType: config.model_type, architectures: config.architectures ?? [], names });
  const registers = vision?.num_register_tokens ?? config.num_register_tokens ?? 0;
  return {
    family,
    name: config._name_or_path,
    image: await readPreprocessing(folder),
    imageSource: join(folder, "preprocessor_config.json"),
    dim: config.projection_dim ?? vision?.projection_dim ?? text?.projection_dim ?? vision?.hidden_size ?? config.hidden_size ?? undefined,
    patchSize: vision?.patch_size ?? config.patch_size ?? undefined,
    leadingTokens: family.image.leadingTokens + registers,
    contextLength: family.text?.isTrainedLength === true ? family.text.contextLength : text?.max_position_embeddings,
    padding: family.text?.padding ?? "mask",
    tokenizer: { folder: "", cleaning: "none", isOpenClip: false, vocabularySize: undefined, stripSeparator: false },
    logitScale: config.logit_scale == null ? undefined : Math.exp(config.logit_scale),
    bias: config.logit_bias ?? undefined,
    probability: family.probability,
    builtin: config.winnow?.builtin ?? false,
    files: ["config.json"],
  };
}

/** Newer exports keep the picture's part within `processor_config.json`. */
async function readPreprocessing(folder: string): Promise<ImagePreprocessing> {
  const processor = (await readFolderJson(folder, "processor_config.json")) as { image_processor?: unknown } | undefined;
  const json = (await readFolderJson(folder, "preprocessor_config.json")) ?? processor?.image_processor;
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
