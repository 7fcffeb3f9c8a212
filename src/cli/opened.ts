import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import { openAnalysed } from "../engine/requests/analysedDataset.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call } from "./command.ts";

/** Does work with the analysed dataset of a call, which is analysed first where it wasn't yet. */
export async function withAnalysed<Result>(call: Call, work: (dataset: AnalysedDataset, root: string) => Promise<Result>): Promise<Result> {
  const root = await ensureAnalysed(call);
  const dataset = await openAnalysed(call.env, root);
  try {
    return await work(dataset, root);
  } finally {
    dataset.close();
  }
}
