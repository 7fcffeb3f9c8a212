import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { emptyRecipe, formatRecipe, parseRecipe, type Recipe } from "../../core/recipe.ts";
import type { CaptionMove } from "../../core/prune/policy.ts";
import type { Split } from "../../core/sample.ts";
import { recordFromVerdict, selectionColumns, sortSelection, verdictFromRecord } from "../../core/selection.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import { isMissing } from "./fileMoves.ts";
import { readBytes } from "./files.ts";
import type { Change } from "./operations.ts";
import { isInside } from "./paths.ts";

/**
 * Where a dataset keeps what can't be made again. All paths are absolute. `folder` is `.winnow` at the root, or a stand-in in the data folder where the root can't be written
 * (`writable` false). `localFolder` is this machine's own, for what must not travel with the dataset. `realRoot` is the root with its links followed.
 */
export interface DatasetPlace {
  readonly root: string;
  readonly realRoot: string;
  readonly folder: string;
  readonly localFolder: string;
  readonly writable: boolean;
}

/** The readable files of `.winnow/`, by what they hold. */
export const stateFiles = { recipe: "recipe.json", selection: "selection.csv", splits: "splits.csv", moves: "moves.csv" } as const;

/** What the readable files of `.winnow/` say. `moves` are captions that a keeper takes over from its duplicates. */
export interface StateContents {
  readonly recipe: Recipe;
  readonly selection: readonly Verdict[];
  readonly splits: ReadonlyMap<string, Split>;
  readonly moves: readonly CaptionMove[];
}

/**
 * The state as read: `hashes` of the files' bytes (null where a file is missing). `readOnly` is a sentence, set where a file is damaged or of a newer Winnow:
 * what could be read is there, and nothing may be written over it.
 */
export interface DatasetState extends StateContents {
  readonly hashes: Readonly<Record<keyof StateContents, string | null>>;
  readonly readOnly: string | undefined;
}

/** The hash of a caption's text that verdicts carry: the first 16 hexadecimal digits of the SHA-256 of its UTF-8. */
export function captionHash(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
}

/** Finds where the dataset at `root` keeps its state; makes nothing. Throws where the root can't be opened or `.winnow` leads out of it. */
export async function locateDataset(env: Env, root: string): Promise<DatasetPlace> {
  const absolute = resolve(root);
  const realRoot = await realpath(absolute);
  const localFolder = join(env.dataFolder, "datasets", createHash("sha256").update(realRoot).digest("hex").slice(0, 16));
  const ownFolder = join(realRoot, ".winnow");
  const exists = await lstat(ownFolder).then(
    () => true,
    () => false,
  );
  const writable = await access(exists ? ownFolder : realRoot, constants.W_OK).then(
    () => true,
    () => false,
  );
  const place = { root: absolute, realRoot, folder: writable ? ownFolder : localFolder, localFolder, writable };
  for (const name of ["", ...Object.values(stateFiles), "ledger.jsonl", "operations", "blobs", "trash"]) {
    const real = await realpath(join(ownFolder, name)).catch(() => undefined);
    if (real !== undefined && !isInside(realRoot, real))
      throw new Error(`${join(".winnow", name)} of ${absolute} is a link out of the dataset: remove the link`);
  }
  return place;
}

/** Reads the recipe, selection, splits and moves. Where the root can't be written, files that the stand-in lacks are read from the root's own `.winnow`. */
export async function readState(env: Env, place: DatasetPlace): Promise<DatasetState> {
  const recipeFile = await readStateFile(env, place, stateFiles.recipe);
  const selectionFile = await readStateFile(env, place, stateFiles.selection);
  const splitsFile = await readStateFile(env, place, stateFiles.splits);
  const movesFile = await readStateFile(env, place, stateFiles.moves);
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  return {
    recipe: readRecipe(recipeFile.text, complain),
    selection: readRows(stateFiles.selection, selectionFile.text, verdictFromRecord, complain),
    splits: new Map(readRows(stateFiles.splits, splitsFile.text, splitFromRecord, complain)),
    moves: readRows(stateFiles.moves, movesFile.text, moveFromRecord, complain),
    hashes: { recipe: recipeFile.hash, selection: selectionFile.hash, splits: splitsFile.hash, moves: movesFile.hash },
    readOnly: complaints[0],
  };
}

