import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { hashText } from "../../core/signals/textHash.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { readBytes } from "../store/files.ts";
import { createPause } from "../store/inTurns.ts";
import type { Evidence } from "./datasetFolders.ts";
import { isContainer, ownFolders, sumOf, tableFolders } from "./datasetFolders.ts";
import { formatReaders } from "./formats.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { createListing, isImagePath, openPathOf, stemOf } from "./listing.ts";
import type { Detection, FormatId, FormatReader, ReadContext } from "./reader.ts";
import type { SurveyedFolder } from "./survey.ts";
import { decodeText } from "./text.ts";

/** A format that fits a folder. */
export interface SeenFormat {
  readonly format: FormatId;
  readonly reason: string;
}

/** Names that a look takes at most, so that no step of it takes long. */
const mostNames = 3000;
/** Files whose size is asked for, tables first. */
const mostMeasured = 256;
/** What a picture counts where archives are weighed against loose pictures. */
const usualPictureBytes = 100_000;
/** Longer texts are not read for a look. */
const longestText = 4 << 20;
/** Pictures that are looked up on the disk where only some of the names are known. */
const mostLookedUp = 512;
const leastConfidence = 0.4;
/** Formats whose reason counts names, which is wrong where only some are known. */
const counting: ReadonlySet<FormatId> = new Set(["sidecar", "kohya", "img2dataset"]);

const tableFormats: readonly FormatId[] = [
  "imagefolder",
  "karpathy",
  "coco",
  "flickr",
  "openClip",
  "jsonl",
  "kohyaMetadata",
  "img2dataset",
];
const containerFormats: readonly FormatId[] = ["img2dataset", "webdataset", "img2datasetParquet", "imagefolder"];
/** The formats that confirm an evidence; others may fit too, but then a folder below is the dataset. */
const confirming: Readonly<Record<Exclude<Evidence, "pictures">, readonly FormatId[] | undefined>> = {
  known: undefined,
  captions: undefined,
  tables: tableFormats,
  containers: containerFormats,
};

/** Asks the readers of formats whether they know a surveyed folder: by its names and the beginnings of a few files. Undefined where none is sure enough. */
export async function lookInto(
  env: Env,
  folder: SurveyedFolder,
  { evidence, signal }: { evidence: Exclude<Evidence, "pictures">; signal?: AbortSignal | undefined },
): Promise<SeenFormat | undefined> {
  const speaking = evidence === "tables" ? new Set(tableFolders(folder)) : undefined;
  const { listing, isPart } = await listSurveyed(env, folder, { signal, isSpeaking: (below) => speaking?.has(below) ?? true });
  const context: ReadContext = {
    env,
    listing,
    options: {},
    readText: (file) => readShortText(env, listing, file),
    ...(signal === undefined ? {} : { signal }),
  };
  const asked = formatReaders.filter(({ id }) => confirming[evidence]?.includes(id) ?? true);
  let best: (Detection & { readonly reader: FormatReader }) | undefined;
  for (const reader of asked) {
    await nextTurn();
    signal?.throwIfAborted();
    const detection = await reader.detect(context).catch(() => undefined);
    if (detection !== undefined && detection.confidence > (best?.confidence ?? 0)) best = { ...detection, reader };
  }
  const isSure = evidence === "known" || (best?.confidence ?? 0) >= leastConfidence;
  if (best === undefined || !isSure) return undefined;
  const { id, name } = best.reader;
  return { format: id, reason: isPart && counting.has(id) ? `${name}, by a look at some of its names` : best.reason };
}

/** A listing of the names that the survey kept, thinned out where they are too many; tables of folders that speak for the pictures alone. */
async function listSurveyed(
  env: Env,
  folder: SurveyedFolder,
  { signal, isSpeaking }: { signal: AbortSignal | undefined; isSpeaking: (below: SurveyedFolder) => boolean },
): Promise<{ listing: Listing; isPart: boolean }> {
  const oneIn = Math.ceil(sumOf(folder, ({ kept }) => kept.length) / mostNames);
  const pause = createPause(env, signal);
  const files: ListedFile[] = [];
  const tables: ListedFile[] = [];
  const others: ListedFile[] = [];
  const add = async (below: SurveyedFolder, path: string): Promise<void> => {
    const images = new Set(below.kept.filter(isImagePath).map(stemOf));
    for (const name of below.kept) {
      if (oneIn > 1 && hashText(path + stemOf(name), 1) % oneIn !== 0) continue;
      const file = { path: path + name, sizeBytes: isImagePath(name) ? usualPictureBytes : 1024, mtimeMs: 0, inode: 0 };
      if (images.has(stemOf(name))) files.push(file);
      else if (isSpeaking(below)) others.push(file);
    }
    for (const name of isSpeaking(below) ? below.tables : []) tables.push({ path: path + name, sizeBytes: 0, mtimeMs: 0, inode: 0 });
    await pause();
    for (const next of ownFolders(below)) await add(next, `${path}${next.name}/`);
  };
  await add(folder, "");
  await eachConcurrently([...tables, ...others].slice(0, mostMeasured), 16, async ({ path }) => {
    signal?.throwIfAborted();
    const found = await stat(join(folder.path, path)).catch(() => undefined);
    if (found !== undefined) files.push({ path, sizeBytes: found.size, mtimeMs: found.mtimeMs, inode: found.ino });
  });
  const listing = createListing(folder.path, files);
  const isPart = oneIn > 1 || sumOf(folder, (below) => below.keptOneIn - 1) > 0;
  return { isPart, listing: isPart ? { ...listing, byPath: lookingUp(listing) } : listing };
}

/** Names that a table gives are looked up on the disk where the survey kept only some. */
function lookingUp({ root, byPath }: Listing): ReadonlyMap<string, ListedFile> {
  let left = mostLookedUp;
  const find = (path: string): ListedFile | undefined => {
    if (byPath.has(path) || left === 0 || path === "") return byPath.get(path);
    left -= 1;
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    return found?.isFile() === true ? { path, sizeBytes: found.size, mtimeMs: found.mtimeMs, inode: found.ino } : undefined;
  };
  const looking = new Map(byPath);
  looking.get = find;
  looking.has = (path) => find(path) !== undefined;
  return looking;
}

async function readShortText(env: Env, listing: Listing, file: ListedFile): ReturnType<ReadContext["readText"]> {
  if (file.sizeBytes > longestText) throw new Error(`${file.path} is too long for a look`);
  return decodeText(await readBytes(env, openPathOf(listing, file)));
}

/** How many pictures a folder holds; where they lie in archives or tables, how many of those. */
export function countFiles(folder: SurveyedFolder): number {
  return sumOf(folder, ({ images }) => images) || sumOf(folder, ({ tables }) => tables.filter(isContainer).length);
}
