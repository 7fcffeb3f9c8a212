import { signals } from "../../core/signals/signals.ts";
import type { SignalStanding } from "../../protocol/inspection.ts";
import type { Cell } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";

/** The values of one pair, by the names of the fields; null is unknown. */
export type PairValues = Readonly<Record<string, number | boolean | null>>;

/** The signals that a dataset's analysis has, in the order in which they are shown. */
export function signalsOf({ fields }: AnalysedDataset): string[] {
  return signals.map(({ id }) => id).filter((id) => Object.hasOwn(fields, id));
}

/** Where pairs stand among all of the dataset: for each of them every signal's value, and the share of the known values that are lower. */
export async function readStandings(dataset: AnalysedDataset, pairs: readonly PairValues[]): Promise<SignalStanding[][]> {
  const ids = signalsOf(dataset);
  const ofSample = new Set(signals.filter(({ per }) => per === "sample").map(({ id }) => id));
  const tables = [
    { table: "samples", ids: ids.filter((id) => ofSample.has(id)) },
    { table: "pairs", ids: ids.filter((id) => !ofSample.has(id)) },
  ];
  const below = new Map<string, number>();
  for (let from = 0; from < pairs.length; from += pairsPerQuery) {
    const some = pairs.slice(from, from + pairsPerQuery);
    for (const { table, ids: asked } of tables)
      for (const [key, share] of await readShares(dataset, { table, ids: asked, pairs: some, from })) below.set(key, share);
  }
  return pairs.map((values, pair) =>
    ids.map((signal) => ({ signal, value: values[signal] ?? null, below: below.get(keyOf(signal, pair)) ?? null })),
  );
}

/** Pairs whose values are counted in one pass over the table. */
const pairsPerQuery = 8;

interface Asked {
  readonly table: string;
  readonly ids: readonly string[];
  readonly pairs: readonly PairValues[];
  readonly from: number;
}

async function readShares({ tables }: AnalysedDataset, { table, ids, pairs, from }: Asked): Promise<Map<string, number>> {
  const keys: string[] = [];
  const columns: string[] = [];
  const parameters: Cell[] = [];
  for (const id of ids)
    for (const [pair, values] of pairs.entries()) {
      const value = values[id] ?? null;
      if (value === null) continue;
      keys.push(keyOf(id, from + pair));
      const place = `$${parameters.push(Number(value))}`;
      const column = `${quoteName(id)}::DOUBLE`;
      columns.push(`count(*) FILTER (WHERE ${column} < ${place}::DOUBLE) / nullif(count(${quoteName(id)}), 0) AS share${columns.length}`);
    }
  if (columns.length === 0) return new Map();
  const [shares] = await tables.query(`SELECT ${columns.join(", ")} FROM ${table}`, parameters);
  return new Map(keys.map((key, at) => [key, Number(shares?.[`share${at}`] ?? 0)]));
}

function keyOf(signal: string, pair: number): string {
  return `${signal} ${pair}`;
}
