import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SpotLabelRow } from "../../core/check/labels.ts";
import { labelColumns, labelFromRecord, recordFromLabel, sortLabels } from "../../core/check/labels.ts";
import type { CaptionMove } from "../../core/prune/policy.ts";
import { emptyRecipe, formatRecipe, parseRecipe, type Recipe } from "../../core/recipe.ts";
import type { StatedRelation } from "../../core/relations.ts";
import { recordFromRelation, relationColumns, relationFromRecord, sortRelations } from "../../core/relations.ts";
import type { Split } from "../../core/sample.ts";
import { recordFromVerdict, selectionColumns, sortSelection, verdictFromRecord } from "../../core/selection.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import { eachCsvRow, formatCsv, formatCsvPieces, type TextRecord } from "./csvRows.ts";
import { isMissing } from "./fileMoves.ts";
import { readBytes } from "./files.ts";
import { hashInTurns } from "./hashInTurns.ts";
import { createPause, type Pause } from "./inTurns.ts";
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
export const stateFiles = {
  recipe: "recipe.json",
  selection: "selection.csv",
  splits: "splits.csv",
  moves: "moves.csv",
  relations: "relations.csv",
  labels: "labels.csv",
} as const;

/** The folder of `.winnow/` with a file a batch of caption edits: the pairs that it changed. */
export const editedFolder = "edited";

/** What the readable files of `.winnow/` say. `moves` are captions that a keeper takes over from its duplicates, `labels` those of spot checks. */
export interface StateContents {
  readonly recipe: Recipe;
  readonly selection: readonly Verdict[];
  readonly splits: ReadonlyMap<string, Split>;
  readonly moves: readonly CaptionMove[];
  readonly relations: readonly StatedRelation[];
  readonly labels: readonly SpotLabelRow[];
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
  for (const name of ["", ...Object.values(stateFiles), "ledger.jsonl", "operations", "blobs", "trash", editedFolder]) {
    const real = await realpath(join(ownFolder, name)).catch(() => undefined);
    if (real !== undefined && !isInside(realRoot, real))
      throw new Error(`${join(".winnow", name)} of ${absolute} is a link out of the dataset: remove the link`);
  }
  return place;
}

/**
 * Reads all files of the state, long ones in turns. Where the root can't be written, files that the stand-in lacks are read from the root's own
 * `.winnow`. Rows of a file whose bytes are as they were the last time are not made again.
 */
export async function readState(env: Env, place: DatasetPlace): Promise<DatasetState> {
  const complaints: string[] = [];
  const reading: Reading = { env, place, pause: createPause(env), complain: (message) => void complaints.push(message) };
  const recipeFile = await readStateFile(reading, stateFiles.recipe);
  const selection = await readRows(reading, stateFiles.selection, verdictFromRecord);
  const splits = await readRows(reading, stateFiles.splits, splitFromRecord);
  const moves = await readRows(reading, stateFiles.moves, moveFromRecord);
  const relations = await readRows(reading, stateFiles.relations, relationFromRecord);
  const labels = await readRows(reading, stateFiles.labels, labelFromRecord);
  return {
    recipe: readRecipe(recipeFile.bytes?.toString("utf8"), reading.complain),
    selection: selection.rows,
    splits: new Map(splits.rows),
    moves: moves.rows,
    relations: relations.rows,
    labels: labels.rows,
    hashes: {
      recipe: recipeFile.hash,
      selection: selection.hash,
      splits: splits.hash,
      moves: moves.hash,
      relations: relations.hash,
      labels: labels.hash,
    },
    readOnly: complaints[0],
  };
}

/** Reads the text of a `selection.csv` of another time. Rows that can't be read are left out. */
export async function readSelection(env: Env, text: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const add = (record: TextRecord): void => {
    const verdict = verdictFromRecord(record);
    if (typeof verdict !== "string") verdicts.push(verdict);
  };
  await eachCsvRow(text, add, createPause(env));
  return verdicts;
}

