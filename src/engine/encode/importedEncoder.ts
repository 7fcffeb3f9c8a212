import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EncoderDescriptor, EncoderId } from "../../core/encoder.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { vectorsFolder } from "../store/vectors.ts";
import { EncoderError } from "./encoderError.ts";
import type { Encoder } from "./encoderFolder.ts";

/** An encoder of which there are vectors alone, made elsewhere and imported: nothing new can be encoded with it. */
export interface ImportedEncoder {
  readonly descriptor: EncoderDescriptor;
  readonly isImported: true;
}

/** What a dataset can be analysed with. */
export type VectorSource = Encoder | ImportedEncoder;

/** What an imported encoder's choice begins with: `imported:laion-b32`. */
export const importedPrefix = "imported:";

/** True of an encoder of which there are vectors alone. */
export function isImported(source: VectorSource): source is ImportedEncoder {
  return "isImported" in source;
}

const recordFile = "imported.json";
const shape = z.looseObject({
  schema: z.literal(1),
  name: z.string().regex(/^\w[\w.-]*$/),
  dim: z.int().positive(),
  from: z.array(z.string()),
});

/** Makes the imported encoder of a name and dimension. Its id says "imported", so that its vectors never meet those that were made here. Throws an EncoderError for a name that can't be one. */
export function importedEncoder(env: Env, name: string, dim: number): ImportedEncoder {
  if (!/^\w[\w.-]*$/.test(name))
    throw new EncoderError(`Expected a name of letters, digits, dots and dashes for imported vectors but received "${name}"`);
  const id = `${name}@imported/none/${dim}/fp16` as EncoderId;
  return {
    isImported: true,
    descriptor: {
      id,
      name: `${importedPrefix}${name}`,
      family: "imported",
      folder: vectorsFolder(env, id),
      dim,
      dtype: "fp16",
      // Nothing is ever prepared with this.
      image: { resize: { kind: "none" }, crop: undefined, resample: "bicubic", rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
      contextLength: 0,
      padding: "max_length",
      logitScale: undefined,
      bias: undefined,
      probability: "softmax",
      builtin: false,
    },
  };
}

/** Writes down that vectors were imported for an encoder, and where they came from. */
export async function recordImport({ descriptor }: ImportedEncoder, from: string): Promise<void> {
  const { folder, dim, name } = descriptor;
  const sources = (await readRecord(folder))?.from ?? [];
  const record = { schema: 1, name: name.slice(importedPrefix.length), dim, from: [...new Set([...sources, from])] };
  await writeAtomically(join(folder, recordFile), `${JSON.stringify(record, undefined, 1)}\n`);
}

/** Lists the encoders of which vectors were imported. */
export async function listImported(env: Env): Promise<readonly ImportedEncoder[]> {
  const root = join(env.cacheFolder, "vectors");
  const names = (await readdir(root).catch(() => [])).filter((name) => name.includes("@imported_")).sort();
  const found = await Promise.all(names.map((name) => readImported(env, join(root, name))));
  return found.filter((encoder) => encoder !== undefined);
}

/** The imported encoder whose vectors lie in a folder; undefined where it is another's. */
export async function readImported(env: Env, folder: string): Promise<ImportedEncoder | undefined> {
  const record = await readRecord(folder);
  return record && importedEncoder(env, record.name, record.dim);
}

/** Finds an imported encoder by its choice, such as `imported:laion-b32`. Throws an EncoderError where there is none, or one for each of some dimensions. */
export async function findImported(env: Env, choice: string): Promise<ImportedEncoder> {
  const all = await listImported(env);
  const found = all.filter(({ descriptor }) => descriptor.name === choice || descriptor.id === choice);
  if (found.length === 1) return found[0]!;
  const names = (found.length === 0 ? all.map(({ descriptor }) => descriptor.name) : found.map(({ descriptor }) => descriptor.id)).join(
    ", ",
  );
  throw new EncoderError(
    found.length === 0
      ? `No vectors were imported as ${choice}: "winnow import-vectors" brings them in${names === "" ? "" : `; there are ${names}`}`
      : `Vectors of more than one dimension were imported as ${choice}: name one of ${names}`,
  );
}

async function readRecord(folder: string): Promise<z.infer<typeof shape> | undefined> {
  const text = await readFile(join(folder, recordFile), "utf8").catch(() => undefined);
  try {
    return text === undefined ? undefined : shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
