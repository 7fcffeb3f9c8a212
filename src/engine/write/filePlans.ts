import type { WantedCaption } from "../../core/captions/edit.ts";
import type { Env } from "../env.ts";
import { hashFile } from "../store/fileMoves.ts";
import { readBytes } from "../store/files.ts";
import { hashInTurns } from "../store/hashInTurns.ts";
import { createPause } from "../store/inTurns.ts";
import type { Change } from "../store/operations.ts";
import { piecesOfReplaced, type ByteReplacement } from "../store/replacedFile.ts";
import {
  outcomesOf,
  readCaptionFile,
  type CaptionOutcome,
  type CaptionPlanner,
  type FileChanges,
  type Outcomes,
  type ReadCaption,
} from "./captionPlans.ts";
import { partsOf } from "./encodedText.ts";
import { planParquet, readParquetCaptions } from "./parquetCaptions.ts";
import { planTar, readTarCaptions } from "./tarCaptions.ts";

/** A file's new bytes as replacements in those that it had, by their SHA-256. */
export interface FilePlan extends Outcomes {
  readonly before: string;
}

/** Plans changes of captions in one file: a text, or a container (`isContainer`) of any size. Throws a `CaptionError` for a text that is too large. */
export async function planFile(env: Env, asked: FileChanges, planner: CaptionPlanner, signal?: AbortSignal): Promise<FilePlan> {
  if (isContainer(asked.file)) return await planContainer(env, asked, signal);
  const read = await readCaptionFile(env, asked.file);
  const { plans, bytes } = await planner(env, read, asked);
  const planned = outcomesOf(bytes, plans);
  const before = planned.replacements.length === 0 ? "" : await hashInTurns([bytes], createPause(env));
  return { before, ...planned };
}

/** True of a file in which captions lie among pictures, a Parquet table or a tar archive: it is read and written in parts. */
export function isContainer(file: string): boolean {
  return isParquet(file) || isTar(file);
}

function isParquet(file: string): boolean {
  return /\.parquet$/i.test(file);
}

function isTar(file: string): boolean {
  return /\.tar$/i.test(file);
}

async function planContainer(env: Env, { file, changes }: FileChanges, signal?: AbortSignal): Promise<FilePlan> {
  // Hashed before it is read: of a container that changes in between nothing is written.
  const before = (await hashFile(env, file)) ?? "";
  if (isTar(file)) return { before, ...(await planTar(env, { file, changes }, signal)) };
  const { replacements, outcomes } = await planParquet(env, { file, changes }, signal);
  return {
    before,
    replacements,
    outcomes: outcomes.map((outcome): CaptionOutcome => {
      if (outcome.kind === "refusal") return { kind: "refusal", code: outcome.code, message: `${file} was not changed: ${outcome.reason}` };
      return outcome.isSame ? { kind: "same" } : { kind: "written", caption: outcome.caption };
    }),
  };
}

/** What captions say in a container, whose bytes lie at a path, in the order of those that are wanted; with `withColumns` also the other values of their rows, where they have some. */
export async function readContainer(
  env: Env,
  { file, path }: { readonly file: string; readonly path: string },
  wanted: readonly WantedCaption[],
  withColumns: boolean,
): Promise<readonly ReadCaption[]> {
  return await (isTar(file) ? readTarCaptions(env, path, wanted) : readParquetCaptions(env, path, wanted, withColumns));
}

/** The content of a file after its plan, read again when its turn comes, so that not all files are in memory at once. */
export function plannedContent(
  env: Env,
  file: string,
  replacements: readonly ByteReplacement[],
  signal?: AbortSignal,
): NonNullable<Change["content"]> {
  if (isContainer(file)) return { kind: "text", pieces: () => piecesOfReplaced(env, file, replacements, signal) };
  return { kind: "text", pieces: async () => piecesOf(partsOf(await readBytes(env, file), replacements)) };
}

/** The bytes of a file after replacements. A large table goes out piece by piece, so that hashing and writing it leave time for other work. */
function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) for (let from = 0; from < part.length; from += bytesPerPiece) yield part.subarray(from, from + bytesPerPiece);
}

const bytesPerPiece = 2 << 20;
