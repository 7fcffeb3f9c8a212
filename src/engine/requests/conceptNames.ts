import type { AnalysedDataset } from "./analysedDataset.ts";

/** What people read for the ids of concepts, which are a field of samples. */
export async function readConceptNames({ tables }: AnalysedDataset): Promise<ReadonlyMap<string, string>> {
  const rows = await tables.query("SELECT DISTINCT id, name FROM members WHERE kind = 'concept'");
  return new Map(rows.map(({ id, name }) => [String(id), String(name)]));
}
