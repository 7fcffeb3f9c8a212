import { join } from "node:path";
import type { Env } from "../env.ts";
import { readBytes } from "../store/files.ts";
import type { StampedMap } from "../store/stampedMap.ts";
import { openStampedMap } from "../store/stampedMap.ts";
import { datasetCacheFolder } from "../store/statIndex.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { openPathOf } from "./listing.ts";
import type { FileText, TextEncoding } from "./text.ts";
import { decodeText } from "./text.ts";

/** Decoded text files of a dataset, remembered by their stamp, so that only a changed file is read again. */
export interface TextCache {
  readonly read: (file: ListedFile) => Promise<FileText>;
  readonly save: () => Promise<void>;
}

/** A larger text is a table; what was made of it is remembered as a whole (discoveredCache.ts). */
const maximumKeptBytes = 64 << 10;

/** Makes the text cache of a listing; its file is opened when the first text is asked for. */
export function createTextCache(env: Env, listing: Listing): TextCache {
  let opened: Promise<StampedMap> | undefined;
  const open = (): Promise<StampedMap> => (opened ??= openStampedMap(env, join(datasetCacheFolder(env, listing.root), "texts.index")));
  return {
    read: async (file) => {
      const map = await open();
      const known = map.get(file.path, file);
      if (known !== undefined) return parseValue(known);
      const readAtMs = env.now();
      const decoded = decodeText(await readBytes(env, openPathOf(listing, file)));
      if (file.sizeBytes < maximumKeptBytes) map.set(file.path, file, formatValue(decoded), readAtMs);
      return decoded;
    },
    save: async () => {
      await (await opened)?.save((path) => listing.byPath.has(path));
    },
  };
}

function formatValue({ text, encoding }: FileText): string {
  return `${encoding}\n${text}`;
}

function parseValue(value: string): FileText {
  const end = value.indexOf("\n");
  return { encoding: value.slice(0, end) as TextEncoding, text: value.slice(end + 1) };
}
