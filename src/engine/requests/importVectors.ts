import { basename, resolve } from "node:path";
import { createRandom, drawDistinct } from "../../core/random.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { DiscoverChoice } from "../../protocol/engineApi.ts";
import { discover } from "../discover/discover.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { textKey } from "../encode/encodeTexts.ts";
import { findEncoder } from "../encode/encoders.ts";
import type { ImportedEncoder, VectorSource } from "../encode/importedEncoder.ts";
import { importedEncoder, importedPrefix, isImported, recordImport } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { findPartitions } from "../import/partitions.ts";
import type { VectorArray } from "../import/partitions.ts";
import type { HashedDataset, ImportPlan, PlannedPartition } from "../import/plan.ts";
import { planImport } from "../import/plan.ts";
import type { Agreement, Claimed } from "../import/spotCheck.ts";
import { agreementOf, compareWithOurs } from "../import/spotCheck.ts";
import type { RowCounts } from "../import/storeVectors.ts";
import { noRows, pickVectors, storeVectors } from "../import/storeVectors.ts";
import { ImportError } from "../import/vectorBlocks.ts";
import { discoverOptionsFrom } from "../run/discoverOptions.ts";
import { decodeDataset } from "../run/encodeDataset.ts";
import { createStageClock } from "../run/stageClock.ts";
import { openHold } from "../store/holds.ts";
import type { Modality, VectorStore } from "../store/vectors.ts";
import { openVectors, vectorsFolder } from "../store/vectors.ts";
import type { Watch } from "../watch.ts";

/**
 * Vectors to take over for a dataset's pictures and texts. `encoder` is one that is here, whose vectors they are said to be, or a name for those of an encoder
 * that isn't. With `trust` they are also taken where they are not what the encoder here gives, under a name of their own.
 */
export interface ImportRequest {
  readonly root: string;
  readonly from: string;
  readonly encoder: string;
  /** Which of DataComp's arrays: `b32`, `l14`. */
  readonly array?: string;
  readonly trust: boolean;
  readonly provider: ProviderChoice;
  readonly discover: DiscoverChoice;
}

/** What was imported. `encoder` is what `--encoder` takes; `refused` has a sentence for each part that was not taken, `agreement` is null where no encoder is here. */
export interface ImportReport {
  readonly encoder: string;
  readonly encoderId: string;
  readonly isImported: boolean;
  readonly rows: number;
  readonly images: RowCounts;
  readonly texts: RowCounts;
  readonly agreement: { readonly images: Agreement | null; readonly texts: Agreement | null } | null;
  readonly refused: readonly string[];
}

/** So many pictures and texts are encoded here and compared before anything is taken over. */
const checkedRows = 16;
/** The seed of their choice: the same import is judged by the same rows. */
const checkSeed = 1;
/** Two runtimes and float16 stay above this; another preprocessing does not (FACTS: "usable"). */
const leastCosine = 0.999;

/**
 * Takes over vectors that were made elsewhere, instead of encoding: rows are matched to the dataset's pictures and texts, and stored as if they had been encoded.
 * Where the encoder is here, some are encoded and compared first. Rejects with an `ImportError`, an EncoderError, a DiscoverError, and the signal's reason.
 */
export async function importVectors(env: Env, request: ImportRequest, watch: Watch): Promise<ImportReport> {
  const asked = await findTarget(env, request.encoder);
  const choice = { array: request.array, dim: typeof asked === "string" ? undefined : asked.descriptor.dim };
  const partitions = await findPartitions(resolve(request.from), choice);
  const dataset = await hashDataset(env, request, watch);
  const plan = await planImport(env, dataset, { partitions, dim: choice.dim, signal: watch.signal });
  const { dim } = plan;
  if (plan.partitions.length === 0 || dim === undefined) throw new ImportError(plan.refused.join("; ") || `${request.from} has no vectors`);
  const agreement = typeof asked === "string" ? null : await checkAgreement(env, asked, { dataset, plan, request, signal: watch.signal });
  const encoder = targetOf(env, asked, { dim, agrees: agreement === null || isAgreeing(agreement) });
  const hold = openHold(env);
  try {
    await hold.keep([vectorsFolder(env, encoder.descriptor.id)]);
    if (isImported(encoder)) await checkEarlier(env, encoder, plan);
    const counts = await storeAll(env, encoder, plan, watch);
    if (isImported(encoder)) await recordImport(encoder, resolve(request.from));
    const rows = plan.partitions.reduce((sum, partition) => sum + partition.rows, 0);
    const name = isImported(encoder) ? encoder.descriptor.name : request.encoder;
    return {
      encoder: name,
      encoderId: encoder.descriptor.id,
      isImported: isImported(encoder),
      rows,
      ...counts,
      agreement,
      refused: plan.refused,
    };
  } finally {
    await hold.release();
  }
}

