import { constants } from "node:buffer";
import { access, constants as modes, stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { editCaptionText } from "../../core/captions/edit.ts";
import type { CaptionPlace } from "../../core/captions/place.ts";
import type { CaptionChange } from "../../core/captions/replacement.ts";
import { shorten } from "../../core/captions/replacement.ts";
import { findCaption } from "../../core/selection.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import { captionHash, selectionChanges, stateChanges, type DatasetPlace, type DatasetState } from "../store/dotWinnow.ts";
import { readBytes } from "../store/files.ts";
import { hashInTurns } from "../store/hashInTurns.ts";
import { createPause, inTurns } from "../store/inTurns.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import { followLinks, isInside } from "../store/paths.ts";
import { decodeFileText, partsOf, replaceText, type ByteReplacement } from "./encodedText.ts";

/** Why a caption was not changed: its text is not as it was when it was read ("changed"), or it can't be as it was asked for ("unfit"). */
export class CaptionError extends Error {
  readonly code: "changed" | "unfit";
  constructor(code: CaptionError["code"], message: string) {
    super(message);
    this.name = "CaptionError";
    this.code = code;
  }
}

/** The sentence that says why a file can't be written, undefined where it can: its folder must be writable too, since files are replaced by a rename. */
export async function findWriteProblem(file: string): Promise<string | undefined> {
  const real = await followLinks(file);
  const problem = await access(real).then(
    () => undefined,
    () => `${file} is not there any more: run the analysis again`,
  );
  if (problem !== undefined) return problem;
  return await Promise.all([access(real, modes.W_OK), access(dirname(real), modes.W_OK)]).then(
    () => undefined,
    () => `${file} can't be written by you: change its rights or those of its folder`,
  );
}

/** A pair that reads the caption that is to be changed, with the hashes of all captions of its sample as they are now. */
export interface CaptionReader {
  readonly sample: string;
  readonly captionIndex: number;
  readonly hashes: readonly string[];
}

/** One caption to change: its file (absolute) and its place there, its text before and after, and every pair that reads it; the first is told of. */
export interface CaptionEdit extends CaptionChange {
  readonly file: string;
  readonly place: CaptionPlace;
  readonly readers: readonly CaptionReader[];
}

/**
 * Changes a caption in its file as one operation; every other byte of the file stays. A person's verdict on the caption holds for the new text, in the
 * same operation. Gives null where the caption is so already. Throws `CaptionError` and `ConflictError`.
 */
export async function applyCaptionEdit(
  dataset: OpenDataset,
  state: DatasetState,
  edit: CaptionEdit,
  planner: CaptionPlanner = planHere,
): Promise<OperationId | null> {
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  const problem = await findWriteProblem(edit.file);
  if (problem !== undefined) throw new CaptionError("unfit", problem);
  const read = await readCaptionFile(dataset, edit.file);
  const { plan, bytes } = await planner(dataset.env, read, edit);
  if (plan.kind === "refusal") throw new CaptionError(plan.code, plan.message);
  if (bytes.subarray(plan.from, plan.to).equals(plan.inserted)) return null;
  const before = await hashInTurns([bytes], createPause(dataset.env));
  const file: Change = {
    path: pathOf(dataset, edit.file),
    before,
    content: { kind: "text", pieces: () => piecesOf(partsOf(bytes, plan)) },
  };
  const changes = [file, ...(await followVerdicts(dataset.env, state, edit, captionHash(plan.caption)))];
  const operation = await applyOperation(dataset, { kind: "caption", summary: summaryOf(edit, plan.caption), changes });
  return operation?.operation ?? null;
}

/** A caption's change as one of its file's bytes, and how the caption is read then; or why not, in a sentence. */
export type CaptionPlan =
  | (ByteReplacement & { readonly kind: "replacement"; readonly caption: string })
  | { readonly kind: "refusal"; readonly code: CaptionError["code"]; readonly message: string };

/** What plans the change of a caption in a file's bytes, which it gives back: another thread may have had them. */
export type CaptionPlanner = (env: Env, bytes: Buffer, edit: PlannedCaption) => Promise<{ plan: CaptionPlan; bytes: Buffer }>;

/** What a plan is made from. */
export type PlannedCaption = Pick<CaptionEdit, "file" | "place" | "before" | "after">;

/** Plans the change of one caption in its file's bytes, in turns; a text of more than some ten megabytes still takes long to be put together. */
export async function planCaption(env: Pick<Env, "now">, bytes: Buffer, { file, place, ...change }: PlannedCaption): Promise<CaptionPlan> {
  const refuse = (code: CaptionError["code"], message: string): CaptionPlan => ({ kind: "refusal", code, message });
  const source = await decodeFileText(bytes);
  if (source === undefined)
    return refuse(
      "unfit",
      `${file} is not wholly text of its encoding, and writing it would change more than the caption: save it as UTF-8`,
    );
  const planned = await inTurns(env, editCaptionText(source.text, place, change, source.isAscii || source.encoding === "windows-1252"));
  if (planned.kind === "refusal") return refuse(planned.code, `${file} was not changed: ${planned.reason}`);
  const replacement = replaceText(source, planned);
  if (replacement === undefined)
    return refuse("unfit", `${file} is ${source.encoding}, which has no room for this text: save the file as UTF-8 first`);
  return { kind: "replacement", ...replacement, caption: planned.caption };
}

async function planHere(env: Env, bytes: Buffer, edit: PlannedCaption): Promise<{ plan: CaptionPlan; bytes: Buffer }> {
  return { plan: await planCaption(env, bytes, edit), bytes };
}

async function readCaptionFile({ env }: OpenDataset, file: string): Promise<Buffer> {
  if ((await stat(file)).size >= constants.MAX_STRING_LENGTH)
    throw new CaptionError("unfit", `${file} is larger than 512 MB, more than can be changed in place: split it into smaller files`);
  return await readBytes(env, file);
}

/** A large table goes out piece by piece, so that hashing and writing it leave time for other work. */
function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) for (let from = 0; from < part.length; from += bytesPerPiece) yield part.subarray(from, from + bytesPerPiece);
}

