import type { Group } from "../../core/group.ts";
import type { SplitPlan } from "../../core/recipe.ts";
import type { Sample, Split } from "../../core/sample.ts";
import { makeSplits, type Splits } from "../../core/splits.ts";
import { stateChanges, type DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";

/** Splits that were written; `operation` is null where everything was so already. */
export interface AppliedSplits {
  readonly counts: Splits["counts"];
  /** Duplicate groups, as ids of samples, that the splits which were there already cut. */
  readonly leaks: readonly (readonly string[])[];
  readonly operation: OperationId | null;
}

/** Splits the samples that have no split yet, neither from the format nor made before, and writes `splits.csv` and the plan in the recipe as one operation. */
export async function applySplits(
  dataset: OpenDataset,
  state: DatasetState,
  { samples, groups, plan }: { samples: readonly Sample[]; groups: readonly Group[]; plan: SplitPlan },
): Promise<AppliedSplits> {
  const known = samples.map(({ id, split = state.splits.get(id) }) => ({ id, ...(split === undefined ? {} : { split }) }));
  const { splits, counts, leaks } = makeSplits({ samples: known, groups, ...plan });
  const made = new Map<string, Split>(state.splits);
  samples.forEach(({ id, split }, row) => {
    if (split === undefined) made.set(id, splits[row] ?? "train");
  });
  const changes = stateChanges(state, { splits: made, recipe: { ...state.recipe, split: plan } });
  const summary = `splits: ${counts.train} train, ${counts.validation} validation, ${counts.test} test`;
  const operation = await applyOperation(dataset, { kind: "split", summary, changes });
  return { counts, leaks: leaks.map((rows) => rows.map((row) => samples[row]?.id ?? "")), operation: operation?.operation ?? null };
}
