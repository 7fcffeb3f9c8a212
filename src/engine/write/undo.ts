import { eachConcurrently } from "../store/concurrent.ts";
import { hashFile, removeEmptyFolders } from "../store/fileMoves.ts";
import { readLedger, type Operation, type OperationId } from "../store/ledger.ts";
import { blobPath, readManifest, trashPath, type ManifestEntry, type Target } from "../store/manifest.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";

/** A file that an undo left alone: why, and by which later operation of ours it was changed (null where something else did). */
export interface LeftFile {
  readonly path: string;
  readonly reason: string;
  readonly by: OperationId | null;
}

/** What an undo did. `operation` is the undo's own id (undoing it does the undone again), null where nothing could be brought back. */
export interface Undone {
  readonly operation: OperationId | null;
  readonly undone: readonly OperationId[];
  readonly restored: readonly string[];
  readonly left: readonly LeftFile[];
}

type Entry = ManifestEntry & Target;

/** A file on its way back: its hash now, and the entry of the oldest operation whose work on it is taken back. */
interface Way {
  readonly path: string;
  readonly real: string;
  readonly current: string | null;
  virtual: string | null;
  source?: { readonly operation: OperationId; readonly entry: Entry };
}

/** Files that are hashed at once. */
const concurrency = 8;

/**
 * Undoes an operation, or the last one that is neither undone nor an undo. Files whose bytes are as the operation left them return to the byte: changed and removed ones are restored,
 * created ones go to the trash. Files that something else changed since are listed and left alone; with `cascade` our own later operations on the operation's files are undone first.
 */
export async function undo(dataset: OpenDataset, id?: OperationId, { cascade = false }: { cascade?: boolean } = {}): Promise<Undone> {
  const { operations } = await readLedger(dataset.env, dataset.folder);
  const target = findTarget(operations, id);
  const entries = new Map([[target.operation, await entriesOf(dataset, target)]]);
  const later = operations.slice(operations.indexOf(target) + 1).filter(({ state, kind }) => state === "done" && kind !== "undo");
  const chain = cascade ? [...(await findDependents(dataset, later, entries)).reverse(), target] : [target];
  const { ways, blocked } = await traceBack(dataset, chain, entries);
  const changes: Change[] = [];
  const lost = new Set<string>();
  for (const way of ways.values()) {
    if (way.source === undefined || way.virtual === way.current) continue;
    const from = way.virtual === null ? undefined : keptBytes(dataset, way.source);
    if (from !== undefined && (await hashFile(dataset.env, from)) !== way.virtual) {
      blocked.set(way.path, way.source.operation);
      lost.add(way.path);
    } else changes.push({ path: way.path, before: way.current, content: from === undefined ? undefined : { kind: "copy", from } });
  }
  const partly = chain.map(({ operation }) => operation).filter((operation) => [...blocked.values()].includes(operation));
  const left = await explainLeft(dataset, [...blocked.keys()], { ways, later, entries, lost });
  if (changes.length === 0 && left.length > 0) return { operation: null, undone: [], restored: [], left };
  const undone = chain.map(({ operation }) => operation);
  const summary = `${target.kind === "undo" ? "does again what was undone" : "undoes"}: ${target.summary}${chain.length > 1 ? `, and ${chain.length - 1} later` : ""}`;
  const operation = await applyOperation(dataset, { kind: "undo", summary, changes, undoes: undone, partly });
  await removeMadeFolders([...entries.values()].flat(), changes);
  return { operation: operation?.operation ?? null, undone, restored: changes.map(({ path }) => path), left };
}

function findTarget(operations: readonly Operation[], id: OperationId | undefined): Operation {
  const target =
    id === undefined
      ? operations.findLast(({ state, kind }) => state === "done" && kind !== "undo")
      : operations.find(({ operation }) => operation === id);
  if (target === undefined)
    throw new Error(
      id === undefined ? "There is no operation left to undo" : `Expected an operation of this dataset's log but received ${id}`,
    );
  if (target.state === "undone") throw new Error(`The operation ${target.operation} is undone already; undo the undo to do it again`);
  if (target.state === "open" || target.state === "aborted")
    throw new Error(`The operation ${target.operation} was never completed: its files are as they were before it`);
  return target;
}

