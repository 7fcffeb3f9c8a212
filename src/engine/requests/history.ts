import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Inspection } from "../../protocol/inspection.ts";
import type { Env } from "../env.ts";
import type { DatasetPlace, DatasetState } from "../store/dotWinnow.ts";
import { stateFiles } from "../store/dotWinnow.ts";
import { readBytes } from "../store/files.ts";
import type { Operation } from "../store/ledger.ts";
import { absoluteFromPath, blobPath, readManifest, type ManifestEntry } from "../store/manifest.ts";
import { exists } from "../store/paths.ts";
import { captionOfEdit, readEditedList } from "./edits.ts";

/** What is asked: the sample, and the files (absolute) that its picture and captions lie in. */
export interface HistoryRequest {
  readonly sample: string;
  readonly files: ReadonlySet<string>;
  readonly operations: readonly Operation[];
  readonly state: Pick<DatasetState, "hashes">;
}

/**
 * The operations that touched a sample, the newest first: those that changed a file of it (not those that say that they changed another sample's caption
 * there), and those that changed its rows in the files of the state. Only so many of the newest are looked at, and old files of the state only as long as they are not too large in all.
 */
export async function readHistory(env: Env, place: DatasetPlace, request: HistoryRequest): Promise<Inspection["history"]> {
  const rows = createRowReader(env, place, request);
  const found: Inspection["history"][number][] = [];
  const newest = request.operations.slice(-mostLookedAt).reverse();
  for (const operation of newest) {
    if (found.length === mostListed) break;
    // An export changes nothing of the dataset, and its manifest can be long.
    if (operation.kind === "export" || operation.state === "aborted" || operation.state === "open") continue;
    const entries = await readManifest(place, operation.operation).catch((error: unknown) => {
      env.log("inspect.history", `the files of ${operation.operation} can't be told: ${String(error)}`);
      return [];
    });
    const listed = operation.kind === "caption" ? await readEditedList(env, place, entries) : undefined;
    const isTouched =
      listed?.some(({ sample }) => sample === request.sample) ?? (await touches(place, operation, { entries, request, rows }));
    if (!isTouched) continue;
    const { operation: id, time, by, summary, state } = operation;
    found.push({ operation: id, time, by, summary, state });
  }
  return found;
}

/** Operations that are looked at, and that are listed. */
const [mostLookedAt, mostListed] = [200, 50];
/** Bytes of old files of the state that are read for one answer. */
const mostBytes = 128 << 20;

/** Gives the rows of the sample in a file of the state by its hash; undefined where its bytes can't be had. */
type RowReader = (name: string, hash: string | null) => Promise<string | undefined>;

async function touches(
  place: DatasetPlace,
  operation: Operation,
  { entries, request, rows }: { entries: readonly ManifestEntry[]; request: HistoryRequest; rows: RowReader },
): Promise<boolean> {
  for (const { path, before, after } of entries) {
    if (path.startsWith(".winnow/")) {
      const name = path.slice(".winnow/".length);
      if (name === stateFiles.recipe) continue;
      const [old, now] = [await rows(name, before), await rows(name, after)];
      if (old !== undefined && now !== undefined && old !== now) return true;
      continue;
    }
    if (request.files.has(absoluteFromPath(place, path)) && namesSample(operation, request.sample)) return true;
  }
  return false;
}

/** True unless the operation, or the one that it takes back, says that it was about another sample alone. */
function namesSample({ summary }: Operation, sample: string): boolean {
  const edited = captionOfEdit({ summary: summary.replace(/^(undoes|does again what was undone): /, "") });
  return edited === undefined || edited.isShared || edited.sample === sample;
}

function createRowReader(env: Env, place: DatasetPlace, { sample, state }: HistoryRequest): RowReader {
  const known = new Map<string, Promise<string | undefined>>();
  let bytesLeft = mostBytes;
  const current = new Map(Object.entries(stateFiles).map(([key, name]) => [name as string, state.hashes[key as keyof typeof stateFiles]]));
  const read = async (name: string, hash: string): Promise<string | undefined> => {
    const blob = blobPath(place, hash);
    const path = (await exists(blob)) ? blob : current.get(name) === hash ? join(place.folder, name) : undefined;
    const size =
      path === undefined
        ? undefined
        : await stat(path).then(
            (found) => found.size,
            () => undefined,
          );
    if (path === undefined || size === undefined || size > bytesLeft) return undefined;
    bytesLeft -= size;
    return rowsOf(await readBytes(env, path), sample);
  };
  return (name, hash) => {
    if (hash === null) return Promise.resolve("");
    const rows = known.get(hash) ?? read(name, hash);
    known.set(hash, rows);
    return rows;
  };
}

/** The lines of a CSV in which the sample is a cell, without parsing it: a selection can have a million rows. */
function rowsOf(bytes: Buffer, sample: string): string {
  const name = Buffer.from(sample.replaceAll('"', '""'));
  const lines: string[] = [];
  for (let at = bytes.indexOf(name); at >= 0;) {
    const isCell = isBorder(bytes[at - 1]) && isBorder(bytes[at + name.length]);
    const from = bytes.lastIndexOf(lineFeed, at) + 1;
    const feed = bytes.indexOf(lineFeed, at + name.length);
    const to = feed < 0 ? bytes.length : feed;
    if (isCell) lines.push(bytes.toString("utf8", from, to));
    at = bytes.indexOf(name, isCell ? to : at + name.length);
  }
  return lines.join("\n");
}

const lineFeed = 0x0a;

/** A comma, a quotation mark, the end of a line or of the text. */
function isBorder(byte: number | undefined): boolean {
  return byte === undefined || byte === 0x2c || byte === 0x22 || byte === lineFeed || byte === 0x0d;
}
