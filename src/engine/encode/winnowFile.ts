import { join } from "node:path";
import { z } from "zod";
import type { EncoderFile } from "../../core/encoders/encoderFile.ts";
import { cleanings, encoderFileName } from "../../core/encoders/encoderFile.ts";
import { families, findFamily } from "../../core/encoders/families.ts";
import { unknownFamily } from "../../core/encoders/families/unknownFamily.ts";
import { paddingRules, poolings } from "../../core/encoders/family.ts";
import { preprocessingFrom } from "../../core/encoders/preprocessing.ts";
import { EncoderError } from "./encoderError.ts";
import type { FolderFacts } from "./folderFacts.ts";
import { parseFolderJson, readFolderJson } from "./folderFiles.ts";

const count = z.number().int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]);
/** A path that stays below the encoder's folder. */
const inner = z
  .string()
  .refine((path) => !path.split(/[\\/]/).includes("..") && !/^([\\/]|[A-Za-z]:)/.test(path), "expected a path below the encoder's folder");
const sideShape = z
  .strictObject({ graph: inner, input: z.string(), output: z.string(), parts: z.string(), pooling: z.enum(poolings) })
  .partial();

/** The shape of a `winnow.json`; a name that it doesn't know is an error, for it would be a slip of the pen. */
const encoderFileShape = z.strictObject({
  schema: z.literal(1),
  family: z.enum([unknownFamily, ...families].map(({ id }) => id)).optional(),
  image: sideShape
    .extend({
      preprocessing: z
        .strictObject({
          size: z.union([count, z.strictObject({ width: count, height: count })]).optional(),
          resize: z.enum(["shortest", "squash"]).optional(),
          interpolation: z.enum(["nearest", "lanczos", "bilinear", "bicubic"]).optional(),
          mean: channels.optional(),
          std: channels.optional(),
        })
        .refine(
          ({ size, resize }) => size === undefined || typeof size === "number" || size.width === size.height || resize === "squash",
          'expected the resize "squash" for a size that is no square',
        )
        .optional(),
    })
    .optional(),
  text: sideShape
    .extend({
      tokenizer: inner.optional(),
      cleaning: z.enum(cleanings).optional(),
      contextLength: count.optional(),
      padding: z.enum(paddingRules).optional(),
    })
    .optional(),
  dim: count.optional(),
  dtype: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
  logitScale: z.number().positive().optional(),
  logitBias: z.number().optional(),
});

/** Reads what a person said of an encoder in its `winnow.json`; undefined where there is none. Throws an EncoderError where it is not as documented. */
export async function readEncoderFile(folder: string): Promise<EncoderFile | undefined> {
  const json = await readFolderJson(folder, encoderFileName);
  return json === undefined ? undefined : parseEncoderFile(json, join(folder, encoderFileName));
}

/** The meaning of a `winnow.json` at `path`. Throws an EncoderError that names what is off. */
export function parseEncoderFile(json: unknown, path: string): EncoderFile {
  return parseFolderJson(json, encoderFileShape, { path, advice: "media/docs/encoders.md of Winnow tells what it may say" });
}

/** The facts of a folder as a person's words change them; `facts` are those of its other files, undefined where it has none. */
export function withEncoderFile(folder: string, said: EncoderFile, facts: FolderFacts | undefined): FolderFacts {
  const family = (said.family === undefined ? undefined : (findFamily(said.family) ?? unknownFamily)) ?? facts?.family ?? unknownFamily;
  const { preprocessing } = said.image ?? {};
  const size = preprocessing?.size;
  const image = preprocessing === undefined || size === undefined ? facts?.image : preprocessingFrom(size, preprocessing, family.image);
  const path = join(folder, encoderFileName);
  if (preprocessing !== undefined && size === undefined)
    throw new EncoderError(`${path} says how pictures are prepared, but not how large they are: give its preprocessing a size`);
  if (image === undefined)
    throw new EncoderError(`${path} does not say how pictures are prepared: give its image a preprocessing with a size`);
  const text = said.text ?? {};
  const tokenizer = facts?.tokenizer ?? {
    folder: "",
    cleaning: "none",
    isOpenClip: false,
    vocabularySize: undefined,
    stripSeparator: false,
  };
  return {
    family,
    name: facts?.name,
    image,
    imageSource: preprocessing === undefined ? (facts?.imageSource ?? path) : path,
    dim: said.dim ?? facts?.dim,
    patchSize: facts?.patchSize,
    leadingTokens: facts?.leadingTokens ?? family.image.leadingTokens,
    contextLength: text.contextLength ?? facts?.contextLength,
    padding: text.padding ?? facts?.padding ?? family.text?.padding ?? "mask",
    tokenizer: { ...tokenizer, folder: text.tokenizer ?? tokenizer.folder, cleaning: text.cleaning ?? tokenizer.cleaning },
    logitScale: said.logitScale ?? facts?.logitScale,
    bias: said.logitBias ?? facts?.bias,
    probability: said.family === undefined ? (facts?.probability ?? family.probability) : family.probability,
    builtin: facts?.builtin ?? false,
    files: [...(facts?.files ?? []), encoderFileName],
  };
}
