import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { AppliedVerdicts } from "../write/verdicts.ts";
import { applyVerdicts, parseVerdictRows } from "../write/verdicts.ts";
import { openAnalysed, readDecideInput } from "./analysedDataset.ts";

/** Applies a person's verdicts, given as the text of a CSV, as one operation; the recipe's rules are applied anew around them. */
export async function importVerdicts(env: Env, root: string, csv: string): Promise<AppliedVerdicts> {
  const rows = parseVerdictRows(csv);
  const dataset = await openAnalysed(env, root);
  try {
    const samples = await dataset.samples();
    const captions = new Map(samples.map((sample) => [String(sample.id), sample.captions.map(({ text }) => text)]));
    return await withDataset(env, root, async (open, state) => {
      const input = await readDecideInput(dataset, samples, state);
      return await applyVerdicts(open, state, { rows, captionsOf: (sample) => captions.get(sample), input });
    });
  } finally {
    dataset.close();
  }
}
