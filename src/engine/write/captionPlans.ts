import { constants } from "node:buffer";
import { stat } from "node:fs/promises";
import type { PlacedChange, WantedCaption } from "../../core/captions/edit.ts";
import { findCaptions, planEdits } from "../../core/captions/edit.ts";
import type { Env } from "../env.ts";
import { readBytes } from "../store/files.ts";
import { inTurns } from "../store/inTurns.ts";
import type { ByteReplacement } from "../store/replacedFile.ts";
import { decodeFileText, replaceTexts, type EncodedText } from "./encodedText.ts";

/** Why a caption was not changed: its text is not as it was when it was read ("changed"), or it can't be as it was asked for ("unfit"). */
export class CaptionError extends Error {
  readonly code: "changed" | "unfit";
  constructor(code: CaptionError["code"], message: string) {
    super(message);
    this.name = "CaptionError";
    this.code = code;
  }
}

/** A caption's change as one of its file's bytes, and how the caption is read then; or why not, in a sentence. */
export type CaptionPlan =
  | (ByteReplacement & { readonly kind: "replacement"; readonly caption: string })
  | { readonly kind: "refusal"; readonly code: CaptionError["code"]; readonly message: string };

/** Changes of captions in one file (absolute); `isPart` where there are others too. */
export interface FileChanges {
  readonly file: string;
  readonly changes: readonly PlacedChange[];
  readonly isPart?: boolean;
}

/** What plans changes in a file's bytes, which it gives back: another thread may have had them. Plans are in the order of the changes. */
export type CaptionPlanner = (env: Env, bytes: Buffer, asked: FileChanges) => Promise<{ plans: readonly CaptionPlan[]; bytes: Buffer }>;

/** Plans changes of captions in their file's bytes, in turns; a text of more than some ten megabytes still takes long to be put together. */
export async function planCaptions(
  env: Pick<Env, "now">,
  bytes: Buffer,
  { file, changes, isPart = false }: FileChanges,
): Promise<CaptionPlan[]> {
  const refuse = (code: CaptionError["code"], message: string): CaptionPlan => ({ kind: "refusal", code, message });
  const source = await decodeFileText(bytes);
  if (source === undefined)
    return changes.map(() =>
      refuse("unfit", `${file} is not wholly text of its encoding, and writing it would change more than the caption: save it as UTF-8`),
    );
  const planned = await inTurns(env, planEdits(source.text, changes, { asciiOnly: isAsciiOnly(source), isPart }));
  const placed = planned.flatMap((plan, index) => (plan.kind === "replacement" ? [{ plan, index }] : []));
  placed.sort((left, right) => left.plan.from - right.plan.from);
  const replacements = replaceTexts(
    source,
    placed.map(({ plan }) => plan),
  );
  const replacementOf = new Map(placed.map(({ index }, at) => [index, replacements[at]]));
  return planned.map((plan, index): CaptionPlan => {
    if (plan.kind === "refusal") return refuse(plan.code, `${file} was not changed: ${plan.reason}`);
    const replacement = replacementOf.get(index);
    if (replacement === undefined)
      return refuse("unfit", `${file} is ${source.encoding}, which has no room for this text: save the file as UTF-8 first`);
    return { kind: "replacement", ...replacement, caption: plan.caption };
  });
}

/** What becomes of a change: how the caption is read then, whether it was so already, or why it stays. */
export type CaptionOutcome =
  | { readonly kind: "written"; readonly caption: string }
  | { readonly kind: "same" }
  | { readonly kind: "refusal"; readonly code: CaptionError["code"]; readonly message: string };

/** What plans do to the bytes that they are of: replacements, ascending and apart, and what becomes of each change, in their order. */
export interface Outcomes {
  readonly replacements: readonly ByteReplacement[];
  readonly outcomes: readonly CaptionOutcome[];
}

/** What becomes of changes by their plans; what a text says already is not written. */
export function outcomesOf(bytes: Buffer, plans: readonly CaptionPlan[]): Outcomes {
  const replacements: ByteReplacement[] = [];
  const outcomes = plans.map((plan): CaptionOutcome => {
    if (plan.kind === "refusal") return plan;
    const { from, to, inserted, caption } = plan;
    if (bytes.subarray(from, to).equals(inserted)) return { kind: "same" };
    replacements.push({ from, to, inserted });
    return { kind: "written", caption };
  });
  replacements.sort((one, other) => one.from - other.from);
  return { replacements, outcomes };
}

/** What a caption says in its file now, with the other values of its row where it has one; undefined where it is not there any more. */
export type ReadCaption = { readonly text: string; readonly columns: Readonly<Record<string, string>> } | undefined;

/** Reads captions at their places in their file's bytes, in turns. */
export async function readCaptions(env: Pick<Env, "now">, bytes: Buffer, wanted: readonly WantedCaption[]): Promise<ReadCaption[]> {
  const source = await decodeFileText(bytes);
  if (source === undefined) return wanted.map(() => undefined);
  const { captions } = await inTurns(env, findCaptions(source.text, wanted, isAsciiOnly(source)));
  return captions.map((found) => found && { text: found.caption, columns: found.columns?.() ?? {} });
}

/** Strings of JSON get escapes for everything else in a file that has nothing else, or can't hold it. */
function isAsciiOnly({ isAscii, encoding }: EncodedText): boolean {
  return isAscii || encoding === "windows-1252";
}

/** Reads a file whose captions are to be changed. Throws a `CaptionError` for one that is too large. */
export async function readCaptionFile(env: Env, file: string): Promise<Buffer> {
  if ((await stat(file)).size >= constants.MAX_STRING_LENGTH)
    throw new CaptionError("unfit", `${file} is larger than 512 MB, more than can be changed in place: split it into smaller files`);
  return await readBytes(env, file);
}
