import { decide } from "../../core/prune/decide.ts";
import { dryRunOf, type DryRun } from "../../core/prune/dryRun.ts";
import type { DecideInput, Rule } from "../../core/prune/policy.ts";
import { withRule } from "../../core/recipe.ts";
import { selectionOf } from "../../core/selection.ts";
import { stateChanges, type DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";

/** A prune that was applied; `operation` is null where everything was so already. */
export interface AppliedPrune {
  readonly dryRun: DryRun;
  readonly operation: OperationId | null;
}

/** What a rule would do after the recipe's others (see `withRule`); writes nothing. The verdicts of persons and models are those of the state. */
export function dryRunPrune(state: DatasetState, rule: Rule, input: DecideInput): DryRun {
  return dryRunOf(decide(withVerdicts(input, state), withRule(state.recipe, rule).rules));
}

/** Adds a rule to the recipe, applies all rules anew and writes recipe and selection as one operation. */
export async function applyPrune(
  dataset: OpenDataset,
  state: DatasetState,
  { rule, input }: { rule: Rule; input: DecideInput },
): Promise<AppliedPrune> {
  const recipe = withRule(state.recipe, rule);
  const decided = decide(withVerdicts(input, state), recipe.rules);
  const dryRun = dryRunOf(decided);
  const changes = stateChanges(state, { recipe, selection: selectionOf(decided), moves: decided.moved });
  const summary = `${rule.policy}: keeps ${dryRun.kept.samples} samples and ${dryRun.kept.captions} captions`;
  const operation = await applyOperation(dataset, { kind: "prune", summary, changes });
  return { dryRun, operation: operation?.operation ?? null };
}

function withVerdicts(input: DecideInput, { selection }: DatasetState): DecideInput {
  return { ...input, verdicts: selection.filter(({ actor }) => actor !== "rule") };
}
