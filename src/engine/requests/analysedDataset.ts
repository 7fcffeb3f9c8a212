import { decideInputOf } from "../decide/decideInput.ts";
import type { DecideInput } from "../../core/prune/policy.ts";
import type { Sample } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import type { OpenAnalysis } from "../store/analysis.ts";
import { openAnalysis } from "../store/analysis.ts";
import type { Curated } from "../store/curated.ts";
import { createCurated } from "../store/curated.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import type { Generation } from "../store/generations.ts";
import { findGeneration } from "../store/generations.ts";
import type { Operation } from "../store/ledger.ts";
import { once } from "./once.ts";
import { loadSets } from "./sets.ts";
import type { Shape } from "./shape.ts";
import { readShape } from "./shape.ts";
import type { Shelf } from "./shelf.ts";
import { createShelf } from "./shelf.ts";
import type { CurrentState } from "./currentState.ts";
import { readCurrentState } from "./currentState.ts";

/**
 * A dataset's current analysis and what was decided of it, opened for questions; `tables` has the tables of `createCurated` beside those of the analysis.
 * `operations` are those of the ledger, the oldest first; `stamp` changes with everything that `.winnow` says.
 */
export interface AnalysedDataset extends OpenAnalysis, Curated {
  readonly root: string;
  readonly generation: string;
  readonly state: DatasetState;
  readonly operations: readonly Operation[];
  readonly stamp: string;
  readonly shelf: Shelf;
  /** How the items lie; read when it is asked for the first time. */
  shape(): Promise<Shape>;
}

/** Thrown when a question is asked of a dataset that was never analysed. */
export class NotAnalysedError extends Error {
  constructor(root: string) {
    super(`There is no analysis of ${root} yet: run one first`);
    this.name = "NotAnalysedError";
  }
}

/** Opens the current analysis of the dataset at `root` for one question. Throws `NotAnalysedError`. */
export async function openAnalysed(env: Env, root: string): Promise<AnalysedDataset> {
  const generation = await findGeneration(env, root);
  if (generation === undefined) throw new NotAnalysedError(root);
  return await openGeneration(env, { root, generation, warm: false, shelf: createShelf(generation.id) });
}

/** Which generation is opened, and how: `warm` holds its pairs in memory (see `createCurated`), and what was read once is kept. */
export interface OpenRequest {
  readonly root: string;
  readonly generation: Generation;
  readonly warm: boolean;
  readonly shelf: Shelf;
}

/** Opens one generation of a dataset's analysis, with its state as it is now. */
export async function openGeneration(env: Env, { root, generation, warm, shelf }: OpenRequest): Promise<AnalysedDataset> {
  const analysis = await openAnalysis(generation);
  try {
    const { tables, summary } = analysis;
    const curated = await createCurated(tables, { warm });
    const state = await readCurrentState(env, root, tables);
    const shape = once(() => readShape(tables, { pairs: summary.captions, samples: summary.samples }));
    await loadSets({ tables, shelf });
    const kept = warm ? { groups: once(() => analysis.groups()), signals: once(() => analysis.signals()) } : {};
    return { ...analysis, ...kept, ...curated, ...state, root, generation: generation.id, shelf, shape };
  } catch (error) {
    analysis.close();
    throw error;
  }
}

/** The dataset with its state as it is now, itself where nothing changed. What was read by the one before stays right: it depends on the analysis alone. */
export async function refreshState(env: Env, dataset: AnalysedDataset): Promise<AnalysedDataset> {
  const before: CurrentState = dataset;
  const state = await readCurrentState(env, dataset.root, dataset.tables, before);
  return state === before ? dataset : { ...dataset, ...state };
}

/** Gathers what policies judge from an analysis' tables; `state` is the one read under the dataset's lock. */
export async function readDecideInput(analysis: OpenAnalysis, samples: readonly Sample[], state: DatasetState): Promise<DecideInput> {
  return decideInputOf(samples, { signals: await analysis.signals(), groups: await analysis.groups() }, state);
}
