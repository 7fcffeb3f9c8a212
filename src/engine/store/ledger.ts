import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../env.ts";
import { isMissing } from "./fileMoves.ts";
import { readBytes, syncFolder } from "./files.ts";

/** The version of the ledger's lines that this code writes; newer ones are opened read-only. */
export const ledgerSchema = 1;

/** Names an operation: its time to the second and four random digits, so that names sort by age. */
export type OperationId = string;

/** What kind of change an operation is, as `winnow log` tells it. */
export type OperationKind = "verdict" | "prune" | "split" | "recipe" | "export" | "caption" | "relation" | "label" | "cache" | "undo";

/** The first line of an operation: what it is going to do. It is on the disk before any file changes. */
export interface BeginEvent {
  readonly event: "begin";
  readonly schema: number;
  readonly operation: OperationId;
  readonly time: string;
  readonly by: string;
  readonly kind: OperationKind;
  readonly summary: string;
  readonly files: number;
  /** The operations that this one undoes, and those of them of which some file was left alone. */
  readonly undoes?: readonly OperationId[];
  readonly partly?: readonly OperationId[];
}

/** The last line of an operation: all its files are changed, or all are back as they were. */
export interface EndEvent {
  readonly event: "done" | "aborted";
  readonly operation: OperationId;
}

/** An operation as the ledger tells it. "open" has no last line: its process was killed. */
export interface Operation extends Omit<BeginEvent, "event" | "schema"> {
  readonly state: "open" | "done" | "aborted" | "undone" | "partlyUndone";
}

/** A ledger that was read: operations from old to new, lines that can't be read, and a sentence where it is of a newer Winnow. */
export interface Ledger {
  readonly operations: readonly Operation[];
  readonly damagedLines: number;
  readonly readOnly: string | undefined;
}

const ledgerFile = "ledger.jsonl";

/** Reads the ledger of a folder; an empty one where there is none. A last line that a kill tore is left out. */
export async function readLedger(env: Env, folder: string): Promise<Ledger> {
  const { text } = await readText(env, folder);
  const begun = new Map<OperationId, BeginEvent>();
  const ended = new Map<OperationId, EndEvent["event"]>();
  let damagedLines = 0;
  let newest = 0;
  const lines = text.split("\n");
  const tail = lines.pop() ?? "";
  for (const line of parseEvent(tail) === undefined ? lines : [...lines, tail]) {
    if (line === "") continue;
    const event = parseEvent(line);
    if (event === undefined) damagedLines += 1;
    else if (event.event !== "begin") ended.set(event.operation, event.event);
    else {
      begun.set(event.operation, event);
      newest = Math.max(newest, event.schema);
    }
  }
  const readOnly =
    newest > ledgerSchema
      ? `The ledger was written by a newer Winnow (schema ${newest}, this one knows ${ledgerSchema}): it is opened read-only; update Winnow`
      : undefined;
  return { operations: replay(begun, ended), damagedLines, readOnly };
}

/** Adds a line to the ledger and waits until it is on the disk. Only the holder of the dataset's lock may. */
export async function appendEvent(folder: string, event: BeginEvent | EndEvent): Promise<void> {
  const handle = await open(join(folder, ledgerFile), "a");
  try {
    await handle.writeFile(`${JSON.stringify(event)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

/** Makes the ledger end with a whole line: a last line that a kill tore is cut off. Only the holder of the dataset's lock may. */
export async function repairLedger(env: Env, folder: string): Promise<void> {
  const { text, bytes } = await readText(env, folder);
  if (text === "" || text.endsWith("\n")) return;
  const tail = text.slice(text.lastIndexOf("\n") + 1);
  const path = join(folder, ledgerFile);
  if (parseEvent(tail) === undefined) {
    env.log("write.ledger", `cut off a torn last line of ${path}: ${tail}`);
    await truncate(path, bytes.lastIndexOf(0x0a) + 1);
    return;
  }
  const handle = await open(path, "a");
  await handle.writeFile("\n").finally(() => handle.close());
}

async function readText(env: Env, folder: string): Promise<{ text: string; bytes: Buffer }> {
  const bytes = await readBytes(env, join(folder, ledgerFile)).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });
  return { text: bytes.toString("utf8"), bytes };
}

/** Operations in the order they began. Undoing an undo brings back what that had undone, and so on down; only what came before can be undone. */
function replay(begun: ReadonlyMap<OperationId, BeginEvent>, ended: ReadonlyMap<OperationId, EndEvent["event"]>): Operation[] {
  const states = new Map<OperationId, Operation["state"]>();
  const order = new Map([...begun.keys()].map((id, at) => [id, at]));
  const setState = (id: OperationId, state: "done" | "undone" | "partlyUndone"): void => {
    states.set(id, state);
    const event = begun.get(id);
    for (const undone of event?.undoes ?? []) {
      const earlier = (order.get(undone) ?? Infinity) < (order.get(id) ?? -1);
      if (earlier && states.get(undone) !== "aborted") setState(undone, state === "done" ? stateAfter(event, undone) : "done");
    }
  };
  for (const id of begun.keys()) {
    const end = ended.get(id);
    if (end === "done") setState(id, "done");
    else states.set(id, end ?? "open");
  }
  return [...begun].map(([id, event]) => ({
    operation: id,
    time: event.time,
    by: event.by,
    kind: event.kind,
    summary: event.summary,
    files: event.files,
    ...(event.undoes === undefined ? {} : { undoes: event.undoes }),
    ...(event.partly === undefined ? {} : { partly: event.partly }),
    state: states.get(id) ?? "open",
  }));
}

function stateAfter(undo: BeginEvent | undefined, undone: OperationId): "undone" | "partlyUndone" {
  return undo?.partly?.includes(undone) === true ? "partlyUndone" : "undone";
}

function parseEvent(line: string): BeginEvent | EndEvent | undefined {
  try {
    const value = JSON.parse(line) as Partial<BeginEvent> | EndEvent | null;
    if (value === null || typeof value !== "object" || typeof value.operation !== "string" || !isOperationId(value.operation))
      return undefined;
    if (value.event === "done" || value.event === "aborted") return { event: value.event, operation: value.operation };
    if (value.event !== "begin" || typeof value.schema !== "number") return undefined;
    const { operation, schema, time = "", by = "", kind = "recipe", summary = "", files = 0, undoes, partly } = value;
    return {
      event: "begin",
      schema,
      operation,
      time,
      by,
      kind,
      summary,
      files,
      ...(isIds(undoes) ? { undoes } : {}),
      ...(isIds(partly) ? { partly } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Ids become names of files, so nothing else passes. */
function isOperationId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4,}$/.test(text);
}

function isIds(value: unknown): value is readonly OperationId[] {
  return Array.isArray(value) && value.every((id) => typeof id === "string" && isOperationId(id));
}
