import { signals } from "../../core/signals/signals.ts";
import type { SampleColumn, SampleColumnRequest } from "../../protocol/map.ts";
import { pairsRelation } from "../store/curated.ts";
import { column, FieldError } from "../store/filters.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readConceptNames } from "./conceptNames.ts";

/** Different texts that can be told apart by their places at most. */
const mostNames = 4096;

/**
 * A field of each sample: of several pairs the value of the one that is least favourable by the signal's direction (the least of a fact, true of a flag); of
 * texts the place in `names`, the commonest first (of concepts the names that people read). A sample's verdict is drop where all its pairs are dropped, and
 * review where none is kept and not all are dropped. Throws `FieldError`.
 */
export async function readSampleColumn(dataset: AnalysedDataset, { field }: Pick<SampleColumnRequest, "field">): Promise<SampleColumn> {
  const { generation, fields } = dataset;
  const value = column(field, fields);
  if (field === "verdict") {
    const decision = "CASE WHEN bool_or(verdict = 'keep') THEN 0 WHEN bool_or(verdict = 'review') THEN 1 ELSE 2 END";
    return { generation, field, values: await readOfSamples(dataset, field, decision), names: ["keep", "review", "drop"] };
  }
  if (fields[field] !== "text") {
    const values = await readOfSamples(dataset, field, `${isHighWorst(field, fields[field]) ? "max" : "min"}(${value}::FLOAT)`);
    return { generation, field, values, names: null };
  }
  const { ids, places } = await readPlaces(dataset, field);
  const named = field === "concept" ? await readConceptNames(dataset) : new Map<string, string>();
  return { generation, field, values: places, names: ids.map((id) => named.get(id) ?? id) };
}

/** One value a sample, in the order of their rows. */
async function readOfSamples({ tables }: AnalysedDataset, field: string, aggregate: string): Promise<Float32Array> {
  const from = pairsRelation({ fields: [field] });
  const [values = new Float32Array()] = await tables.floats(
    `SELECT (${aggregate})::FLOAT FROM ${from} GROUP BY pairs.sampleRow ORDER BY pairs.sampleRow`,
  );
  return values;
}

async function readPlaces({ tables, fields }: AnalysedDataset, field: string): Promise<{ ids: string[]; places: Float32Array }> {
  const [from, value] = [pairsRelation({ fields: [field] }), column(field, fields)];
  const ranked = `SELECT ${value} AS id, row_number() OVER (ORDER BY count(*) DESC, ${value}) - 1 AS place FROM ${from} WHERE ${value} IS NOT NULL GROUP BY ${value}`;
  const ids = (await tables.query(`SELECT id FROM (${ranked}) ORDER BY place LIMIT ${mostNames + 1}`)).map(({ id }) => String(id));
  if (ids.length > mostNames) throw new FieldError(`Expected a field of at most ${mostNames} different texts but ${field} has more`);
  const [places = new Float32Array()] = await tables.floats(
    `SELECT min(r.place)::FLOAT FROM ${from} LEFT JOIN (${ranked}) r ON r.id = ${value} GROUP BY pairs.sampleRow ORDER BY pairs.sampleRow`,
  );
  return { ids, places };
}

/** Whether the greatest of several values is the least favourable. */
function isHighWorst(field: string, type: string | undefined): boolean {
  const signal = signals.find(({ id }) => id === field);
  return signal === undefined ? type === "boolean" : signal.direction === "lowerIsBetter";
}
