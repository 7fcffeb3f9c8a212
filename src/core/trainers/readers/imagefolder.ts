import { textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import { dataFilesOf, imageExtensions, metadataNames, type DataFiles } from "../imagefolderFiles.ts";
import { fileColumnOf, readMetadata, type Metadata, type MetadataRow } from "../imagefolderTable.ts";
import { baseOf, folderOf, looksLikePicture, lowerExtension } from "../paths.ts";
import { sizeOf } from "../sidecars.ts";
import type { Measured, ReadEvent, Trainer, TrainerFolder } from "../trainer.ts";

/** `datasets.load_dataset("imagefolder", data_dir=…)`. Checked against the loader of datasets 5.2.0; zip archives and Parquet metadata are not looked into. */
export const imagefolder: Trainer = {
  id: "imagefolder",
  name: "Hugging Face datasets, ImageFolder",
  source: "datasets 5.2.0, packaged_modules/folder_based_builder and data_files.py",
  options: { captionColumn: { kind: "text", about: "the column of captions; the first of text, caption, prompt where none is named" } },
  read,
};

const captionColumns = ["text", "caption", "captions", "prompt", "title"];
const rowsAtOnce = 64;

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const splits = dataFilesOf(folder.files.map(({ path }) => path));
  yield* leftOut(folder, splits);
  const tables = await readTables(folder, splits);
  const wrong = problemOf([...tables.values()].flat());
  if (wrong !== undefined) {
    yield wrong;
    return;
  }
  const rowed = new Set<string>();
  let seen = false;
  for (const { split, files } of splits) {
    const own = tables.get(split) ?? [];
    seen ||= own.length > 0;
    if (!seen) yield* readLabelled(folder, split, files);
    for (const table of own) {
      if (table.kind !== "metadata") continue;
      const column = columnOf(table, textOption(options, "captionColumn"));
      if (column === undefined)
        yield finding("missingCaption", "warning", { file: table.path, message: `${table.path} has no column of captions` });
      yield* readRows(folder, { split, table, column, rowed });
    }
  }
  if (seen) yield* withoutRow(splits, rowed);
}

/** Pictures that the loader never lists: outside of all splits, hidden, or of a kind that it does not know. */
function* leftOut(folder: TrainerFolder, splits: readonly DataFiles[]): Generator<ReadEvent> {
  const listed = new Set(splits.flatMap(({ files }) => files));
  const bySplit = splits.map(({ split }) => split).join(", ");
  for (const { path } of folder.files) {
    if (listed.has(path) ? !looksLikePicture(path) || imageExtensions.has(lowerExtension(path)) : !looksLikePicture(path)) continue;
    if (listed.has(path))
      yield finding("ignoredPicture", "warning", {
        file: path,
        message: `${path} is left out: the loader doesn't know ${lowerExtension(path)}`,
      });
    else
      yield finding("splitLeftOut", "warning", {
        file: path,
        message: `${path} is left out: it lies in none of the splits found by names (${bySplit})`,
      });
  }
  for (const path of listed)
    if (path.endsWith(".zip"))
      yield finding("badMetadata", "note", { file: path, message: `${path} is an archive, which was not looked into here` });
  for (const { path } of folder.files) {
    if (metadataNames.has(baseOf(path)) && !listed.has(path))
      yield finding("badMetadata", "error", { file: path, message: `${path} is left out: it lies in none of the splits (${bySplit})` });
    else if (/^metadata.*\.(?:csv|jsonl|parquet)$/.test(baseOf(path)) && !metadataNames.has(baseOf(path)))
      yield finding("badMetadata", "warning", {
        file: path,
        message: `${path} is left out: only metadata.csv, .jsonl and .parquet are read`,
      });
  }
}

async function readTables(folder: TrainerFolder, splits: readonly DataFiles[]): Promise<Map<string, Metadata[]>> {
  const tables = new Map<string, Metadata[]>();
  for (const { split, files } of splits) {
    const paths = files.filter((path) => metadataNames.has(baseOf(path)));
    const texts = await folder.readTexts(paths);
    const read = paths.map((path, at) => readMetadata(path, texts[at]!));
    if (read.length > 0) tables.set(split, read);
  }
  return tables;
}

/** What ends the loader before it gives a row. */
function problemOf(tables: readonly Metadata[]): ReadEvent | undefined {
  const [first] = tables;
  if (first === undefined) return undefined;
  const kinds = [...new Set(tables.map(({ path }) => lowerExtension(path)))];
  if (kinds.length > 1)
    return stop("badMetadata", {
      file: first.path,
      message: `There are metadata files of several kinds (${kinds.join(", ")}), and the loader ends`,
    });
  const broken = tables.find((table) => table.kind === "broken");
  if (broken !== undefined)
    return stop(broken.code, { file: broken.path, message: `${broken.path}: ${broken.reason}, and the loader ends there` });
  const good = tables.filter((table) => table.kind === "metadata");
  const nameless = good.find((table) => fileColumnOf(table) === undefined);
  if (nameless !== undefined)
    return stop("badMetadata", {
      file: nameless.path,
      message: `${nameless.path} has no text column file_name or *_file_name, and the loader ends`,
    });
  return undefined;
}

