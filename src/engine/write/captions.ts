import { access, constants as modes } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import type { PlacedChange } from "../../core/captions/edit.ts";
import { shorten } from "../../core/captions/replacement.ts";
import { captionHash, type DatasetPlace, type DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";
import { followLinks, isInside } from "../store/paths.ts";
import { CaptionError, type CaptionPlanner } from "./captionPlans.ts";
import { planFile, plannedContent } from "./filePlans.ts";
import { followVerdicts } from "./followVerdicts.ts";

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
export interface CaptionEdit extends PlacedChange {
  readonly file: string;
  readonly readers: readonly CaptionReader[];
}

/**
 * Changes a caption in its file as one operation; every other byte of the file stays. A person's verdict on the caption holds for the new text, in the
 * same operation. Gives null where the caption is so already. Throws `CaptionError` and `ConflictError`.
 */
export async function applyCaptionEdit(
  dataset: OpenDataset,
  state: DatasetState,
  { file, readers, ...change }: CaptionEdit,
  planner: CaptionPlanner,
): Promise<OperationId | null> {
  const { env } = dataset;
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  const problem = await findWriteProblem(file);
  if (problem !== undefined) throw new CaptionError("unfit", problem);
  const { before, replacements, outcomes } = await planFile(env, { file, changes: [change] }, planner);
  const [outcome] = outcomes;
  if (outcome?.kind === "same") return null;
  if (outcome?.kind !== "written") throw new CaptionError(outcome?.code ?? "changed", outcome?.message ?? `${file} was not changed`);
  const content = plannedContent(env, file, replacements);
  const hashes = { before: captionHash(change.before), after: captionHash(outcome.caption) };
  const samples = new Map(
    readers.map(({ sample, captionIndex, hashes: own }) => [sample, { hashes: own, changed: [{ captionIndex, ...hashes }] }]),
  );
  const changes = [{ path: pathOf(dataset, file), before, content }, ...(await followVerdicts(env, state, samples))];
  const operation = await applyOperation(dataset, {
    kind: "caption",
    summary: summaryOf(change.before, outcome.caption, readers),
    changes,
  });
  return operation?.operation ?? null;
}

/** Where the file is for the ledger: below the root where it can be. */
export function pathOf({ root }: DatasetPlace, file: string): string {
  return isInside(root, file) ? relative(root, file).replaceAll(sep, "/") : file;
}

function summaryOf(before: string, after: string, readers: readonly CaptionReader[]): string {
  const [first] = readers;
  const others = readers.length > 1 ? ` and ${readers.length - 1} more` : "";
  return `caption ${first?.captionIndex ?? 0} of ${first?.sample ?? ""}${others}: "${shorten(after)}" (was "${shorten(before)}")`;
}
