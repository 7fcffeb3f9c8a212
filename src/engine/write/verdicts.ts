import { parse } from "csv-parse/sync";
import type { DecideInput } from "../../core/prune/policy.ts";
import { findCaption } from "../../core/selection.ts";
import type { Decision, Verdict } from "../../core/verdict.ts";
import { captionHash, stateChanges, type DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import { decidedChanges, decideInTurns } from "./decided.ts";

/** One row of a CSV of verdicts as text; `line` from 1. An empty `captionIndex` is the whole sample; `verdict` is keep, drop, review or clear. */
export interface VerdictRow {
  readonly line: number;
  readonly sample: string;
  readonly captionIndex: string;
  readonly verdict: string;
  readonly reason: string;
}

/** A row that could not be applied, and why. */
export interface UnknownRow {
  readonly line: number;
  readonly sample: string;
  readonly captionIndex: string;
  readonly why: string;
}

/** What became of the rows; `operation` is null where nothing had to be written. */
export interface AppliedVerdicts {
  readonly applied: number;
  readonly unknown: readonly UnknownRow[];
  readonly operation: OperationId | null;
}

/**
 * A person's verdicts to apply. `captionsOf` gives a sample's captions' texts, undefined for a sample that the dataset hasn't. With `input` (see `decideInputOf`) the recipe's rules
 * are applied anew; without it (nothing was scored yet) rules' earlier verdicts stay but for those that the person's overrule.
 */
export interface VerdictRequest {
  readonly rows: readonly VerdictRow[];
  readonly captionsOf: (sample: string) => readonly string[] | undefined;
  readonly input?: DecideInput;
}

/** Reads a CSV with the columns sample, captionIndex, verdict and reason, in any order; throws one sentence where it isn't one. */
export function parseVerdictRows(text: string): VerdictRow[] {
  let parsed: { record: Partial<Record<string, string>>; info: { lines: number } }[];
  try {
    parsed = parse(text, {
      columns: (header: string[]) => header.map((name) => name.trim()),
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    });
  } catch (error) {
    throw new Error(`The verdicts are not a proper CSV: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const [first] = parsed;
  const missing = ["sample", "verdict"].filter((column) => first !== undefined && !(column in first.record));
  if (missing.length > 0)
    throw new Error(
      `Expected the columns sample,captionIndex,verdict,reason in the verdicts but ${missing.join(" and ")} is missing in the first line`,
    );
  return parsed.map(({ record, info }) => ({
    line: info.lines,
    sample: record["sample"] ?? "",
    captionIndex: (record["captionIndex"] ?? "").trim(),
    verdict: (record["verdict"] ?? "").trim(),
    reason: record["reason"] ?? "",
  }));
}

/** Applies a person's verdicts as one operation. Rows that name nothing in the dataset, or no verdict, are listed and the rest is applied; of two rows on one thing the later holds. */
export async function applyVerdicts(
  dataset: OpenDataset,
  state: DatasetState,
  { rows, captionsOf, input }: VerdictRequest,
): Promise<AppliedVerdicts> {
  const settled = new Map<string, Verdict>();
  for (const verdict of state.selection) if (verdict.actor === "person") settle(settled, anchor(verdict, captionsOf));
  const touched: Verdict[] = [];
  const unknown: UnknownRow[] = [];
  for (const row of rows) {
    const read = readRow(row, captionsOf);
    if (typeof read === "string") {
      unknown.push({ line: row.line, sample: row.sample, captionIndex: row.captionIndex, why: read });
      continue;
    }
    touched.push(read.verdict);
    if (read.clears) settled.delete(keyOf(read.verdict));
    else settle(settled, read.verdict);
  }
  const persons = [...settled.values()];
  const models = state.selection.filter(({ actor }) => actor === "model");
  if (touched.length === 0) return { applied: 0, unknown, operation: null };
  const changes =
    input === undefined
      ? stateChanges(state, { selection: [...standingRules(state.selection, touched), ...models, ...persons] })
      : await decideAnew(dataset, state, { input, verdicts: [...models, ...persons] });
  const operation = await applyOperation(dataset, { kind: "verdict", summary: `${touched.length} verdicts`, changes });
  return { applied: touched.length, unknown, operation: operation?.operation ?? null };
}

async function decideAnew(
  { env }: OpenDataset,
  state: DatasetState,
  { input, verdicts }: { input: DecideInput; verdicts: readonly Verdict[] },
): Promise<Change[]> {
  return await decidedChanges(env, state, await decideInTurns(env, input, { rules: state.recipe.rules, verdicts }));
}

/** Rules' verdicts that the touched ones don't overrule. A pair that is not dropped overrules a rule on its whole sample. */
function standingRules(selection: readonly Verdict[], touched: readonly Verdict[]): Verdict[] {
  const wholes = new Set(touched.filter(({ captionIndex }) => captionIndex === undefined).map(({ sample }) => sample));
  const pairs = new Set(touched.filter(({ captionIndex }) => captionIndex !== undefined).map(keyOf));
  const rescued = new Set(
    touched.filter(({ captionIndex, decision }) => captionIndex !== undefined && decision !== "drop").map(({ sample }) => sample),
  );
  return selection.filter(
    (verdict) =>
      verdict.actor === "rule" &&
      !wholes.has(verdict.sample) &&
      (verdict.captionIndex === undefined ? !rescued.has(verdict.sample) : !pairs.has(keyOf(verdict))),
  );
}

function readRow(row: VerdictRow, captionsOf: VerdictRequest["captionsOf"]): { verdict: Verdict; clears: boolean } | string {
  const { sample, captionIndex, verdict, reason } = row;
  const captions = captionsOf(sample);
  if (captions === undefined) return "the dataset has no such sample";
  if (!["keep", "drop", "review", "clear"].includes(verdict))
    return `expected keep, drop, review or clear but received ${verdict || "nothing"}`;
  const decision = (verdict === "clear" ? "keep" : verdict) as Decision;
  const clears = verdict === "clear";
  if (captionIndex === "") return { verdict: { sample, decision, actor: "person", reason }, clears };
  const index = /^\d+$/.test(captionIndex) ? Number(captionIndex) : undefined;
  const text = index === undefined ? undefined : captions[index];
  if (index === undefined || text === undefined)
    return `the sample has no caption ${captionIndex}, only ${captions.length} (counted from 0)`;
  return { verdict: { sample, captionIndex: index, captionHash: captionHash(text), decision, actor: "person", reason }, clears };
}

/** Moves a verdict to where its caption stands now; one whose caption is gone stays as it is, so that nothing of a person's is lost. */
function anchor(verdict: Verdict, captionsOf: VerdictRequest["captionsOf"]): Verdict {
  const captions = captionsOf(verdict.sample);
  if (captions === undefined || verdict.captionIndex === undefined) return verdict;
  const at = findCaption(verdict, captions.map(captionHash));
  return at === undefined ? verdict : { ...verdict, captionIndex: at };
}

function settle(settled: Map<string, Verdict>, verdict: Verdict): void {
  settled.set(keyOf(verdict), verdict);
}

function keyOf({ sample, captionIndex }: Verdict): string {
  return JSON.stringify([sample, captionIndex ?? null]);
}
