import type { DryRun } from "../../core/prune/dryRun.ts";
import type { Rule } from "../../core/prune/policy.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { applyPrune, dryRunPrune } from "../write/prune.ts";
import { openAnalysed, readDecideInput } from "./analysedDataset.ts";

/** What a rule would drop, or has dropped where it was applied; `operation` is null where nothing was written. */
export interface Pruned {
  readonly dryRun: DryRun;
  readonly operation: string | null;
}

/** Tries a rule after the recipe's others on the current analysis, and with `apply` adds it to the recipe. Throws `NotAnalysedError`. */
export async function prune(env: Env, root: string, { rule, apply }: { rule: Rule; apply: boolean }): Promise<Pruned> {
  const dataset = await openAnalysed(env, root);
  try {
    const input = await readDecideInput(dataset, await dataset.samples(), dataset.state);
    if (!apply) return { dryRun: dryRunPrune(dataset.state, rule, input), operation: null };
    return await withDataset(env, root, (open, state) => applyPrune(open, state, { rule, input }));
  } finally {
    dataset.close();
  }
}