/** The encoder that is here, or the name of one that isn't. A name that looks like a path is a mistake. */
async function findTarget(env: Env, asked: string): Promise<Encoder | string> {
  if (asked.startsWith(importedPrefix)) return asked.slice(importedPrefix.length);
  try {
    const { folder } = await findEncoder(env, asked);
    return await readEncoder(env, folder);
  } catch (error) {
    if (/[\\/]/.test(asked) || basename(asked) !== asked) throw error;
    env.log("import.encoder", `${asked} is taken for a name: ${String(error)}`);
    return asked;
  }
}

async function hashDataset(
  env: Env,
  { root, discover: choice }: ImportRequest,
  { signal, onProgress }: Watch,
): Promise<HashedDataset & { readonly root: string }> {
  const clock = createStageClock(env, onProgress);
  const discovered = await discover(env, root, { ...discoverOptionsFrom(choice), signal });
  const { hashes } = await decodeDataset(env, discovered, { clock, signal });
  return { root: discovered.root, samples: discovered.samples, hashes };
}

function isAgreeing({ images, texts }: NonNullable<ImportReport["agreement"]>): boolean {
  return [images, texts].every((agreement) => agreement === null || agreement.least >= leastCosine);
}

function targetOf(env: Env, asked: Encoder | string, { dim, agrees }: { readonly dim: number; readonly agrees: boolean }): VectorSource {
  if (typeof asked === "string") return importedEncoder(env, asked, dim);
  // What doesn't agree has got this far only because it is trusted.
  return agrees ? asked : importedEncoder(env, asked.descriptor.name.replaceAll(/[^\w.-]+/g, "-"), dim);
}

interface Checked {
  readonly dataset: HashedDataset;
  readonly plan: ImportPlan;
  readonly request: ImportRequest;
  readonly signal: AbortSignal;
}

/** Compares some of the vectors with those that the encoder here gives. Throws an ImportError where they are not the same and are not trusted. */
async function checkAgreement(
  env: Env,
  encoder: Encoder,
  { dataset, plan, request, signal }: Checked,
): Promise<NonNullable<ImportReport["agreement"]>> {
  const agreement = await compareWithOurs(env, encoder, await drawClaims(dataset, plan), { provider: request.provider, signal });
  if (!isAgreeing(agreement) && !request.trust)
    throw new ImportError(
      `The vectors in ${request.from} are not those of ${encoder.descriptor.name} (${formatAgreement(agreement)}, at least ${leastCosine} is expected): nothing was taken; with --trust they are taken under a name of their own`,
    );
  return agreement;
}

/** How like the vectors are, for a sentence. */
export function formatAgreement({ images, texts }: NonNullable<ImportReport["agreement"]>): string {
  const parts = [
    ["pictures", images],
    ["texts", texts],
  ] as const;
  const told = parts.flatMap(([what, agreement]) =>
    agreement === null
      ? []
      : [`${agreement.count} ${what} compared: cosine ${agreement.least.toFixed(4)} at least, ${agreement.mean.toFixed(4)} on average`],
  );
  return told.length === 0 ? "nothing could be compared" : told.join("; ");
}

