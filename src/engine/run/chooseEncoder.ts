import type { ImageEncoder } from "../encode/encoderFolder.ts";
import { findVariant, readAnyEncoder, readEncoder, withShrinkOnLoad } from "../encode/encoderFolder.ts";
import { builtinEncoderId, findEncoder, listEncoders } from "../encode/encoders.ts";
import { EncoderError } from "../encode/encoderError.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import { findImported, importedPrefix, isImported, listImported, readImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { readSummary } from "../store/analysis.ts";
import { readCertificate } from "../store/certificates.ts";
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
  const told = [...notices, ...otherRevision(encoder, wish.recipe)];
  if (!wish.shrinkOnLoad || isImported(encoder)) return { encoder, notices: told };
  const shrinking = withShrinkOnLoad(encoder);
  return { encoder: shrinking, notices: [...told, await gradeOfShrinking(env, shrinking)] };
}

/** What is known of how far shrinking on load moves vectors. */
async function gradeOfShrinking(env: Env, { descriptor: { id, folder } }: ImageEncoder): Promise<string> {
  const certificate = await readCertificate(env, id);
  const what = "Large JPEGs are decoded smaller than they are";
  return certificate === undefined
    ? `${what}, and how far that moves the vectors is not certified: "winnow parity ${folder} --shrink-on-load" tells`
    : `${what}: ${certificate.grade} by the parity certificate against ${certificate.reference.name}`;
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

/** A word in the place of a companion's id or folder: none, though the recipe names one. */
export const noCompanion = "none";

/** The companion of a run: undefined where there is none. `isLeft` where a person wants none any more, so that the recipe forgets it. */
export interface ChosenCompanion {
  readonly companion: ImageEncoder | undefined;
  readonly isLeft: boolean;
  readonly notices: readonly string[];
}

/** Chooses the companion that is asked for; else the recipe's, where it is here. Throws an EncoderError for one that is asked for and can't be used, or is the first encoder itself. */
export async function chooseCompanion(
  env: Env,
  root: string,
  { asked, recipe, encoder }: { asked: string | undefined; recipe: string | undefined; encoder: VectorSource },
): Promise<ChosenCompanion> {
  if (asked === noCompanion || (asked === undefined && recipe === undefined))
    return { companion: undefined, isLeft: asked === noCompanion, notices: [] };
  if (isImported(encoder)) return withImported(encoder.descriptor.name, asked);
  if (asked === undefined) return await recipeCompanion(env, root, recipe!);
  const companion = await readAnyEncoder(env, (await findEncoder(env, asked)).folder);
  if (companion.descriptor.id === encoder.descriptor.id)
    throw new EncoderError(`${asked} is the encoder itself and can't be its own companion: name another with --companion`);
  return { companion, isLeft: false, notices: [] };
}

/** Imported vectors are analysed as they are. */
function withImported(name: string, asked: string | undefined): ChosenCompanion {
  const why = `${name} has vectors alone, which are analysed as they are`;
  if (asked !== undefined) throw new EncoderError(`${why}: leave --companion out, or name another encoder`);
  return { companion: undefined, isLeft: false, notices: [`${why}: the recipe's companion is not used`] };
}

async function recipeCompanion(env: Env, root: string, id: string): Promise<ChosenCompanion> {
  const folders = [await lastCompanionFolder(env, root), ...(await listEncoders(env)).map(({ folder }) => folder)];
  for (const folder of folders) {
    const companion = folder === undefined ? undefined : await readAnyEncoder(env, folder).catch(() => undefined);
    if (companion?.descriptor.id === id) return { companion, isLeft: false, notices: [] };
  }
  const notice = `The recipe's companion ${id} is not here, so near-duplicates are those that the encoder alone sees: name its folder with --companion`;
  return { companion: undefined, isLeft: false, notices: [notice] };
}

async function lastCompanionFolder(env: Env, root: string): Promise<string | undefined> {
  const generation = await findGeneration(env, root);
  return generation === undefined ? undefined : (await readSummary(generation)).companion?.folder;
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
