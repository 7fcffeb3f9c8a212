import { join } from "node:path";
import { z } from "zod";
import type { ImagePreprocessing } from "../../core/encoder.ts";
import { recogniseFamily } from "../../core/encoders/families.ts";
import type { EncoderFamily, ImageFacts, PaddingRule } from "../../core/encoders/family.ts";
import { preprocessingFrom } from "../../core/encoders/preprocessing.ts";
import { EncoderError } from "./encoderError.ts";
import type { FolderFacts, TokenizerChoice } from "./folderFacts.ts";
import { parseFolderJson, readFolderJson } from "./folderFiles.ts";

const side = z.union([z.number(), z.tuple([z.number(), z.number()])]);
const channels = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]);

const visionShape = z.looseObject({
  image_size: side.optional(),
  patch_size: z.number().nullish(),
  timm_model_name: z.string().nullish(),
});
const textShape = z.looseObject({
  context_length: z.number().nullish(),
  vocab_size: z.number().nullish(),
  hf_model_name: z.string().nullish(),
  hf_tokenizer_name: z.string().nullish(),
  tokenizer_kwargs: z
    .looseObject({
      clean: z.enum(["canonicalize", "lower", "whitespace"]).nullish(),
      strip_sep_token: z.boolean().nullish(),
      tokenizer_mode: z.string().nullish(),
      reduction_mask: z.string().nullish(),
    })
    .nullish(),
  no_causal_mask: z.boolean().nullish(),
  pool_type: z.string().nullish(),
  embed_cls: z.boolean().nullish(),
});
const modelShape = z.looseObject({
  embed_dim: z.number(),
  init_logit_bias: z.number().nullish(),
  vision_cfg: visionShape,
  text_cfg: textShape,
});
const preprocessShape = z.looseObject({
  size: side.nullish(),
  mean: channels.nullish(),
  std: channels.nullish(),
  interpolation: z.string().nullish(),
  resize_mode: z.string().nullish(),
});

type Model = z.infer<typeof modelShape>;
type Preprocess = z.infer<typeof preprocessShape>;

/** What is found of open_clip's configuration in a folder: its two halves, and the file that they come from. */
interface OpenClipConfig {
  readonly model: Model;
  readonly preprocess: Preprocess;
  readonly files: readonly string[];
}

/** The tokenizer's folder in exports that keep their two halves apart. */
const textualFolder = "textual";

/**
 * What a folder in open_clip's layout says: `open_clip_config.json` with `model_cfg` and `preprocess_cfg`, or the same two halves as `config.json` and
 * `visual/preprocess_cfg.json`. Undefined where it is no such folder.
 */
export async function openClipFacts(folder: string, folderName: string, configJson: unknown): Promise<FolderFacts | undefined> {
  const config = await readOpenClipConfig(folder, configJson);
  if (config === undefined) return undefined;
  const { model, preprocess, files } = config;
  const { vision_cfg: vision, text_cfg: text } = model;
  const called = [vision.timm_model_name, text.hf_tokenizer_name, text.hf_model_name].filter((name) => name != null);
  const family = recogniseFamily({ names: [folderName, ...called], layout: "openClip" });
  const source = join(folder, files.at(-1)!);
  return {
    family,
    name: undefined,
    image: imageOf(source, { ...preprocess, size: vision.image_size ?? preprocess.size }, family.image),
    imageSource: source,
    dim: model.embed_dim,
    patchSize: vision.patch_size ?? patchSizeOf(vision.timm_model_name),
    leadingTokens: family.image.leadingTokens,
    contextLength: text.context_length ?? 77,
    padding: paddingOf(model),
    tokenizer: await tokenizerOf(folder, text, files),
    logitScale: undefined,
    bias: undefined,
    probability: model.init_logit_bias == null ? "softmax" : "sigmoid",
    builtin: false,
    files,
  };
}

/** The preprocessing of an image processor that is written in open_clip's words, as Jina's is. Throws a RangeError that names what isn't done here. */
export function parseOpenClipProcessor(json: unknown, family: Pick<EncoderFamily, "image">): ImagePreprocessing {
  const parsed = preprocessShape.safeParse(json);
  if (!parsed.success) throw new RangeError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return preprocessingOf(parsed.data, family.image);
}

