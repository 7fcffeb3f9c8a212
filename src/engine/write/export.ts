import { access } from "node:fs/promises";
import { basename, dirname, join, posix, relative, resolve, sep } from "node:path";
import type { Locator } from "../../core/sample.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import type { DatasetPlace } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import { followLinks, isInside } from "../store/paths.ts";
import type { Content } from "../store/staging.ts";
import type { Exporter, ExportStyle, PathMode, PictureMode, PlacedItem } from "./exporters/exporter.ts";
import { exporters, findExporter } from "./exporters/exporters.ts";
import type { ExportItem, LeftOut } from "./exportItems.ts";
import { createNameGiver } from "./fileNames.ts";

/** What to export to where. `format` is an exporter's id, `out` an absolute folder outside of the dataset; the rest is the format's default where it is left out. */
export interface ExportRequest {
  readonly format: string;
  readonly out: string;
  readonly pictures?: PictureMode;
  readonly paths?: PathMode;
  readonly separator?: string;
}

/** What an export needs from outside: `readPicture` gives the bytes of a picture in an archive or a table, `hashOf` a picture's SHA-256 where it is known (spares reading what is linked). */
export interface ExportTools {
  readonly readPicture: (locator: Locator) => Promise<Uint8Array>;
  readonly hashOf?: (sample: string) => string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** An export that was written. `files` counts all files that were made, `operation` is null where there was nothing to write. */
export interface Exported {
  readonly format: string;
  readonly files: number;
  readonly samples: number;
  readonly captions: number;
  readonly leftOut: readonly LeftOut[];
  readonly operation: OperationId | null;
}

/** Files that are looked at at once. */
const concurrency = 16;

/**
 * Writes kept pairs in another format, as one operation that can be undone. Nothing is overwritten: a `ConflictError` lists the files that are in the way. The originals are only read.
 * Pictures inside archives and tables always go out as copies. What can't go out is listed in `leftOut`.
 */
export async function exportItems(
  dataset: OpenDataset,
  items: readonly ExportItem[],
  request: ExportRequest & ExportTools,
): Promise<Exported> {
  const exporter = findExporter(request.format);
  if (exporter === undefined)
    throw new Error(`Expected one of the formats ${exporters.map(({ id }) => id).join(", ")} but received ${request.format}`);
  return (await exportAs(dataset, items, { exporter, request })).exported;
}

/** An exporter that need not be in the registry, and what it is to do. */
interface ExportBy {
  readonly exporter: Exporter;
  readonly request: Omit<ExportRequest, "format"> & ExportTools;
}

/** What `exportItems` does, by an exporter that need not be in the registry; gives the items where they went, too. */
export async function exportAs(
  dataset: OpenDataset,
  items: readonly ExportItem[],
  by: ExportBy,
): Promise<{ exported: Exported; placed: readonly PlacedItem[] }> {
  const { exporter, request } = by;
  const { placed, changes, leftOut, out, paths } = await placeItems(dataset, items, by);
  const style: ExportStyle = {
    separator: request.separator ?? "\t",
    nameFrom: namer(out, paths),
    pathOf: (picture) => slashes(relative(out, picture)),
  };
  for (const { path, pieces } of placed.length === 0 ? [] : exporter.files(placed, style)) {
    changes.push({ path: join(out, path), before: null, content: { kind: "text", pieces } });
  }
  const captions = placed.reduce((count, item) => count + item.captions.length, 0);
  const summary = `${exporter.id}: ${placed.length} samples and ${captions} captions to ${basename(out)}`;
  const { signal, onProgress } = request;
  const operation = await applyOperation(dataset, {
    kind: "export",
    summary,
    changes: changes.map((change) => ({ ...change, path: recordedPath(dataset, change.path) })),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const written = { format: exporter.id, files: changes.length, samples: placed.length, captions };
  return { exported: { ...written, leftOut, operation: operation?.operation ?? null }, placed };
}

/** Where items go by an exporter, and the changes that bring their pictures there; nothing is written. Throws where the folder lies among the dataset's own files. */
export async function placeItems(
  dataset: DatasetPlace,
  items: readonly ExportItem[],
  { exporter, request }: ExportBy,
): Promise<{ placed: PlacedItem[]; changes: Change[]; leftOut: LeftOut[]; out: string; paths: PathMode }> {
  const pictures = choose(exporter, "pictures", exporter.pictures, request.pictures);
  const paths = choose(exporter, "paths", exporter.paths, request.paths);
  const out = resolve(request.out);
  const real = await followLinks(out);
  // The folders of runs are no part of the dataset.
  if (isInside(dataset.realRoot, real) && !isInside(join(dataset.folder, "runs"), real))
    throw new Error(
      `${out} lies in the dataset ${dataset.root}: choose a folder outside of it, or the export would become part of the dataset`,
    );
  const { present, leftOut } = await findPresent(items, pictures);
  return { ...(await placePictures(present, { exporter, pictures, out, tools: request })), leftOut, out, paths };
}

/** A path as the dataset's records have it: they name nothing of their own folder by where that lies. */
function recordedPath({ folder }: DatasetPlace, path: string): string {
  return isInside(folder, path) ? `.winnow/${slashes(relative(folder, path))}` : path;
}

/** The file names that items' pictures go out under, before any is changed because two are equal. */
export async function namePictures(items: readonly ExportItem[], tools: Pick<ExportTools, "readPicture">): Promise<string[]> {
  const tableEndings = new Map<string, string>();
  const names: string[] = [];
  for (const item of items) names.push(await fileNameOf(item, tableEndings, tools));
  return names;
}

function choose<Mode extends string>(exporter: Exporter, what: string, possible: readonly Mode[], wanted: Mode | undefined): Mode {
  const [otherwise] = possible;
  const chosen = wanted ?? otherwise;
  if (chosen === undefined || !possible.includes(chosen))
    throw new Error(`Expected ${what} ${possible.join(" or ")} for the format ${exporter.id} but received ${String(wanted)}`);
  return chosen;
}

/** Leaves out pictures that are gone, and those that a text file can't name. */
async function findPresent(items: readonly ExportItem[], pictures: PictureMode): Promise<{ present: ExportItem[]; leftOut: LeftOut[] }> {
  const reasons = new Map<ExportItem, string>();
  await eachConcurrently(items, concurrency, async (item) => {
    const { locator } = item;
    if (locator.kind === "file" && locator.nameBytes !== undefined && pictures === "reference") {
      reasons.set(item, "the name of its file is not valid UTF-8 and can't be referred to: export copies");
    }
    const path = locator.kind === "file" ? sourceOf(locator) : locator.kind === "member" ? locator.archive : locator.table;
    await access(path).catch(() => reasons.set(item, "its picture can't be opened"));
  });
  const leftOut = [...reasons].map(([{ sample }, why]): LeftOut => ({ sample, captionIndex: null, why }));
  return { present: items.filter((item) => !reasons.has(item)), leftOut };
}

async function placePictures(
  items: readonly ExportItem[],
  { exporter, pictures, out, tools }: { exporter: Exporter; pictures: PictureMode; out: string; tools: ExportTools },
): Promise<{ placed: PlacedItem[]; changes: Change[] }> {
  const giveName = createNameGiver();
  const tableEndings = new Map<string, string>();
  const placed: PlacedItem[] = [];
  const changes: Change[] = [];
  for (const item of items) {
    const { locator } = item;
    if (locator.kind === "file" && pictures === "reference") {
      placed.push({ ...item, picture: locator.path });
      continue;
    }
    const picture = join(out, giveName(exporter.placeOf(item, await fileNameOf(item, tableEndings, tools))));
    placed.push({ ...item, picture });
    changes.push({ path: picture, before: null, content: contentOf(item, pictures, tools) });
    for (const { from, to } of exporter.besides?.({ ...item, picture }) ?? [])
      changes.push({ path: join(out, to), before: null, content: { kind: pictures === "hardlink" ? "link" : "copy", from } });
  }
  return { placed, changes };
}

function contentOf({ sample, locator }: ExportItem, pictures: PictureMode, { readPicture, hashOf }: ExportTools): Content {
  if (locator.kind !== "file") return { kind: "read", read: () => readPicture(locator) };
  if (pictures !== "hardlink") return { kind: "copy", from: sourceOf(locator) };
  const hash = hashOf?.(sample);
  return { kind: "link", from: sourceOf(locator), ...(hash === undefined ? {} : { hash }) };
}

/** A picture's file name: its own, or for a row of a table the row's number with the ending of the table's first picture (all readers look at the bytes, not at the ending). */
async function fileNameOf(
  { locator }: ExportItem,
  tableEndings: Map<string, string>,
  { readPicture }: Pick<ExportTools, "readPicture">,
): Promise<string> {
  if (locator.kind === "file") return basename(locator.path);
  if (locator.kind === "member") return posix.basename(locator.member);
  const key = `${locator.table}\n${locator.column}`;
  let ending = tableEndings.get(key);
  if (ending === undefined) tableEndings.set(key, (ending = endingOf(await readPicture(locator))));
  return `${basename(locator.table).replace(/\.[^.]*$/, "")}-${String(locator.row).padStart(6, "0")}${ending}`;
}

function endingOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\x89PNG")) return ".png";
  if (head.startsWith("GIF8")) return ".gif";
  if (head.startsWith("BM")) return ".bmp";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return ".webp";
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return ".tif";
  return head.slice(4, 8) === "ftyp" ? ".avif" : ".jpg";
}

function namer(out: string, paths: PathMode): ExportStyle["nameFrom"] {
  if (paths === "absolute") return (picture) => picture;
  return (picture, file) => slashes(relative(dirname(join(out, file)), picture));
}

/** A path with forward slashes, as files that go to other machines have it. */
export function slashes(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

function sourceOf(locator: Extract<Locator, { kind: "file" }>): string | Buffer {
  return locator.nameBytes === undefined ? locator.path : Buffer.from(locator.nameBytes);
}