const bytesPerPiece = 2 << 20;

/** Where the file is for the ledger: below the root where it can be. */
function pathOf({ root }: DatasetPlace, file: string): string {
  return isInside(root, file) ? relative(root, file).replaceAll(sep, "/") : file;
}

/**
 * A verdict names its caption by the hash of its text: a person's word goes on to the new text, where a rule or a model judged the old one. So does
 * the move of a caption to the duplicate that is kept.
 */
async function followVerdicts(env: Env, state: DatasetState, { before, readers }: CaptionEdit, hash: string): Promise<Change[]> {
  const old = captionHash(before);
  const bySample = new Map(readers.map((reader) => [reader.sample, reader]));
  const isRead = (verdict: Named): boolean => {
    const reader = verdict.captionHash === old ? bySample.get(verdict.sample) : undefined;
    return reader !== undefined && findCaption(verdict, reader.hashes) === reader.captionIndex;
  };
  const follows = (verdict: Verdict): boolean => verdict.actor === "person" && isRead(verdict);
  const changes: Change[] = [];
  if (state.selection.some(follows)) {
    const selection = state.selection.map((verdict) => (follows(verdict) ? { ...verdict, captionHash: hash } : verdict));
    changes.push(...(await selectionChanges(env, state, selection)));
  }
  if (state.moves.some(isRead))
    changes.push(...stateChanges(state, { moves: state.moves.map((move) => (isRead(move) ? { ...move, captionHash: hash } : move)) }));
  return changes;
}

type Named = Pick<Verdict, "sample" | "captionIndex" | "captionHash">;

function summaryOf({ before, readers }: CaptionEdit, after: string): string {
  const [first] = readers;
  const others = readers.length > 1 ? ` and ${readers.length - 1} more` : "";
  return `caption ${first?.captionIndex ?? 0} of ${first?.sample ?? ""}${others}: "${shorten(after)}" (was "${shorten(before)}")`;
}
