import { join } from "node:path";

/**
 * One file of a person's folder. `path` is below the root with forward slashes, `absolute` opens it.
 * A name that is not valid UTF-8 has its bytes in `nameBytes` (the whole absolute path), and its invalid bytes stand in `path` as `%FF`.
 */
export interface ListedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly nameBytes?: Uint8Array;
}

/** What the walker saw below `root` (absolute) before any format is decided. All lists are in code-unit order of their paths. */
export interface Listing {
  readonly root: string;
  readonly files: readonly ListedFile[];
  readonly images: readonly ListedFile[];
  readonly byPath: ReadonlyMap<string, ListedFile>;
  /** Files that lie directly in a folder, by the folder's path below the root ("" is the root). */
  readonly byFolder: ReadonlyMap<string, readonly ListedFile[]>;
}

const imageExtensions: ReadonlySet<string> = new Set(".jpg .jpeg .png .webp .gif .bmp .tif .tiff .avif .heic .heif .jxl".split(" "));

/** Puts files into a listing; sorts them. */
export function createListing(root: string, found: readonly ListedFile[]): Listing {
  const files = [...found].sort((a, b) => comparePaths(a.path, b.path));
  const byFolder = new Map<string, ListedFile[]>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const siblings = byFolder.get(folder);
    if (siblings === undefined) byFolder.set(folder, [file]);
    else siblings.push(file);
  }
  return {
    root,
    files,
    images: files.filter((file) => isImagePath(file.path)),
    byPath: new Map(files.map((file) => [file.path, file])),
    byFolder,
  };
}

/** Orders paths by their UTF-16 code units: the same on every machine and in every language. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Folder of a path below the root, "" for the root itself. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** Last part of a path, with its extension. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Extension of a path in lower case with its dot, "" where it has none. A leading dot starts no extension. */
export function extensionOf(path: string): string {
  const base = baseOf(path);
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? "" : base.slice(dot).toLowerCase();
}

/** Path without its last extension: what a picture and its sidecar share. */
export function stemOf(path: string): string {
  return path.slice(0, path.length - extensionOf(path).length);
}

/** Tells by its name whether a file is a picture of a kind that Winnow lists; whether it can be decoded is seen later. */
export function isImagePath(path: string): boolean {
  return imageExtensions.has(extensionOf(path));
}

/** Absolute path of a listed file, as bytes where its name is not valid UTF-8. */
export function openPathOf(listing: Listing, file: ListedFile): string | Buffer {
  return file.nameBytes === undefined ? join(listing.root, file.path) : Buffer.from(file.nameBytes);
}

/**
 * Path below the root of a path that a table gives, relative to `folder` (below the root) or absolute inside the root; backslashes are taken for slashes.
 * Undefined where it leaves the root.
 */
export function resolveBelow(listing: Listing, folder: string, given: string): string | undefined {
  const slashed = given.trim().replaceAll("\\", "/");
  const root = listing.root.replaceAll("\\", "/").replace(/\/$/, "");
  if (slashed.startsWith(`${root}/`)) return normalise("", slashed.slice(root.length + 1));
  if (slashed.startsWith("/") || /^[A-Za-z]:\//.test(slashed)) return undefined;
  return normalise(folder, slashed);
}

function normalise(folder: string, path: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
