import type { SaveSetRequest } from "../../protocol/gallery.ts";
import type { Tables } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { requireGeneration } from "./generationGone.ts";
import { itemsOfSample } from "./shape.ts";
import { shelveSet } from "./shelf.ts";

/** Keeps a set of samples under a name that filters can use (`set = "<id>"`). Throws `GenerationGoneError`. */
export async function saveSet(
  dataset: AnalysedDataset,
  { generation, sampleRows }: Omit<SaveSetRequest, "root">,
): Promise<{ set: string }> {
  requireGeneration(dataset, generation);
  return { set: await saveSamples(dataset, sampleRows) };
}

/** Keeps a set of samples, by their rows, with all their pairs; gives its id. */
export async function saveSamples(dataset: AnalysedDataset, sampleRows: ArrayLike<number>): Promise<string> {
  const shape = await dataset.shape();
  const items: number[] = [];
  for (const row of new Set(Array.from(sampleRows)))
    if (row < shape.samples) for (const item of itemsOfSample(shape, row)) items.push(item);
  return await saveItems(dataset, Int32Array.from(items));
}

/** Keeps a set of pairs, by their numbers; gives its id. */
export async function saveItems({ tables, shelf }: AnalysedDataset, items: Int32Array): Promise<string> {
  const { id, gone } = shelveSet(shelf, items);
  await loadSet(tables, id, items);
  for (const old of gone) await tables.run(`DROP TABLE IF EXISTS ${quoteName(old)}`);
  return id;
}

/** Makes the tables of all sets that are kept, when an analysis was opened again. */
export async function loadSets({ tables, shelf }: Pick<AnalysedDataset, "tables" | "shelf">): Promise<void> {
  for (const [id, items] of shelf.sets) await loadSet(tables, id, items);
}

async function loadSet(tables: Tables, id: string, items: Int32Array): Promise<void> {
  await tables.load(id, [{ name: "item", type: "integer", values: items }]);
}