/** The changes of files that turn a state into the next; throws where the state is read-only. Files whose bytes stay as they are fall out when the operation is applied. */
export function stateChanges(state: DatasetState, next: Partial<StateContents>): Change[] {
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  const change = (name: keyof StateContents, bytes: string): Change => ({
    path: `.winnow/${stateFiles[name]}`,
    before: state.hashes[name],
    content: { kind: "bytes", bytes },
  });
  const changes: Change[] = [];
  if (next.recipe !== undefined) changes.push(change("recipe", formatRecipe(next.recipe)));
  if (next.selection !== undefined && (next.selection.length > 0 || state.hashes.selection !== null)) {
    changes.push(change("selection", formatRows(selectionColumns, sortSelection(next.selection).map(recordFromVerdict))));
  }
  if (next.splits !== undefined) {
    const rows = [...next.splits]
      .map(([sample, split]) => ({ sample, split }))
      .sort((left, right) => (left.sample < right.sample ? -1 : 1));
    changes.push(change("splits", formatRows(["sample", "split"], rows)));
  }
  if (next.moves !== undefined && (next.moves.length > 0 || state.hashes.moves !== null)) {
    changes.push(change("moves", formatRows(["sample", "captionIndex", "captionHash", "to"], next.moves)));
  }
  return changes;
}

async function readStateFile(env: Env, place: DatasetPlace, name: string): Promise<{ text: string | undefined; hash: string | null }> {
  const read = (folder: string): Promise<Buffer | undefined> =>
    readBytes(env, join(folder, name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  const own = await read(place.folder);
  if (own !== undefined) return { text: own.toString("utf8"), hash: createHash("sha256").update(own).digest("hex") };
  const roots = place.writable ? undefined : await read(join(place.realRoot, ".winnow"));
  return { text: roots?.toString("utf8"), hash: null };
}

function readRecipe(text: string | undefined, complain: (message: string) => void): Recipe {
  if (text === undefined) return emptyRecipe;
  const parsed = parseRecipe(text);
  if (parsed.kind === "recipe") return parsed.recipe;
  complain(
    parsed.kind === "newer"
      ? parsed.message
      : `.winnow/${stateFiles.recipe} can't be used: ${parsed.message}; correct it or undo the change`,
  );
  return emptyRecipe;
}

type TextRecord = Readonly<Record<string, string>>;

function readRows<Row>(
  name: string,
  text: string | undefined,
  read: (record: TextRecord) => Row | string,
  complain: (message: string) => void,
): Row[] {
  if (text === undefined) return [];
  try {
    const rows: Row[] = [];
    const parsed: { record: TextRecord; info: { lines: number } }[] = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      info: true,
    });
    for (const { record, info } of parsed) {
      const row = read(record);
      if (typeof row === "string") complain(`.winnow/${name} line ${info.lines}: ${row}; correct it or undo the change`);
      else rows.push(row);
    }
    return rows;
  } catch (error) {
    complain(
      `.winnow/${name} is not a proper CSV (${error instanceof Error ? error.message : String(error)}); correct it or undo the change`,
    );
    return [];
  }
}

function splitFromRecord({ sample, split }: TextRecord): [string, Split] | string {
  if (sample === undefined || sample === "") return "Expected a sample but received none";
  if (split !== "train" && split !== "validation" && split !== "test")
    return `Expected train, validation or test but received ${split ?? "nothing"}`;
  return [sample, split];
}

function moveFromRecord({ sample, captionIndex, captionHash: hash, to }: TextRecord): CaptionMove | string {
  if (!sample || !to || !hash || captionIndex === undefined || !/^\d+$/.test(captionIndex))
    return "Expected sample, captionIndex, captionHash and to";
  return { sample, captionIndex: Number(captionIndex), captionHash: hash, to };
}

/** RFC 4180 but for the line ends, which are plain line feeds for the sake of diffs. */
function formatRows(columns: readonly string[], rows: readonly object[]): string {
  return stringify([...rows], { header: true, columns: [...columns], record_delimiter: "\n" });
}
