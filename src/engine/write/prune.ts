import { decideInSteps, type Decided } from "../../core/prune/decide.ts";
import { dryRunOf, type DryRun } from "../../core/prune/dryRun.ts";
import type { DecideInput, Rule } from "../../core/prune/policy.ts";
import { withRule } from "../../core/recipe.ts";
import { finish } from "../../core/steps.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";
import { decidedChanges, judgedByPeople } from "./decided.ts";

/** A prune that was applied; `operation` is null where everything was so already. */
export interface AppliedPrune {
  readonly dryRun: DryRun;
  readonly operation: OperationId | null;
}

/** What a rule would do after the recipe's others (see `withRule`); writes nothing. The verdicts of persons and models are those of the state. */
export function dryRunPrune(state: DatasetState, rule: Rule, input: DecideInput): DryRun {
  return dryRunOf(decideWith(state, rule, input));
}

/** Adds a rule to the recipe, applies all rules anew and writes recipe and selection as one operation. */
export async function applyPrune(
  dataset: OpenDataset,
  state: DatasetState,
  { rule, input }: { rule: Rule; input: DecideInput },
): Promise<AppliedPrune> {
  const decided = decideWith(state, rule, input);
  const dryRun = dryRunOf(decided);
  const changes = await decidedChanges(dataset.env, state, decided, { recipe: withRule(state.recipe, rule) });
  const summary = `${rule.policy}: keeps ${dryRun.kept.samples} samples and ${dryRun.kept.captions} captions`;
  const operation = await applyOperation(dataset, { kind: "prune", summary, changes });
  return { dryRun, operation: operation?.operation ?? null };
}

/** A rule of the recipe that names a signal that isn't there is passed over as in a run; the rule that is tried may not be. */
function decideWith(state: DatasetState, rule: Rule, input: DecideInput): Decided {
  const { rules } = withRule(state.recipe, rule);
  const decided = finish(decideInSteps({ ...input, verdicts: judgedByPeople(state.selection) }, rules));
  const missing = decided.effects[rules.indexOf(rule)]?.missing;
  if (missing !== undefined) throw missing;
  return decided;
}
