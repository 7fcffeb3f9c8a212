import type { ContentHash, Sample } from "../../core/sample.ts";
import type { NamedRow } from "../../core/imports/matchRows.ts";
import { createMatcher } from "../../core/imports/matchRows.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { Env } from "../env.ts";
import { eachMetadataRow, listKnownColumns } from "./metadata.ts";
import type { Partition } from "./partitions.ts";
import { readSidecars } from "./sidecars.ts";
import { readShape } from "./vectorBlocks.ts";

/** Whose vectors a partition's rows are: content hashes of pictures, and hashes of texts; undefined where a row is nobody's here. */
export interface PlannedPartition {
  readonly partition: Partition;
  readonly rows: number;
  readonly imageKeys: readonly (ContentHash | undefined)[];
  readonly textKeys: readonly (ContentHash | undefined)[];
}

/** A dataset with the hashes of its pictures, by the samples' rows. */
export interface HashedDataset {
  readonly samples: readonly Sample[];
  readonly hashes: readonly (ContentHash | undefined)[];
}

/** What can be imported, and a sentence about each partition that can't. `dim` is undefined where there is none. */
export interface ImportPlan {
  readonly partitions: readonly PlannedPartition[];
  readonly refused: readonly string[];
  readonly dim: number | undefined;
}

/** Matches the rows of partitions to a dataset's pictures and texts. The first partition's dimension, or the one asked for, holds for all. */
export async function planImport(
  env: Env,
  dataset: HashedDataset,
  {
    partitions,
    dim: wanted,
    signal,
  }: { readonly partitions: readonly Partition[]; readonly dim: number | undefined; readonly signal: AbortSignal },
): Promise<ImportPlan> {
  const matcher = await matcherOf(env, dataset, partitions, signal);
  const texts = new Map(dataset.samples.flatMap(({ captions }) => captions.map(({ text }) => [text.trim(), textKey(text)] as const)));
  texts.delete("");
  const [planned, refused]: [PlannedPartition[], string[]] = [[], []];
  const pathsOf = new Map<ContentHash, Set<string>>();
  let dim = wanted;
  for (const partition of partitions) {
    const imageKeys: (ContentHash | undefined)[] = [];
    const textKeys: (ContentHash | undefined)[] = [];
    for await (const row of eachMetadataRow(env, partition.metadata)) {
      if (imageKeys.length % 1024 === 0) signal.throwIfAborted();
      const key = matcher(row);
      imageKeys.push(key);
      if (key !== undefined && isByPathAlone(row)) pathsOf.set(key, (pathsOf.get(key) ?? new Set()).add(row.imagePath!));
      textKeys.push(row.caption === undefined ? undefined : texts.get(row.caption.trim()));
    }
    const fault = await faultOf(partition, imageKeys.length, (found) => ((dim ??= found) === found ? undefined : dim));
    if (fault === undefined) planned.push({ partition, rows: imageKeys.length, imageKeys, textKeys });
    else refused.push(fault);
  }
  return { partitions: withoutAmbiguous(planned, dataset, pathsOf), refused, dim };
}

function isByPathAlone({ imagePath, sha256, uid }: NamedRow): boolean {
  return imagePath !== undefined && sha256 === undefined && uid === undefined;
}

/** Rows of more paths than there are samples of a picture can't all be of it, and nobody knows which are: none is taken. */
function withoutAmbiguous(
  partitions: readonly PlannedPartition[],
  { hashes }: HashedDataset,
  pathsOf: ReadonlyMap<ContentHash, ReadonlySet<string>>,
): readonly PlannedPartition[] {
  const several = [...pathsOf].filter(([, paths]) => paths.size > 1);
  if (several.length === 0) return partitions;
  const samplesOf = new Map<ContentHash, number>();
  for (const hash of hashes) if (hash !== undefined) samplesOf.set(hash, (samplesOf.get(hash) ?? 0) + 1);
  const ambiguous = new Set(several.filter(([hash, paths]) => paths.size > (samplesOf.get(hash) ?? 0)).map(([hash]) => hash));
  return partitions.map((planned) => ({
    ...planned,
    imageKeys: planned.imageKeys.map((key) => (key !== undefined && ambiguous.has(key) ? undefined : key)),
  }));
}

async function matcherOf(
  env: Env,
  { samples, hashes }: HashedDataset,
  partitions: readonly Partition[],
  signal: AbortSignal,
): Promise<ReturnType<typeof createMatcher>> {
  const columns = (await Promise.all(partitions.map(({ metadata }) => listKnownColumns(env, metadata)))).flat();
  const asksSidecars = columns.includes("uid") || columns.includes("url");
  const sidecars = asksSidecars ? await readSidecars(env, samples, signal) : new Map<number, never>();
  return createMatcher(
    samples.flatMap(({ id, locator }, row) => {
      const hash = hashes[row];
      const path = locator.kind === "file" ? locator.path : undefined;
      return hash === undefined ? [] : [{ id, hash, path, ...sidecars.get(row) }];
    }),
  );
}

/** Why a partition can't be imported: rows that don't align, or another dimension. */
async function faultOf(
  { metadata, images, texts }: Partition,
  rows: number,
  otherDim: (dim: number) => number | undefined,
): Promise<string | undefined> {
  for (const array of [images, texts]) {
    if (array === undefined) continue;
    const shape = await readShape(array.open(), array.label);
    if (shape.rows !== rows)
      return `${array.label} has ${shape.rows} vectors, but ${metadata} has ${rows} rows that can be read: they don't belong together, and neither was taken`;
    const expected = otherDim(shape.dim);
    if (expected !== undefined)
      return `${array.label} has vectors of ${shape.dim} dimensions where ${expected} are expected, and was not taken`;
  }
  return undefined;
}
