import type { DecideInput, DecideSample, SignalColumn } from "../../core/prune/policy.ts";
import type { Split } from "../../core/sample.ts";
import { signals as descriptors } from "../../core/signals/signals.ts";
import type { Steps } from "../../core/steps.ts";
import { eachStep } from "../../core/steps.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { inTurns } from "../store/inTurns.ts";
import type { OpenDataset } from "../store/operations.ts";
import type { Tables } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import { judgedByPeople } from "../write/decided.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { once } from "./once.ts";

/** What policies judge, as far as it depends on the analysis alone. */
type Columns = Pick<DecideInput, "samples" | "pairs" | "signals">;

/** The columns of analyses that are open; they go with their tables. */
const known = new WeakMap<Tables, () => Promise<Columns>>();

/**
 * Gathers what policies judge from an analysis' tables, with what a state says of it; for a million pairs it is some 150 MB. The columns are read
 * once for each opened analysis, in turns.
 */
export async function readDecideColumns(env: Env, dataset: AnalysedDataset, state: DatasetState): Promise<DecideInput> {
  const [columns, groups] = await Promise.all([columnsOf(dataset), dataset.groups()]);
  const samples = state.splits.size === 0 ? columns.samples : await inTurns(env, withSplits(columns.samples, state.splits));
  return { ...columns, samples, groups, verdicts: judgedByPeople(state.selection) };
}

/** Does work under the dataset's lock with its state as it is then, and with what policies judge; what doesn't depend on the state is read before. */
export async function withDecideColumns<Result>(
  env: Env,
  dataset: AnalysedDataset,
  root: string,
  work: (open: OpenDataset, state: DatasetState, input: DecideInput) => Promise<Result>,
): Promise<Result> {
  await Promise.all([columnsOf(dataset), dataset.groups()]);
  return await withDataset(env, root, async (open, state) => work(open, state, await readDecideColumns(env, dataset, state)));
}

function columnsOf({ tables }: AnalysedDataset): Promise<Columns> {
  const read = known.get(tables) ?? once(() => readColumns(tables));
  known.set(tables, read);
  return read();
}

async function readColumns(tables: Tables): Promise<Columns> {
  const samples: DecideSample[] = [];
  for await (const rows of tables.stream("SELECT sample, folder, split FROM samples ORDER BY sampleRow")) {
    for (const { sample, folder, split } of rows)
      samples.push({ id: String(sample), folder: String(folder), ...(split === null ? {} : { split: split as Split }) });
  }
  const captionHash: string[] = [];
  for await (const rows of tables.stream("SELECT captionHash FROM pairs ORDER BY pair"))
    for (const row of rows) captionHash.push(String(row["captionHash"]));
  const [row = new Int32Array(), captionIndex = new Int32Array()] = await tables.integers(
    "SELECT sampleRow, captionIndex FROM pairs ORDER BY pair",
  );
  const signals = { ...(await readSignals(tables, "pair")), ...(await readSignals(tables, "sample")) };
  return { samples, pairs: { row: new Uint32Array(row.buffer), captionIndex: new Uint32Array(captionIndex.buffer), captionHash }, signals };
}

/** The signals of a table, in the order of the registry. */
async function readSignals(tables: Tables, of: "pair" | "sample"): Promise<Record<string, SignalColumn>> {
  const [table, order] = of === "pair" ? ["pairs", "pair"] : ["samples", "sampleRow"];
  const described = new Set((await tables.query(`SELECT column_name AS name FROM (DESCRIBE ${table})`)).map(({ name }) => name));
  const found = descriptors.filter(({ id, per }) => per === of && described.has(id));
  const signals: Record<string, SignalColumn> = {};
  for (const { id, direction } of found) {
    const [values = new Float32Array()] = await tables.floats(`SELECT ${quoteName(id)}::FLOAT FROM ${table} ORDER BY ${order}`);
    signals[id] = { of, values, better: direction === "lowerIsBetter" ? "lower" : "higher" };
  }
  return signals;
}

function* withSplits(samples: readonly DecideSample[], splits: ReadonlyMap<string, Split>): Steps<DecideSample[]> {
  const split: DecideSample[] = [];
  yield* eachStep(samples.length, (from, to) => {
    for (const sample of samples.slice(from, to)) {
      const made = sample.split ?? splits.get(sample.id);
      split.push(made === undefined || made === sample.split ? sample : { ...sample, split: made });
    }
  });
  return split;
}