async function readOpenClipConfig(folder: string, configJson: unknown): Promise<OpenClipConfig | undefined> {
  const name = "open_clip_config.json";
  const json = await readFolderJson(folder, name);
  if (json !== undefined) {
    const shape = z.looseObject({ model_cfg: modelShape, preprocess_cfg: preprocessShape.optional() });
    const { model_cfg, preprocess_cfg } = parseFolderJson(json, shape, { path: join(folder, name), advice: "put the model's own there" });
    return { model: model_cfg, preprocess: preprocess_cfg ?? {}, files: [name] };
  }
  const model = modelShape.safeParse(configJson);
  if (!model.success) return undefined;
  const beside = "visual/preprocess_cfg.json";
  const preprocess = await readFolderJson(folder, beside);
  if (preprocess === undefined) throw new EncoderError(`${folder} does not say how pictures are prepared: put the model's ${beside} there`);
  const path = join(folder, beside);
  return {
    model: model.data,
    preprocess: parseFolderJson(preprocess, preprocessShape, { path, advice: "put the model's own there" }),
    files: ["config.json", beside],
  };
}

function imageOf(path: string, preprocess: Preprocess, facts: ImageFacts): ImagePreprocessing {
  try {
    return preprocessingOf(preprocess, facts);
  } catch (error) {
    throw new EncoderError(`${path} cannot be followed (${(error as Error).message})`, { cause: error });
  }
}

function preprocessingOf({ size, mean, std, interpolation, resize_mode: mode }: Preprocess, facts: ImageFacts): ImagePreprocessing {
  if (size == null) throw new RangeError("size: expected the size of the pictures");
  if (mode === "longest") throw new RangeError("resize_mode: longest, which fills up the shorter side, is not supported");
  if (mode != null && mode !== "shortest" && mode !== "squash")
    throw new RangeError(`resize_mode: expected shortest or squash but received ${mode}`);
  const [height, width] = typeof size === "number" ? [size, size] : size;
  if (mode !== "squash" && height !== width) throw new RangeError("size: a crop that is no square is not supported");
  return preprocessingFrom(
    { width, height },
    {
      resize: mode ?? undefined,
      // open_clip takes bicubic for everything but bilinear, "random" included.
      interpolation: interpolation == null ? undefined : interpolation === "bilinear" ? "bilinear" : "bicubic",
      mean: channelsOf(mean),
      std: channelsOf(std),
    },
    facts,
  );
}

function channelsOf(value: Preprocess["mean"]): readonly [number, number, number] | undefined {
  return typeof value === "number" ? [value, value, value] : (value ?? undefined);
}

/** `vit_base_patch16_siglip_224` and its like tell the patch in their name. */
function patchSizeOf(trunk: string | null | undefined): number | undefined {
  const digits = /patch(\d+)/.exec(trunk ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** open_clip masks for text models of Hugging Face; its own look back only and stop at the end token, unless the configuration says otherwise. */
function paddingOf({
  text_cfg: { hf_model_name: model, no_causal_mask: seesAll, pool_type: pool, embed_cls: hasClass },
}: Model): PaddingRule {
  if (model != null) return "padId";
  const isAtEnd = pool == null || pool === "argmax" || pool === "eos";
  return seesAll === true || hasClass === true || !isAtEnd ? "trainedPadded" : "endOfText";
}

async function tokenizerOf(folder: string, text: Model["text_cfg"], files: readonly string[]): Promise<TokenizerChoice> {
  const { hf_tokenizer_name: name, tokenizer_kwargs: options, vocab_size: vocabularySize } = text;
  if (options?.tokenizer_mode != null && options.tokenizer_mode !== "")
    throw new EncoderError(`The tokenizer of ${folder} is of the mode ${options.tokenizer_mode}, which Winnow does not have`);
  const isApart = files.length > 1 && (await readFolderJson(join(folder, textualFolder), "tokenizer.json")) !== undefined;
  const isOpenClip = name == null;
  return {
    folder: isApart ? textualFolder : "",
    cleaning: options?.clean ?? (isOpenClip ? "lower" : "whitespace"),
    isOpenClip,
    vocabularySize: isOpenClip ? (vocabularySize ?? undefined) : undefined,
    stripSeparator: options?.strip_sep_token ?? false,
  };
}
