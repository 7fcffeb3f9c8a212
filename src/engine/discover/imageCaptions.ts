import type { Problem } from "../../core/problem.ts";
import type { Split } from "../../core/sample.ts";
import { findImage } from "./imagePaths.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { folderOf } from "./listing.ts";
import type { Found } from "./reader.ts";
import type { CaptionText } from "./samples.ts";
import { sampleFromFile } from "./samples.ts";
import { splitFromPath } from "./splits.ts";
import { placeInFile } from "./tableRows.ts";

/** A row of a table that names a picture. `image` is its path as given, tried from `folders` (below the root). */
export interface ImageRow {
  readonly table: ListedFile;
  readonly image: string;
  readonly folders: readonly string[];
  readonly captions: readonly CaptionText[];
  readonly split?: Split;
  readonly line?: number;
  readonly row?: number;
}

/** Gathers the rows of one or several tables by picture: several rows of a picture are several captions of one sample. */
export interface ImageCaptions {
  /** Takes a row; a problem where its picture is not there, told once for each path. */
  add(row: ImageRow): Problem | undefined;
  /**
   * The samples in the order in which their pictures were first named, then the pictures that no row names. Where rows name no split, the
   * first folder does.
   */
  finish(): Generator<Found>;
}

interface Gathered {
  readonly file: ListedFile;
  readonly captions: CaptionText[];
  split: Split | undefined;
}

/**
 * Starts to gather. Pictures that no row names are listed without captions when they lie in a folder that holds a named one,
 * or below one of `wholeFolders`.
 */
export function gatherImageCaptions(listing: Listing, wholeFolders: readonly string[] = []): ImageCaptions {
  const gathered = new Map<string, Gathered>();
  const missing = new Set<string>();
  const add = (row: ImageRow): Problem | undefined => {
    const found = findImage(listing, row.folders, row.image);
    if (found.kind === "file") {
      const before = gathered.get(found.file.path) ?? { file: found.file, captions: [], split: undefined };
      before.captions.push(...row.captions);
      before.split ??= row.split;
      gathered.set(found.file.path, before);
      return undefined;
    }
    if (missing.has(row.image)) return undefined;
    missing.add(row.image);
    return found.kind === "outside" ? outsideRoot(row) : missingImage(row, found.path);
  };
  return { add, finish: () => finish(listing, gathered, wholeFolders) };
}

function* finish(listing: Listing, gathered: ReadonlyMap<string, Gathered>, wholeFolders: readonly string[]): Generator<Found> {
  for (const { file, captions, split } of gathered.values()) {
    if (captions.length === 0) yield missingCaption(file, "its rows hold no caption");
    yield { kind: "sample", sample: sampleFromFile(listing, file, captions, split ?? splitFromPath(file.path)) };
    for (const { text, origin } of captions) {
      if (text.trim() === "") yield emptyCaption(file, origin.line ?? origin.row);
    }
  }
  const named = new Set([...gathered.values()].map(({ file }) => folderOf(file.path)));
  for (const image of listing.images) {
    if (gathered.has(image.path)) continue;
    if (!named.has(folderOf(image.path)) && !wholeFolders.some((folder) => isBelow(image.path, folder))) continue;
    yield missingCaption(image, "no row of a table names it");
    yield { kind: "sample", sample: sampleFromFile(listing, image, [], splitFromPath(image.path)) };
  }
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

function missingCaption(file: ListedFile, why: string): Found {
  const message = `${file.path} has no caption: ${why}`;
  const hint = "Add a caption, name the column that holds it (captionColumn), or take the picture out of the folder";
  return { kind: "problem", problem: { code: "missingCaption", severity: "warning", sample: file.path, file: file.path, message, hint } };
}

function emptyCaption(file: ListedFile, place: number | undefined): Found {
  const where = place === undefined ? "" : ` (line ${place + 1})`;
  const message = `${file.path} has an empty caption${where}`;
  const hint = "Write a caption, or drop the pair";
  return { kind: "problem", problem: { code: "emptyCaption", severity: "warning", sample: file.path, file: file.path, message, hint } };
}

function missingImage(row: ImageRow, path: string): Problem {
  const message = `${placeInFile(row.table, row)} names ${row.image}, but there is no file ${path}`;
  const hint = "Put the picture there, or say in which folder the pictures are (imageFolder)";
  return { code: "missingImage", severity: "error", file: row.table.path, message, hint };
}

function outsideRoot(row: ImageRow): Problem {
  const message = `${placeInFile(row.table, row)} names ${row.image}, which is outside the dataset's folder and was not read`;
  const hint = "Open the folder that holds both the table and the pictures, or write paths relative to it";
  return { code: "outsideRoot", severity: "error", file: row.table.path, message, hint };
}
