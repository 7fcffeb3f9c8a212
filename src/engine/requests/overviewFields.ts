import { nameOfLanguage } from "../../core/captions/mainLanguage.ts";
import { signals } from "../../core/signals/signals.ts";
import type { Field } from "../../protocol/overview.ts";
import { pairsRelation } from "../store/curated.ts";
import { column } from "../store/filters.ts";
import type { Tables } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readConceptNames } from "./conceptNames.ts";
import { once } from "./once.ts";

/** Different values of a text that are told at most. */
const mostValues = 200;

/** Texts that are different for nearly every pair: nobody chooses one of a list. */
const ownTexts = new Set(["sample", "caption", "captionId", "captionHash", "captionOrigin", "contentHash"]);

/** Values that are known without looking, in the order in which people think of them. */
const fixedValues: Readonly<Record<string, readonly string[]>> = {
  verdict: ["keep", "review", "drop"],
  actor: ["person", "model", "rule"],
};

/** Texts that change with `.winnow`. */
const livingTexts = ["split", "reason"];

/** The fields of a dataset, with the values of texts of which there are few. */
export async function readOverviewFields(dataset: AnalysedDataset): Promise<Field[]> {
  const known = ofAnalysis.get(dataset.tables) ?? once(() => readFieldsOfAnalysis(dataset));
  ofAnalysis.set(dataset.tables, known);
  const living = new Map(await Promise.all(livingTexts.map(async (name) => [name, await readValues(dataset, name)] as const)));
  return (await known()).map((field) => ({ ...field, values: living.get(field.name) ?? field.values }));
}

const ofAnalysis = new WeakMap<Tables, () => Promise<Field[]>>();

async function readFieldsOfAnalysis(dataset: AnalysedDataset): Promise<Field[]> {
  const fields: Field[] = [];
  for (const [name, type] of Object.entries(dataset.fields)) {
    const signal = signals.find(({ id }) => id === name) ?? null;
    const isListed = type === "text" && !ownTexts.has(name) && !livingTexts.includes(name);
    const values = isListed ? (fixedValues[name] ?? (await readValues(dataset, name))) : null;
    const labels = values === null ? undefined : await labelsOf(dataset, name, values);
    fields.push({ name, type, signal, values, ...(labels === undefined ? {} : { labels }) });
  }
  return fields;
}

/** Null where there are too many. */
async function readValues({ tables, fields }: AnalysedDataset, name: string): Promise<string[] | null> {
  const value = column(name, fields);
  const distinct = `SELECT DISTINCT ${value} AS value FROM ${pairsRelation({ fields: [name] })} WHERE ${value} IS NOT NULL LIMIT ${mostValues + 1}`;
  const rows = await tables.query(`SELECT value FROM (${distinct}) ORDER BY value`);
  return rows.length > mostValues ? null : rows.map((row) => String(row["value"]));
}

/** Undefined where people read the values as they are. */
async function labelsOf(dataset: AnalysedDataset, name: string, values: readonly string[]): Promise<string[] | undefined> {
  if (name === "language") return values.map(nameOfLanguage);
  return name === "concept" ? await labelsOfConcepts(dataset, values) : undefined;
}

async function labelsOfConcepts(dataset: AnalysedDataset, ids: readonly string[]): Promise<string[]> {
  const names = await readConceptNames(dataset);
  return ids.map((id) => names.get(id) ?? id);
}
