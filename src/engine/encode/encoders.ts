import { existsSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { encoderFileName } from "../../core/encoders/encoderFile.ts";
import type { Env } from "../env.ts";
import { EncoderError } from "./encoderError.ts";

/** An encoder that can be named: its id for `--encoder`, and what a person should know before choosing it. */
export interface EncoderChoice {
  readonly id: string;
  readonly folder: string;
  readonly isBuiltin: boolean;
  readonly note: string | undefined;
}

/** The id of the encoder that comes with Winnow. */
export const builtinEncoderId = "builtin";

const builtinNote =
  "for trying Winnow and its tests, not for photographs: take a real one with --encoder and the folder of a CLIP or SigLIP export (config.json, preprocessor_config.json, tokenizer files, onnx/)";

/** Lists the built-in encoder and those in the cache's `models` folder (`models/name` or `models/owner/name`). */
export async function listEncoders(env: Env): Promise<readonly EncoderChoice[]> {
  const folder = builtinFolder();
  const builtin = folder === undefined ? [] : [{ id: builtinEncoderId, folder, isBuiltin: true, note: builtinNote }];
  const models = join(env.cacheFolder, "models");
  const found = (await listFolders(models)).map(async (name) => {
    if (isEncoderFolder(join(models, name))) return [name];
    const inner = await listFolders(join(models, name));
    return inner.map((part) => `${name}/${part}`).filter((id) => isEncoderFolder(join(models, id)));
  });
  const ids = (await Promise.all(found)).flat();
  return [...builtin, ...ids.map((id) => ({ id, folder: join(models, id), isBuiltin: false, note: undefined }))];
}

/** Finds the encoder of an id, or in a folder. Throws an EncoderError that lists the ids where it is neither. */
export async function findEncoder(env: Env, idOrFolder: string): Promise<EncoderChoice> {
  const choices = await listEncoders(env);
  const known = choices.find((choice) => choice.id === idOrFolder);
  if (known !== undefined) return known;
  const folder = resolve(idOrFolder);
  const same = choices.find((choice) => existsSync(folder) && realpathSync(choice.folder) === realpathSync(folder));
  if (same !== undefined) return same;
  if (existsSync(folder)) return { id: folder, folder, isBuiltin: false, note: undefined };
  const ids = choices.map((choice) => choice.id).join(", ");
  throw new EncoderError(`There is no encoder ${idOrFolder}: give the folder of a CLIP or SigLIP export, or one of ${ids}`);
}

/** Looks upwards for `media/encoder`: this file lies at another depth in the sources than in the bundle. */
function builtinFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isEncoderFolder(join(folder, "media", "encoder"))) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return join(folder, "media", "encoder");
}

/** Whether a folder has a file that says what encoder it is. */
export function isEncoderFolder(folder: string): boolean {
  return [encoderFileName, "config.json", "open_clip_config.json"].some((name) => existsSync(join(folder, name)));
}

async function listFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}