/** The changes of files that turn a state into the next; throws where the state is read-only. Files whose bytes stay as they are fall out when the operation is applied. */
export function stateChanges(state: DatasetState, next: Partial<StateContents>): Change[] {
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  const changes: Change[] = [];
  const write = (name: keyof StateContents, bytes: string): void =>
    void changes.push({ path: `.winnow/${stateFiles[name]}`, before: state.hashes[name], content: { kind: "bytes", bytes } });
  /** A file that would be empty is not made. */
  const writeRows = (name: keyof StateContents, columns: readonly string[], rows: readonly object[] | undefined): void => {
    if (rows !== undefined && (rows.length > 0 || state.hashes[name] !== null)) write(name, formatCsv(columns, rows));
  };
  if (next.recipe !== undefined) write("recipe", formatRecipe(next.recipe));
  writeRows("selection", selectionColumns, next.selection && sortSelection(next.selection).map(recordFromVerdict));
  if (next.splits !== undefined) {
    const rows = [...next.splits].map(([sample, split]) => ({ sample, split }));
    write(
      "splits",
      formatCsv(
        ["sample", "split"],
        rows.sort((left, right) => (left.sample < right.sample ? -1 : 1)),
      ),
    );
  }
  writeRows("moves", ["sample", "captionIndex", "captionHash", "to"], next.moves);
  writeRows("relations", relationColumns, next.relations && sortRelations(next.relations).map(recordFromRelation));
  writeRows("labels", labelColumns, next.labels && sortLabels(next.labels).map(recordFromLabel));
  return changes;
}

/** The change of a selection that may be long, given sorted: made in turns, in pieces; none where the file says the same already. */
export async function selectionChanges(env: Env, state: DatasetState, sorted: Iterable<Verdict>, signal?: AbortSignal): Promise<Change[]> {
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  const pause = createPause(env, signal);
  const rows: (Verdict | string)[] = [];
  const pieces = await formatCsvPieces(selectionColumns, recordsOf(sorted, rows), pause);
  const before = state.hashes.selection;
  const isEmpty = pieces.length === 2 && pieces[1] === "";
  const hash = await hashInTurns(pieces, pause);
  if ((isEmpty && before === null) || hash === before) return [];
  lastFormatted.set(env, { hash, rows });
  return [{ path: `.winnow/${stateFiles.selection}`, before, content: { kind: "text", pieces: () => pieces } }];
}

/** The records of verdicts; `rows` gets what reading them gives. */
function* recordsOf(verdicts: Iterable<Verdict>, rows: (Verdict | string)[]): Generator<object> {
  for (const verdict of verdicts) {
    const record = recordFromVerdict(verdict);
    rows.push(verdictFromRecord(record));
    yield record;
  }
}

interface Reading {
  readonly env: Env;
  readonly place: DatasetPlace;
  readonly pause: Pause;
  readonly complain: (message: string) => void;
}

/** A file's bytes, and their hash, null where the file is missing or is not the one that would be written. */
interface StateFile {
  readonly bytes: Buffer | undefined;
  readonly hash: string | null;
}

async function readStateFile({ env, place, pause }: Reading, name: string): Promise<StateFile> {
  const read = (folder: string): Promise<Buffer | undefined> =>
    readBytes(env, join(folder, name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  const own = await read(place.folder);
  if (own !== undefined) return { bytes: own, hash: await hashInTurns([own], pause) };
  return { bytes: place.writable ? undefined : await read(join(place.realRoot, ".winnow")), hash: null };
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

/** The rows of a file by the hash of its bytes: equal bytes, equal rows. */
interface KnownRows {
  readonly hash: string;
  readonly rows: readonly unknown[];
}

/** The rows of the files that were read last, by their paths. */
const lastRead = new WeakMap<Env, Map<string, KnownRows>>();

/** The rows of the selection that was made last: when it was written it needn't be read. */
const lastFormatted = new WeakMap<Env, KnownRows>();

/** The rows of a file of the state; none where it is no proper CSV. */
async function readRows<Row>(
  reading: Reading,
  name: string,
  parseRow: (record: TextRecord) => Row | string,
): Promise<{ rows: readonly Row[]; hash: string | null }> {
  const { env, place, pause, complain } = reading;
  const { bytes, hash } = await readStateFile(reading, name);
  if (bytes === undefined) return { rows: [], hash };
  const known = lastRead.get(env) ?? new Map<string, KnownRows>();
  lastRead.set(env, known);
  const path = join(place.folder, name);
  const same = [known.get(path), lastFormatted.get(env)].find((last) => last !== undefined && last.hash === hash);
  if (same !== undefined && !same.rows.some((row) => typeof row === "string")) {
    known.set(path, same);
    return { rows: same.rows as readonly Row[], hash };
  }
  const rows: Row[] = [];
  const complaints: string[] = [];
  const add = (record: TextRecord, line: number): void => {
    const row = parseRow(record);
    if (typeof row === "string") complaints.push(`.winnow/${name} line ${line}: ${row}; correct it or undo the change`);
    else rows.push(row);
  };
  await eachCsvRow(bytes.toString("utf8"), add, pause).catch((error: unknown) => {
    rows.length = 0;
    complaints.push(
      `.winnow/${name} is not a proper CSV (${error instanceof Error ? error.message : String(error)}); correct it or undo the change`,
    );
  });
  if (complaints.length === 0 && hash !== null) known.set(path, { hash, rows });
  complaints.forEach(complain);
  return { rows, hash };
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
