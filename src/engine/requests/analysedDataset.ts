import { decideInputOf } from "../decide/decideInput.ts";
import type { DecideInput } from "../../core/prune/policy.ts";
import { indexSelection } from "../../core/selection.ts";
import type { Sample } from "../../core/sample.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import type { OpenAnalysis } from "../store/analysis.ts";
import { openAnalysis } from "../store/analysis.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { locateDataset, readState } from "../store/dotWinnow.ts";
import { findGeneration } from "../store/generations.ts";
import type { Tables } from "../store/tables.ts";

/** A dataset's current analysis and what was decided of it, opened for questions; `tables` has the verdicts that hold as `verdicts`. */
export interface AnalysedDataset extends OpenAnalysis {
  readonly state: DatasetState;
}

/** Thrown when a question is asked of a dataset that was never analysed. */
export class NotAnalysedError extends Error {
  constructor(root: string) {
    super(`There is no analysis of ${root} yet: "winnow run" makes one`);
    this.name = "NotAnalysedError";
  }
}

/** Opens the current analysis of the dataset at `root`. Throws `NotAnalysedError`. */
export async function openAnalysed(env: Env, root: string): Promise<AnalysedDataset> {
  const generation = await findGeneration(env, root);
  if (generation === undefined) throw new NotAnalysedError(root);
  const state = await readState(env, await locateDataset(env, root));
  const analysis = await openAnalysis(generation);
  await loadVerdicts(analysis.tables, state.selection);
  return { ...analysis, state };
}

/** Gathers what policies judge from an analysis' tables; `state` is the one read under the dataset's lock. */
export async function readDecideInput(analysis: OpenAnalysis, samples: readonly Sample[], state: DatasetState): Promise<DecideInput> {
  return decideInputOf(samples, { signals: await analysis.signals(), groups: await analysis.groups() }, state);
}

/** Loads the verdict that holds for each pair that has one: a person's before a model's before a rule's, a sample's for all its pairs. */
async function loadVerdicts(tables: Tables, selection: readonly Verdict[]): Promise<void> {
  await tables.load("judged", [{ name: "sample", type: "text", values: [...new Set(selection.map(({ sample }) => sample))] }]);
  const hashesOf = new Map<string, string[]>();
  for (const { sample, captionHash } of await tables.query(
    "SELECT sample, captionHash FROM pairs SEMI JOIN judged USING (sample) ORDER BY pair",
  )) {
    hashesOf.set(String(sample), [...(hashesOf.get(String(sample)) ?? []), String(captionHash)]);
  }
  const index = indexSelection(selection);
  const held = [...hashesOf].flatMap(([sample, hashes]) =>
    index.ofCaptions(sample, hashes).flatMap((verdict, captionIndex) => (verdict === undefined ? [] : [{ sample, captionIndex, verdict }])),
  );
  await tables.load("verdicts", [
    { name: "sample", type: "text", values: held.map(({ sample }) => sample) },
    { name: "captionIndex", type: "integer", values: held.map(({ captionIndex }) => captionIndex) },
    { name: "verdict", type: "text", values: held.map(({ verdict }) => verdict.decision) },
    { name: "actor", type: "text", values: held.map(({ verdict }) => verdict.actor) },
    { name: "reason", type: "text", values: held.map(({ verdict }) => verdict.reason) },
  ]);
}
