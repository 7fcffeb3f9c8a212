import { findVariant, readEncoder, withShrinkOnLoad } from "../encode/encoderFolder.ts";
import { builtinEncoderId, findEncoder, listEncoders } from "../encode/encoders.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import { findImported, importedPrefix, isImported, listImported, readImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { readSummary } from "../store/analysis.ts";
import { findGeneration } from "../store/generations.ts";

/** The encoder of a run, and sentences that a person should read about the choice. */
export interface ChosenEncoder {
  readonly encoder: VectorSource;
  readonly notices: readonly string[];
}

/** What the choice of an encoder goes by: what is asked for, and the id that the recipe names. */
export interface EncoderWish {
  readonly asked: string | undefined;
  readonly shrinkOnLoad: boolean;
  readonly recipe: string | undefined;
}

/** Chooses the encoder that is asked for; else the last run's, else the recipe's where it is here, else the built-in one. Throws an EncoderError. */
export async function chooseEncoder(env: Env, root: string, wish: EncoderWish): Promise<ChosenEncoder> {
  const { encoder, notices } = await chooseModel(env, root, wish);
  return {
    encoder: wish.shrinkOnLoad && !isImported(encoder) ? withShrinkOnLoad(encoder) : encoder,
    notices: [...notices, ...otherRevision(encoder, wish.recipe)],
  };
}

/** The same encoder by name, whose files are others than those that the recipe was made with. */
function otherRevision(encoder: VectorSource, recipe: string | undefined): string[] {
  const { id, name } = encoder.descriptor;
  if (recipe === undefined || recipe === id || !recipe.startsWith(`${name}@`)) return [];
  if (!isImported(encoder) && findVariant(encoder, recipe) !== undefined) return [];
  return [
    `The recipe was made with another revision of ${name} (${recipe}): everything is encoded anew for ${id}, and the recipe's thresholds may not fit; the old vectors stay in the cache`,
  ];
}

async function chooseModel(env: Env, root: string, { asked, recipe }: EncoderWish): Promise<ChosenEncoder> {
  if (asked !== undefined) return withNotices(await open(env, asked));
  const last = await lastEncoder(env, root);
  if (last !== undefined) return withNotices(last);
  if (recipe === undefined) return withNotices(await open(env, builtinEncoderId));
  const same = await findById(env, recipe);
  if (same !== undefined) return withNotices(same);
  const { encoder, notices } = withNotices(await open(env, builtinEncoderId));
  return {
    encoder,
    notices: [`The recipe was made with the encoder ${recipe}, which is not here: name its folder with --encoder`, ...notices],
  };
}

async function open(env: Env, idOrFolder: string): Promise<VectorSource> {
  if (idOrFolder.startsWith(importedPrefix)) return await findImported(env, idOrFolder);
  return await readEncoder(env, (await findEncoder(env, idOrFolder)).folder);
}

async function lastEncoder(env: Env, root: string): Promise<VectorSource | undefined> {
  const generation = await findGeneration(env, root);
  const folder = generation === undefined ? undefined : (await readSummary(generation)).encoder?.folder;
  if (folder === undefined) return undefined;
  return (
    (await readImported(env, folder)) ??
    (await readEncoder(env, folder).catch((error: unknown) => {
      env.log("encode.choose", `the last run's encoder can't be opened: ${String(error)}`);
      return undefined;
    }))
  );
}

async function findById(env: Env, id: string): Promise<VectorSource | undefined> {
  const imported = (await listImported(env)).find(({ descriptor }) => descriptor.id === id);
  if (imported !== undefined) return imported;
  for (const { folder } of await listEncoders(env)) {
    const encoder = await readEncoder(env, folder).catch(() => undefined);
    if (encoder !== undefined && findVariant(encoder, id) !== undefined) return encoder;
  }
  return undefined;
}

function withNotices(encoder: VectorSource): ChosenEncoder {
  const notice = "Scored with the built-in encoder, which is for trying Winnow and not for photographs: name a real one with --encoder";
  return { encoder, notices: encoder.descriptor.builtin ? [notice] : [] };
}