async function entriesOf(dataset: OpenDataset, { operation, files }: Operation): Promise<Entry[]> {
  const entries = await readManifest(dataset, operation);
  if (entries.length > 0 || files === 0) return entries;
  throw new Error(`The operation ${operation} was done on another machine or clone: what it changed is known only there`);
}

/** Our later operations on the files of the chain, old to new; their entries are added. Each one's files count for the next. */
async function findDependents(dataset: OpenDataset, later: readonly Operation[], entries: Map<OperationId, Entry[]>): Promise<Operation[]> {
  const files = new Set([...entries.values()].flat().map(({ real }) => real));
  const dependents: Operation[] = [];
  for (const operation of later) {
    const touched = await readManifest(dataset, operation.operation);
    if (!touched.some(({ real }) => files.has(real))) continue;
    for (const { real } of touched) files.add(real);
    entries.set(operation.operation, touched);
    dependents.push(operation);
  }
  return dependents;
}

/** Follows every file back through the chain, newest first. `blocked` are the paths that are not as an operation left them, with that operation. */
async function traceBack(
  dataset: OpenDataset,
  chain: readonly Operation[],
  entries: ReadonlyMap<OperationId, Entry[]>,
): Promise<{ ways: Map<string, Way>; blocked: Map<string, OperationId> }> {
  const ways = new Map<string, Way>();
  const all = chain.flatMap(({ operation }) => entries.get(operation) ?? []);
  await eachConcurrently(all, concurrency, async ({ path, real }) => {
    if (ways.has(path)) return;
    const current = await hashFile(dataset.env, real);
    ways.set(path, { path, real, current, virtual: current });
  });
  const blocked = new Map<string, OperationId>();
  for (const { operation } of chain) {
    for (const entry of entries.get(operation) ?? []) {
      const way = ways.get(entry.path);
      if (way === undefined || blocked.has(entry.path)) continue;
      if (way.virtual === entry.after) {
        way.virtual = entry.before;
        way.source = { operation, entry };
      } else if (way.virtual !== entry.before) blocked.set(entry.path, operation);
    }
  }
  return { ways, blocked };
}

/** Where the bytes that an operation replaced or took away are kept. */
function keptBytes(dataset: OpenDataset, { operation, entry }: NonNullable<Way["source"]>): string {
  return entry.after === null ? trashPath(dataset, operation, entry.path) : blobPath(dataset, entry.before ?? "");
}

async function explainLeft(
  dataset: OpenDataset,
  paths: readonly string[],
  known: {
    ways: ReadonlyMap<string, Way>;
    later: readonly Operation[];
    entries: ReadonlyMap<OperationId, Entry[]>;
    lost: ReadonlySet<string>;
  },
): Promise<LeftFile[]> {
  if (paths.length === 0) return [];
  const { ways, later, entries, lost } = known;
  const writers = new Map<string, Operation>();
  for (const operation of later) {
    for (const { path, after } of entries.get(operation.operation) ?? (await readManifest(dataset, operation.operation))) {
      if (ways.get(path)?.current === after) writers.set(path, operation);
    }
  }
  return paths.map((path) => {
    const writer = writers.get(path);
    if (lost.has(path)) return { path, reason: "its bytes before are no longer kept in .winnow", by: null };
    if (writer !== undefined)
      return { path, reason: `changed by the later operation ${writer.operation} (${writer.summary})`, by: writer.operation };
    return { path, reason: ways.get(path)?.current === null ? "removed outside Winnow" : "changed outside Winnow", by: null };
  });
}

async function removeMadeFolders(entries: readonly Entry[], changes: readonly Change[]): Promise<void> {
  const removed = new Set(changes.filter(({ content }) => content === undefined).map(({ path }) => path));
  for (const { path, real, made } of entries) if (made !== undefined && removed.has(path)) await removeEmptyFolders(real, made);
}
