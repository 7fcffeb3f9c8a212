import type { ContentHash } from "../sample.ts";

/** What a sample can be known by elsewhere: its id, its picture's absolute path, and the uid and url of the `.json` beside it. */
export interface KnownSample {
  readonly id: string;
  readonly hash: ContentHash;
  readonly path?: string | undefined;
  readonly uid?: string | undefined;
  readonly url?: string | undefined;
}

/** What a row of a table beside vectors says of its picture: clip-retrieval's `image_path`, img2dataset's `key`, `url` and `sha256`, DataComp's `uid`. */
export interface NamedRow {
  readonly imagePath?: string | undefined;
  readonly key?: string | undefined;
  readonly uid?: string | undefined;
  readonly url?: string | undefined;
  readonly sha256?: string | undefined;
}

/** Hexadecimal digits of a uid: 128 bits. */
const uidDigits = 32;

/** A name for more than one picture is a name for none. */
type Names = Map<string, ContentHash | "ambiguous">;

/**
 * Makes what finds the picture of a row: by its SHA-256, its uid (a sample's own, else the first 128 bits of the SHA-256, as Winnow mints them), its path, its
 * key, its url, in this order. Paths match where one ends with the other, whole folders at a time, for a dataset is seldom where it was encoded. Undefined where
 * nothing matches, or more than one picture.
 */
export function createMatcher(samples: readonly KnownSample[]): (row: NamedRow) => ContentHash | undefined {
  const createNames = (): Names => new Map();
  const [ids, endings, stems] = [createNames(), createNames(), createNames()];
  const [uids, urls, hashes] = [createNames(), createNames(), createNames()];
  for (const { id, hash, path, uid, url } of samples) {
    add(hashes, hash, hash);
    add(uids, hash.slice(0, uidDigits), hash);
    if (uid !== undefined) add(uids, uid.toLowerCase(), hash);
    if (url !== undefined) add(urls, url, hash);
    const parts = partsOf(id);
    add(ids, parts.join("/"), hash);
    if (path !== undefined) add(ids, partsOf(path).join("/"), hash);
    for (const ending of endingsOf(parts)) add(endings, ending, hash);
    add(stems, parts.at(-1)!.replace(/\.[^.]*$/, ""), hash);
  }
  const find = (names: Names, name: string | undefined): ContentHash | undefined => {
    const found = name === undefined ? undefined : names.get(name);
    return found === "ambiguous" ? undefined : found;
  };
  const findPath = (path: string): ContentHash | undefined => {
    const parts = partsOf(path);
    for (const ending of endingsOf(parts)) {
      const found = find(ids, ending);
      if (found !== undefined) return found;
    }
    // clip-retrieval names a member of a WebDataset by its key alone.
    return find(endings, parts.join("/")) ?? find(stems, path);
  };
  return ({ imagePath, key, uid, url, sha256 }) =>
    find(hashes, sha256?.toLowerCase()) ??
    find(uids, uid?.toLowerCase()) ??
    (imagePath === undefined ? undefined : findPath(imagePath)) ??
    find(stems, key) ??
    find(urls, url);
}

function add(names: Names, name: string, hash: ContentHash): void {
  const known = names.get(name);
  names.set(name, known === undefined || known === hash ? hash : "ambiguous");
}

/** A member of an archive has the archive's name before it. */
function partsOf(path: string): string[] {
  return path.split(/[\\/#]+/).filter((part) => part !== "" && part !== ".");
}

/** The path without none, one, two… of its first folders, the longest first. */
function endingsOf(parts: readonly string[]): string[] {
  return parts.map((_, from) => parts.slice(from).join("/"));
}
