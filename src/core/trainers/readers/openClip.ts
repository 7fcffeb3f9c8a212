import type { PandasTable } from "../../formats/pandasCsv.ts";
import { readPandasCsv } from "../../formats/pandasCsv.ts";
import { isMissingForPandas } from "../../formats/pandas.ts";
import { textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import type { Measured, ReadEvent, Trainer, TrainerFolder } from "../trainer.ts";

/** `open_clip_train.main --dataset-type csv`, started in the folder itself. Checked against the loader of open_clip_torch 3.3.0. */
export const openClip: Trainer = {
  id: "openClip",
  name: "open_clip, CSV",
  source: "open_clip_torch 3.3.0, open_clip_train/data.py (CsvDataset), with pandas 3.1.1",
  options: {
    table: { kind: "text", about: "the table below the folder; the only CSV or TSV at its top where none is named" },
    csvSeparator: { kind: "text", about: "what separates cells (a tab, written \\t)", otherwise: "\\t" },
    csvImgKey: { kind: "text", about: "column of the pictures' paths", otherwise: "filepath" },
    csvCaptionKey: { kind: "text", about: "column of the captions", otherwise: "title" },
    tokens: { kind: "number", about: "tokens of a caption that are read, special ones not counted", otherwise: 75 },
  },
  read,
  batches: ([images = 0], batchSize) => Math.floor(images / batchSize),
};

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const path = tableOf(folder, textOption(options, "table"));
  if (path === undefined) {
    yield stop("noPictures", {
      file: ".",
      message: "There is no single CSV or TSV at the top of the folder: name one with the option table",
    });
    return;
  }
  const [text] = await folder.readTexts([path]);
  if (text?.kind !== "text") {
    const code = text?.kind === "notUtf8" ? "notUtf8" : "badMetadata";
    yield stop(code, { file: path, message: `${path} is not UTF-8 or can't be read, and open_clip ends there` });
    return;
  }
  const separator = textOption(options, "csvSeparator") ?? "\\t";
  const table = readPandasCsv(text.text, separator === "\\t" ? "\t" : separator);
  if (table.kind === "error") yield stop("badMetadata", { file: path, message: `${path}: pandas ends with "${table.message}"` });
  else yield* readTable(folder, { path, table }, options);
}

function tableOf({ files }: TrainerFolder, named: string | undefined): string | undefined {
  const tables = files.filter(({ path }) => (named === undefined ? /^[^/]+\.(?:csv|tsv)$/i.test(path) : path === named));
  return tables.length === 1 ? tables[0]?.path : undefined;
}

async function* readTable(
  folder: TrainerFolder,
  { path, table }: { readonly path: string; readonly table: PandasTable },
  options: Options,
): AsyncGenerator<ReadEvent> {
  const [imageKey, captionKey] = [textOption(options, "csvImgKey") ?? "filepath", textOption(options, "csvCaptionKey") ?? "title"];
  const [image, caption] = [imageKey, captionKey].map((key) => table.columns.findIndex(({ name }) => name === key));
  const missing = image === -1 ? imageKey : caption === -1 ? captionKey : undefined;
  if (missing !== undefined || image === undefined || caption === undefined) {
    const names = table.columns.map(({ name }) => name).join(", ");
    yield stop("badMetadata", { file: path, message: `${path} has no column ${missing ?? ""} but ${names}, and open_clip ends there` });
    return;
  }
  if (table.indexed > 0)
    yield finding("badMetadata", "error", {
      file: path,
      message: `${path} has more cells than names: pandas moves all columns to the right`,
    });
  const sizes = await measureImages(folder, table.columns[image]!.values);
  for (let row = 0; row < table.rows; row += 1) {
    const name = table.columns[image]!.values[row] ?? "nan";
    const read = table.columns[caption]!.values[row] ?? "nan";
    yield* lookAtText(`${path}, row ${row + 1}`, { raw: table.raw[row]![caption]!, read });
    const size = sizes.get(name);
    yield* lookAtPicture(`${path}, row ${row + 1}`, name, size);
    yield { kind: "pair", image: name, texts: [read], set: path, repeats: 1, ...(typeof size === "object" ? { size } : {}) };
  }
}

/** What is known of the picture that a table names: its size, or that it can't be opened, is not there, or lies where nobody looked. */
type Found = Measured | "missing" | "outside";

async function measureImages(folder: TrainerFolder, names: readonly (string | undefined)[]): Promise<Map<string, Found>> {
  const listed = new Set(folder.files.map(({ path }) => path));
  const found = new Map<string, Found>();
  const inside: [name: string, path: string][] = [];
  for (const name of new Set(names.map((value) => value ?? "nan"))) {
    const path = pathBelow(folder.root, name);
    if (path === undefined) found.set(name, "outside");
    else if (!listed.has(path)) found.set(name, "missing");
    else inside.push([name, path]);
  }
  for (let from = 0; from < inside.length; from += 64) {
    const block = inside.slice(from, from + 64);
    const sizes = await folder.measure(block.map(([, path]) => path));
    block.forEach(([name], at) => found.set(name, sizes[at] ?? "unknown"));
  }
  return found;
}

/** The path below the root that a table's path leads to from there; undefined where it leads out. */
function pathBelow(root: string, name: string): string | undefined {
  const slashed = name.replaceAll("\\", "/");
  const isAbsolute = slashed.startsWith("/") || /^[A-Za-z]:\//.test(slashed);
  if (isAbsolute && !slashed.startsWith(`${root}/`)) return undefined;
  const parts: string[] = [];
  for (const part of (isAbsolute ? slashed.slice(root.length + 1) : slashed).split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

function* lookAtText(file: string, { raw, read }: { readonly raw: string; readonly read: string }): Generator<ReadEvent> {
  if (isMissingForPandas(raw)) {
    const what = raw === "" ? "an empty caption" : `the caption "${raw}"`;
    yield finding("readAsNan", "error", { file, message: `${file} has ${what}, which is trained as "nan"` });
  } else if (raw !== read) yield finding("changedText", "warning", { file, message: `${file}: "${raw}" is trained as "${read}"` });
}

function* lookAtPicture(file: string, name: string, found: Found | undefined): Generator<ReadEvent> {
  if (found === "missing")
    yield stop("missingPicture", { file, message: `${file} names ${name}, which is not there: open_clip ends at it` });
  if (found === "broken")
    yield stop("brokenPicture", { file, message: `${file} names ${name}, which can't be opened: open_clip ends at it` });
  if (typeof found === "object" && (found.orientation ?? 1) > 1)
    yield finding("unturnedPicture", "warning", {
      file,
      message: `${file} names ${name}, which EXIF turns (orientation ${found.orientation}): open_clip trains on it unturned`,
    });
  if (found === "outside")
    yield finding("missingPicture", "note", { file, message: `${file} names ${name} outside of the folder, where nobody looked` });
}
