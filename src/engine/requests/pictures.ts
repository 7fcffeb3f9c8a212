import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { ContentHash, Locator } from "../../core/sample.ts";
import { tookTooLong } from "../decode/decodeJob.ts";
import type { UndecodedPicture } from "../decode/decodePicture.ts";
import { defaultDecodeLimits } from "../decode/decodePicture.ts";
import { OpenError, readPicture, readPictures } from "../decode/openLocator.ts";
import type { Preview, PreviewShape } from "../decode/thumbnail.ts";
import { makePreview } from "../decode/thumbnail.ts";
import type { Env } from "../env.ts";
import { locatorFromStored } from "../store/analysis.ts";
import type { Stamp } from "../store/stampedMap.ts";
import type { Cell } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { createLanes } from "./lanes.ts";
import type { Shelf } from "./shelf.ts";
import { askSideThread } from "./sideThread.ts";

/** A sample's picture as the analysis knows it: how to open it, and what its bytes were when its file had this stamp. */
export interface KnownPicture extends Stamp {
  readonly sample: string;
  readonly locator: Locator;
  readonly contentHash: ContentHash | undefined;
}

/** Looks the pictures of samples up, in their order; undefined for a sample that is not in the analysis. What was looked up is kept in mind. */
export async function findPictures({ tables, shelf }: AnalysedDataset, samples: readonly string[]): Promise<(KnownPicture | undefined)[]> {
  const known = lookedUp.get(shelf) ?? new Map<string, KnownPicture>();
  lookedUp.set(shelf, known);
  const found = new Map(samples.flatMap((sample) => (known.has(sample) ? [[sample, known.get(sample)!] as const] : [])));
  const unknown = [...new Set(samples.filter((sample) => !found.has(sample)))];
  if (unknown.length > 0) {
    const places = unknown.map((_, at) => `$${at + 1}`).join(", ");
    const columns = "sample, locator, contentHash, sizeBytes, mtimeMs, inode";
    for (const row of await tables.query(`SELECT ${columns} FROM samples WHERE sample IN (${places})`, unknown)) {
      const picture = pictureFromRow(row);
      if (known.size >= mostLookedUp) known.clear();
      known.set(picture.sample, picture);
      found.set(picture.sample, picture);
    }
  }
  return samples.map((sample) => found.get(sample));
}

/** The stamps of the files that hold pictures as they are now, each file looked at once; undefined where one is gone. */
export async function readStamps(locators: readonly Locator[]): Promise<(Stamp | undefined)[]> {
  const stamps = new Map<string, Promise<Stamp | undefined>>();
  return await Promise.all(
    locators.map((locator) => {
      const file = fileOf(locator);
      const key = file.toString("hex");
      const stamp = stamps.get(key) ?? readStamp(file);
      stamps.set(key, stamp);
      return stamp;
    }),
  );
}

/** SHA-256 of a picture's bytes, in a thread of its own: a large file would block the event loop. */
export async function hashPicture(bytes: Buffer): Promise<ContentHash> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return Buffer.from(digest).toString("hex") as ContentHash;
}

/** True where a picture was read from an archive or a table that changed, and is not the one that the analysis saw: its place may be another's now. */
export function isElsewhere({ locator, contentHash }: KnownPicture, hash: ContentHash): boolean {
  return locator.kind !== "file" && hash !== contentHash;
}

/** What is said then, behind the sample's name. */
export const movedWithin = "lies in a file that changed since the analysis: run it again";

/**
 * Makes a function that opens the picture at a place of a list, for lists whose pictures are asked for in about their order: rows of one table are
 * fetched some at a time, since a query reads whole groups of rows. It rejects with `OpenError`.
 */
export function createPictureReader(env: Env, locators: readonly (Locator | undefined)[]): (at: number) => Promise<Buffer> {
  const fetched = new Map<number, { readonly all: Promise<(Buffer | OpenError)[]>; readonly place: number }>();
  const options = { maximumBytes: defaultDecodeLimits.sizeBytes };
  const fetch = (rows: readonly number[]): void => {
    const all = readPictures(
      env,
      rows.map((row) => locators[row]!),
      options,
    );
    all.catch(() => undefined); // thrown again where a row of it is asked for
    for (const [place, row] of rows.entries()) fetched.set(row, { all, place });
  };
  return async (at) => {
    const locator = locators[at]!;
    if (locator.kind !== "row") return await readPicture(env, locator, options);
    if (!fetched.has(at)) fetch(rowsBeside(locators, at).filter((row) => !fetched.has(row)));
    const { all, place } = fetched.get(at)!;
    fetched.delete(at);
    const read = (await all)[place]!;
    if (read instanceof OpenError) throw read;
    return read;
  };
}

/**
 * Makes a picture to be looked at; as many at once as there are cores, whoever asks. Gives a sentence's end ("is cut off: …") where there is no picture
 * to be had. Rejects with the signal's reason where the turn has not come when it fires.
 */
export async function lookAt(env: Env, bytes: Buffer, shape: PreviewShape, signal: AbortSignal): Promise<Preview | string> {
  return await lanes.run(signal, async () => {
    const preview = (await makePreview(bytes, shape, defaultDecodeLimits)) ?? (await makeAside(env, bytes, shape));
    if (typeof preview === "string" || preview.kind === "preview") return preview;
    return preview.kind === "failed" ? preview.problem.message : tookTooLong(defaultDecodeLimits.timeoutMs);
  });
}

/** A picture that ends its thread ends nothing else. */
async function makeAside(env: Env, bytes: Buffer, shape: PreviewShape): Promise<Preview | UndecodedPicture | string> {
  return await askSideThread<"preview">(env, { kind: "preview", bytes, shape }).catch(
    (error: unknown) => `ended the thread that decoded it: ${error instanceof Error ? error.message : String(error)}`,
  );
}

const lanes = createLanes(availableParallelism());

/** Of each analysis, what was looked up; it never changes. */
const lookedUp = new WeakMap<Shelf, Map<string, KnownPicture>>();
/** Pictures that are kept in mind of one analysis; at some 400 bytes each they take 8 MB. */
const mostLookedUp = 20_000;

function pictureFromRow({ sample, locator, contentHash, sizeBytes, mtimeMs, inode }: Readonly<Record<string, Cell>>): KnownPicture {
  return {
    sample: String(sample),
    locator: locatorFromStored(String(locator)),
    contentHash: (contentHash ?? undefined) as ContentHash | undefined,
    sizeBytes: Number(sizeBytes),
    mtimeMs: Number(mtimeMs),
    inode: Number(inode),
  };
}

/** Rows of a table that are fetched together. */
const rowsAtOnce = 32;

/** The next places from `at` on whose pictures lie in the same table. */
function rowsBeside(locators: readonly (Locator | undefined)[], at: number): number[] {
  const first = locators[at];
  const isBeside = (other: Locator | undefined): boolean =>
    first?.kind === "row" && other?.kind === "row" && other.table === first.table && other.column === first.column;
  return [...locators.keys()].filter((row) => row >= at && isBeside(locators[row])).slice(0, rowsAtOnce);
}

async function readStamp(file: Buffer): Promise<Stamp | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined ? undefined : { sizeBytes: found.size, mtimeMs: found.mtimeMs, inode: found.ino };
}

function fileOf(locator: Locator): Buffer {
  switch (locator.kind) {
    case "file":
      return Buffer.from(locator.nameBytes ?? Buffer.from(locator.path));
    case "member":
      return Buffer.from(locator.archive);
    case "row":
      return Buffer.from(locator.table);
  }
}
