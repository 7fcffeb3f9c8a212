import type { ListedFile, Listing } from "./listing.ts";
import { baseOf, folderOf, resolveBelow } from "./listing.ts";
import type { ReadContext } from "./reader.ts";

/** Where a picture's path in a table leads: to a listed file, to nothing, or out of the dataset, where it is not followed. */
export type FoundImage =
  { readonly kind: "file"; readonly file: ListedFile } | { readonly kind: "missing"; readonly path: string } | { readonly kind: "outside" };

/** Names that are tried to find the folder that a table's paths start from. */
const triedNames = 32;

/**
 * The folders below the root that a table's paths are tried from, best first: the one that a person names, else the folder in which most of
 * the names are found (COCO's JSON, for one, doesn't name it), the table's own folder, the root.
 */
export function imageFolders(context: ReadContext, table: ListedFile, names: readonly string[]): string[] {
  const { listing, options } = context;
  if (options.imageFolder !== undefined) return [options.imageFolder.replace(/^\.?\/+|^\.$|\/+$/g, "")];
  const step = Math.max(1, Math.floor(names.length / triedNames));
  const tried = Array.from({ length: Math.min(triedNames, names.length) }, (_, index) => names[index * step] ?? "");
  let best = { folder: folderOf(table.path), hits: 0 };
  for (const folder of candidateFolders(listing, table)) {
    const hits = tried.filter((name) => listing.byPath.has(resolveBelow(listing, folder, name) ?? "")).length;
    if (hits > best.hits) best = { folder, hits };
    if (hits === tried.length) break;
  }
  return [...new Set([best.folder, folderOf(table.path), ""])];
}

/** The share of some of the names that lie in one of the folders, in [0, 1]: the evidence that a table belongs to the pictures here. */
export function shareFound(context: ReadContext, table: ListedFile, names: readonly string[]): number {
  if (names.length === 0) return 0;
  const folders = imageFolders(context, table, names);
  return names.filter((name) => findImage(context.listing, folders, name).kind === "file").length / names.length;
}

/** Follows a picture's path from the first of the folders where it leads to a listed file; never out of the root. */
export function findImage(listing: Listing, folders: readonly string[], given: string): FoundImage {
  let inside: string | undefined;
  for (const folder of folders) {
    const path = resolveBelow(listing, folder, given);
    if (path === undefined) continue;
    const file = listing.byPath.get(path);
    if (file !== undefined) return { kind: "file", file };
    inside ??= path;
  }
  return inside === undefined ? { kind: "outside" } : { kind: "missing", path: inside };
}

/**
 * All folders, the likely ones first: the table's own, the root, those whose name is in the table's name (`val2017` of
 * `captions_val2017.json`).
 */
function candidateFolders(listing: Listing, table: ListedFile): string[] {
  const folders = new Set<string>([folderOf(table.path), ""]);
  const all = new Set<string>();
  for (const folder of listing.byFolder.keys()) {
    for (let above = folder; above !== "" && !all.has(above); above = folderOf(above)) all.add(above);
  }
  const sorted = [...all].sort();
  for (const folder of sorted) if (baseOf(table.path).includes(baseOf(folder))) folders.add(folder);
  for (const folder of sorted) folders.add(folder);
  return [...folders];
}
