import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { openPromise } from "yauzl";
import { exists } from "../store/paths.ts";
import type { ArrayBytes } from "./vectorBlocks.ts";
import { ImportError, readShape } from "./vectorBlocks.ts";

/** Vectors that lie in one array; `open` reads it from the beginning. */
export interface VectorArray {
  readonly label: string;
  readonly open: () => ArrayBytes;
}

/** Vectors of pictures and of texts that belong row by row to the rows of a table. */
export interface Partition {
  readonly metadata: string;
  readonly images: VectorArray | undefined;
  readonly texts: VectorArray | undefined;
}

/** Which of DataComp's arrays is meant, where a file has several: by its name (`b32`, `l14`), or by its dimension. */
export interface ArrayChoice {
  readonly array?: string | undefined;
  readonly dim?: number | undefined;
}

/**
 * Finds vectors that others made: a folder of clip-retrieval's (`img_emb/img_emb_0.npy`, `text_emb/text_emb_0.npy`, `metadata/metadata_0.parquet`; its writer.py) or of
 * DataComp's (`name.npz` with `b32_img`, `b32_txt`, `l14_img`, `l14_txt` beside `name.parquet`; its apply_filter.py), or one file of either. Throws an ImportError
 * that says what was expected.
 */
export async function findPartitions(from: string, choice: ArrayChoice): Promise<readonly Partition[]> {
  const isFolder = (await stat(from).catch(() => undefined))?.isDirectory();
  if (isFolder === undefined) throw new ImportError(`There is nothing at ${from}`);
  const partitions = isFolder ? await partitionsOfFolder(from, choice) : await partitionsOfFile(from, choice);
  if (partitions.length > 0) return partitions;
  throw new ImportError(
    `${from} has no vectors in clip-retrieval's layout (img_emb/img_emb_0.npy, text_emb/text_emb_0.npy, metadata/metadata_0.parquet) nor in DataComp's (name.npz beside name.parquet)`,
  );
}

async function partitionsOfFolder(folder: string, choice: ArrayChoice): Promise<Partition[]> {
  const metadata = await readdir(join(folder, "metadata")).catch(() => []);
  const numbers = metadata.flatMap((name) => /^metadata_(\d+)\.parquet$/.exec(name)?.[1] ?? []).sort();
  if (numbers.length > 0) return await Promise.all(numbers.map((number) => retrievalPartition(folder, number)));
  const archives = (await readdir(folder)).filter((name) => name.endsWith(".npz")).sort();
  return await Promise.all(archives.map((name) => dataCompPartition(join(folder, name), choice)));
}

async function partitionsOfFile(file: string, choice: ArrayChoice): Promise<Partition[]> {
  if (extname(file) === ".npz") return [await dataCompPartition(file, choice)];
  const number = /^(?:img_emb|text_emb|metadata)_(\d+)\.(?:npy|parquet)$/.exec(basename(file))?.[1];
  return number === undefined ? [] : [await retrievalPartition(dirname(dirname(file)), number)];
}

async function retrievalPartition(folder: string, number: string): Promise<Partition> {
  const metadata = await found(join(folder, "metadata", `metadata_${number}.parquet`));
  const array = async (kind: "img_emb" | "text_emb"): Promise<VectorArray | undefined> => {
    const path = join(folder, kind, `${kind}_${number}.npy`);
    return (await exists(path)) ? { label: path, open: () => createReadStream(path) } : undefined;
  };
  return { metadata, images: await array("img_emb"), texts: await array("text_emb") };
}

async function dataCompPartition(file: string, choice: ArrayChoice): Promise<Partition> {
  const metadata = await found(`${file.slice(0, -".npz".length)}.parquet`);
  const names = await memberNames(file);
  const arrays = [...new Set(names.flatMap((name) => /^(.+)_(?:img|txt)\.npy$/.exec(name)?.[1] ?? []))];
  const array = await chooseArray(file, arrays, { ...choice, names });
  const member = (name: string): VectorArray | undefined =>
    names.includes(name) ? { label: `${name} of ${file}`, open: () => readMember(file, name) } : undefined;
  return { metadata, images: member(`${array}_img.npy`), texts: member(`${array}_txt.npy`) };
}

async function chooseArray(
  file: string,
  arrays: readonly string[],
  { array, dim, names }: ArrayChoice & { names: readonly string[] },
): Promise<string> {
  const fitting: string[] = [];
  for (const name of arrays) {
    const member = names.includes(`${name}_img.npy`) ? `${name}_img.npy` : `${name}_txt.npy`;
    const isFitting =
      array === undefined ? dim === undefined || (await readShape(readMember(file, member), file)).dim === dim : array === name;
    if (isFitting) fitting.push(name);
  }
  if (fitting.length === 1) return fitting[0]!;
  throw new ImportError(
    `${file} has the arrays ${arrays.join(", ") || "of nobody that is known (name_img, name_txt)"}${dim === undefined ? "" : ` for an encoder of ${dim} dimensions`}: say which with --array`,
  );
}

async function found(path: string): Promise<string> {
  if (await exists(path)) return path;
  throw new ImportError(`${path} is missing: without it nobody knows whose vectors these are`);
}

async function memberNames(file: string): Promise<readonly string[]> {
  const archive = await openArchive(file);
  try {
    const names: string[] = [];
    for await (const { fileName } of archive.eachEntry()) names.push(fileName);
    return names;
  } finally {
    archive.close();
  }
}

async function* readMember(file: string, name: string): AsyncGenerator<Buffer> {
  const archive = await openArchive(file);
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName !== name) continue;
      for await (const chunk of await archive.openReadStreamPromise(entry)) yield chunk as Buffer;
      return;
    }
  } finally {
    archive.close();
  }
}

async function openArchive(file: string): ReturnType<typeof openPromise> {
  return await openPromise(file, { lazyEntries: true, autoClose: false }).catch((error: unknown) => {
    throw new ImportError(`${file} is no archive of numpy's (${(error as Error).message}): copy it again`, { cause: error });
  });
}