async function drawClaims({ samples, hashes }: HashedDataset, plan: ImportPlan): Promise<Claimed> {
  const locators = new Map(samples.flatMap(({ locator }, row) => (hashes[row] === undefined ? [] : [[hashes[row], locator] as const])));
  const texts = new Map(samples.flatMap(({ captions }) => captions.map(({ text }) => [textKey(text), text] as const)));
  const [pictures, captions] = [await drawVectors(plan, "image"), await drawVectors(plan, "text")];
  return {
    pictures: pictures.map(({ key, vector }) => ({ locator: locators.get(key)!, vector })),
    texts: captions.map(({ key, vector }) => ({ text: texts.get(key)!, vector })),
  };
}

interface Drawn {
  readonly key: ContentHash;
  readonly vector: Float32Array;
}

/** Draws some of the vectors that are somebody's, over all partitions. */
async function drawVectors({ partitions }: ImportPlan, modality: Modality): Promise<readonly Drawn[]> {
  const places = partitions.flatMap((planned, at) => {
    const { array, keys } = sideOf(planned, modality);
    return array === undefined ? [] : keys.flatMap((key, row) => (key === undefined ? [] : [{ at, row, key }]));
  });
  const chosen = drawDistinct(createRandom(checkSeed), checkedRows, places.length).map((place) => places[place]!);
  const drawn: Drawn[] = [];
  for (const at of new Set(chosen.map((place) => place.at))) {
    const own = chosen.filter((place) => place.at === at);
    const picked = await pickVectors(sideOf(partitions[at]!, modality).array!, new Set(own.map(({ row }) => row)));
    drawn.push(...own.flatMap(({ row, key }) => (picked.has(row) ? [{ key, vector: picked.get(row)! }] : [])));
  }
  return drawn;
}

function sideOf(
  { partition, imageKeys, textKeys }: PlannedPartition,
  modality: Modality,
): { array: VectorArray | undefined; keys: readonly (ContentHash | undefined)[] } {
  return modality === "image" ? { array: partition.images, keys: imageKeys } : { array: partition.texts, keys: textKeys };
}

/** Vectors under one name are to be one encoder's: some that were there before are compared with what comes. */
async function checkEarlier(env: Env, { descriptor }: ImportedEncoder, plan: ImportPlan): Promise<void> {
  for (const modality of ["image", "text"] as const) {
    const store = await openVectors(env, descriptor.id, modality, descriptor.dim);
    const both = (await drawVectors(plan, modality)).filter(({ key }) => store.has(key));
    const earlier = await store.read(both.map(({ key }) => key));
    const cosines = both.map(({ vector }, at) => vector.reduce((sum, value, i) => sum + value * earlier[at * descriptor.dim + i]!, 0));
    const agreement = agreementOf(cosines);
    if (agreement !== null && agreement.least < leastCosine)
      throw new ImportError(
        `Other vectors were imported as ${descriptor.name} before (${agreement.count} compared: cosine ${agreement.least.toFixed(4)} at least): give these another name`,
      );
  }
}

async function storeAll(
  env: Env,
  { descriptor }: VectorSource,
  { partitions }: ImportPlan,
  { signal, onProgress }: Watch,
): Promise<{ readonly images: RowCounts; readonly texts: RowCounts }> {
  const { id, dim } = descriptor;
  const sides = { image: await openSide(env, id, "image", dim), text: await openSide(env, id, "text", dim) };
  const arrays = partitions.flatMap((planned) =>
    (["image", "text"] as const).map((modality) => ({ modality, ...sideOf(planned, modality) })),
  );
  const total = arrays.reduce((sum, { array, keys }) => sum + (array === undefined ? 0 : keys.length), 0);
  let done = 0;
  const onRows = (count: number): void => onProgress({ stage: "encode", done: (done += count), cached: 0, total });
  for (const { modality, array, keys } of arrays) {
    if (array !== undefined) await storeVectors(array, { keys, ...sides[modality], signal, onRows });
  }
  return { images: sides.image.counts, texts: sides.text.counts };
}

async function openSide(
  env: Env,
  id: ImportedEncoder["descriptor"]["id"],
  modality: Modality,
  dim: number,
): Promise<{ readonly store: VectorStore; readonly counts: RowCounts }> {
  return { store: await openVectors(env, id, modality, dim), counts: noRows() };
}
