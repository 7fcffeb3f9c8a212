import type { SplitPlan } from "../../core/recipe.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { AppliedSplits } from "../write/splits.ts";
import { applySplits } from "../write/splits.ts";
import { openAnalysed } from "./analysedDataset.ts";

/** Splits the samples that have no split yet, by image and duplicate group, as one operation. Throws `NotAnalysedError`. */
export async function splitDataset(env: Env, root: string, plan: SplitPlan): Promise<AppliedSplits> {
  const dataset = await openAnalysed(env, root);
  try {
    const [samples, groups] = [await dataset.samples(), await dataset.groups()];
    return await withDataset(env, root, (open, state) => applySplits(open, state, { samples, groups, plan }));
  } finally {
    dataset.close();
  }
}