function columnOf({ columns }: Metadata & { kind: "metadata" }, named: string | undefined): string | undefined {
  return (named === undefined ? captionColumns : [named]).find((name) => columns.has(name));
}

/** Without metadata there are no captions: names of folders become labels, where there are several at one depth. */
async function* readLabelled(folder: TrainerFolder, split: string, files: readonly string[]): AsyncGenerator<ReadEvent> {
  const images = files.filter((path) => imageExtensions.has(lowerExtension(path)));
  const [first] = images;
  if (first === undefined) return;
  const message = `There is no metadata file: ${images.length} pictures are read without captions, and names of folders may become labels`;
  yield finding("missingCaption", "warning", { file: split === "train" ? "." : split, message });
  const sizes = await measureAll(folder, images);
  for (const image of images) {
    yield* lookAtPicture(image, image, sizes.get(image));
    yield pairOf({ image, texts: [], set: split }, sizes.get(image));
  }
}

interface TableToRead {
  readonly split: string;
  readonly table: Metadata & { kind: "metadata" };
  readonly column: string | undefined;
  readonly rowed: Set<string>;
}

async function* readRows(folder: TrainerFolder, { split, table, column, rowed }: TableToRead): AsyncGenerator<ReadEvent> {
  const named = fileColumnOf(table) ?? "file_name";
  const listed = new Set(folder.files.map(({ path }) => path));
  for (let from = 0; from < table.rows.length; from += rowsAtOnce) {
    const block = table.rows.slice(from, from + rowsAtOnce).map((row) => ({ row, path: pathOf(table.path, row.cells[named]) }));
    const sizes = await measureAll(
      folder,
      block.flatMap(({ path }) => (path !== undefined && listed.has(path) ? [path] : [])),
    );
    for (const [at, { row, path }] of block.entries()) {
      const file = `${table.path}, row ${from + at + 1}`;
      if (path === undefined) {
        yield stop("missingPicture", { file, message: `${file} names no picture below its own folder, and the loader ends there` });
        continue;
      }
      rowed.add(path);
      yield* lookAtPicture(file, path, listed.has(path) ? sizes.get(path) : "missing");
      const text = column === undefined ? undefined : row.cells[column];
      yield* lookAtText(file, { row, column, text });
      yield pairOf({ image: path, texts: text === undefined ? [] : [text], set: split }, sizes.get(path));
    }
  }
}

/** A row's picture, from the folder of its metadata file and not out of it. */
function pathOf(table: string, name: string | undefined): string | undefined {
  if (name === undefined || name.includes("://") || name.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of name.replaceAll("\\", "/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  const folder = folderOf(table);
  return [...(folder === "" ? [] : [folder]), ...parts].join("/");
}

function* lookAtText(
  file: string,
  { row, column, text }: { row: MetadataRow; column: string | undefined; text: string | undefined },
): Generator<ReadEvent> {
  if (column === undefined) return;
  const raw = row.raw?.[column];
  if (text === undefined) {
    const what = raw === undefined || raw === "" ? "has no caption" : `has the caption "${raw}", which pandas takes for a missing value`;
    yield finding("missingCaption", "warning", { file, message: `${file} ${what}` });
  } else if (text.trim() === "") yield finding("emptyCaption", "warning", { file, message: `${file} has an empty caption` });
  else if (raw !== undefined && raw !== text)
    yield finding("changedText", "warning", { file, message: `${file}: "${raw}" is read as "${text}"` });
}

function* lookAtPicture(file: string, image: string, size: Measured | "missing" | undefined): Generator<ReadEvent> {
  if (size === "missing")
    yield stop("missingPicture", { file, message: `${file} names ${image}, which is not there: the loader ends when it comes to it` });
  else if (size === "broken")
    yield stop("brokenPicture", { file: image, message: `${image} can't be opened: the loader ends when it comes to it` });
}

function* withoutRow(splits: readonly DataFiles[], rowed: ReadonlySet<string>): Generator<ReadEvent> {
  for (const { files } of splits) {
    for (const path of files) {
      if (!imageExtensions.has(lowerExtension(path)) || rowed.has(path)) continue;
      yield finding("ignoredPicture", "warning", { file: path, message: `${path} is left out: no row of metadata names it` });
    }
  }
}

async function measureAll(folder: TrainerFolder, paths: readonly string[]): Promise<Map<string, Measured>> {
  const found = new Map<string, Measured>();
  for (let from = 0; from < paths.length; from += rowsAtOnce) {
    const block = paths.slice(from, from + rowsAtOnce);
    const sizes = await folder.measure(block);
    block.forEach((path, at) => found.set(path, sizes[at] ?? "unknown"));
  }
  return found;
}

function pairOf(pair: { image: string; texts: readonly string[]; set: string }, size: Measured | undefined): ReadEvent {
  return { kind: "pair", ...pair, repeats: 1, ...sizeOf(size ?? "unknown") };
}
