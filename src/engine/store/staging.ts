import { createHash } from "node:crypto";
import { chmod, link, mkdir, open, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Env } from "../env.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { copyDurably, hashFile, removeEmptyFolders, syncFile } from "./fileMoves.ts";
import { sha256 } from "./files.ts";
import type { OperationId } from "./ledger.ts";
import { blobPath, writeLines } from "./manifest.ts";
import { exists } from "./paths.ts";
import { piecesOfReplaced } from "./replacedFile.ts";

/**
 * The new bytes of a file: given, in pieces (for long files; they may be made when their turn comes), a copy, a hard link, or read when their turn comes. A Buffer as path opens a name that is not valid UTF-8.
 * `hash` spares reading what is linked where its SHA-256 is known.
 */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array | string }
  | { readonly kind: "text"; readonly pieces: () => Pieces | Promise<Pieces> }
  | { readonly kind: "copy"; readonly from: string | Buffer }
  | { readonly kind: "link"; readonly from: string | Buffer; readonly hash?: string }
  | { readonly kind: "read"; readonly read: () => Promise<Uint8Array> };

type Pieces = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Characters of text that are written at once. */
const chunkLength = 1 << 16;

/** One change with its places: the file itself, where its new bytes are prepared, and the topmost folder that must be made for it. */
export interface StagedChange {
  readonly real: string;
  readonly staged: string;
  readonly made: string | undefined;
  readonly before: string | null;
  readonly content: Content | undefined;
}

/**
 * Prepares one change: the new bytes beside the file, the old ones among the blobs. Gives the SHA-256 of the new bytes, null for a removal.
 * New text, and whatever replaces a file, is on the disk when this returns; pictures that go out are not waited for, since the originals stay.
 */
export async function stageChange(place: DatasetPlace & { readonly env: Env }, change: StagedChange): Promise<string | null> {
  const { real, staged, before, content } = change;
  if (content === undefined) return null;
  await mkdir(dirname(real), { recursive: true });
  const after = await writeStaged(place.env, staged, content);
  if (before === null) return after;
  if (content.kind !== "bytes" && content.kind !== "text") await syncFile(staged);
  await chmod(staged, (await stat(real)).mode);
  const blob = blobPath(place, before);
  if (!(await exists(blob))) await copyDurably(real, blob);
  return after;
}

/** Notes on this machine which files an operation is about to prepare: after a kill they are found and removed by it. */
export async function writePlan(place: DatasetPlace, id: OperationId, changes: readonly StagedChange[]): Promise<void> {
  await writeLines(
    planFile(place, id),
    changes.map(({ real, staged, made }) => ({ real, staged, made })),
  );
}

/** Removes what an operation prepared and did not use, with the folders that it made and left empty, and then its plan. */
export async function clearStaged(place: DatasetPlace, id: OperationId): Promise<void> {
  const path = planFile(place, id);
  const text = await readFile(path, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { real, staged, made } = JSON.parse(line) as { real: string; staged: string; made?: string };
    await rm(staged, { force: true });
    if (made !== undefined) await removeEmptyFolders(real, made);
  }
  await dropPlan(place, id);
}

/** Forgets the plan of an operation whose files are all in place. */
export async function dropPlan(place: DatasetPlace, id: OperationId): Promise<void> {
  await rm(planFile(place, id), { force: true });
}

/** The operations whose preparation this machine did not finish. */
export async function listPlans({ localFolder }: DatasetPlace): Promise<OperationId[]> {
  const names = await readdir(join(localFolder, "operations")).catch(() => []);
  return names.filter((name) => name.endsWith(planEnding)).map((name) => name.slice(0, -planEnding.length));
}

const planEnding = ".plan.jsonl";

function planFile({ localFolder }: DatasetPlace, id: OperationId): string {
  return join(localFolder, "operations", `${id}${planEnding}`);
}

async function writeStaged(env: Env, staged: string, content: Content): Promise<string> {
  switch (content.kind) {
    case "bytes":
      await writePieces(staged, [content.bytes], true);
      return sha256(content.bytes);
    case "text":
      return writePieces(staged, await content.pieces(), true);
    case "copy":
      return writePieces(staged, piecesOfReplaced(env, content.from, []), false);
    case "read":
      return writePieces(staged, [await content.read()], false);
    case "link":
      await linkFile(content.from, staged);
      return content.hash ?? (await hashFile(env, staged)) ?? "";
  }
}

async function writePieces(path: string, pieces: Pieces, durably: boolean): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "w");
  try {
    for await (const chunk of Symbol.asyncIterator in pieces ? pieces : gather(pieces)) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    if (durably) await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** Small pieces of text in one, so that a million rows are not a million system calls. */
function* gather(pieces: Iterable<Uint8Array | string>): Generator<Uint8Array | string> {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string") text += piece;
    if (typeof piece === "string" && text.length < chunkLength) continue;
    if (text !== "") yield text;
    text = "";
    if (typeof piece !== "string") yield piece;
  }
  if (text !== "") yield text;
}

async function linkFile(from: string | Buffer, to: string): Promise<void> {
  try {
    // A link to a symbolic link would be another symbolic link.
    await link(await realpath(from, { encoding: "buffer" }), to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP"].includes(code)) throw error;
    throw new Error(`${from.toString()} can't be hard-linked to ${dirname(to)} (${code}): export copies instead`, { cause: error });
  }
}
