import type { DecideInput } from "../../core/prune/policy.ts";
import { nameOfPair, type StatedRelation } from "../../core/relations.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import type { OperationId, OperationKind } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";
import { decidedChanges, decideInTurns, judgedByPeople } from "./decided.ts";

/** A person's verdicts to set and to take back, as one operation with what else it changes. `input` is what the recipe's rules judge anew around them. */
export interface PersonVerdicts {
  readonly kind: OperationKind;
  readonly summary: string;
  readonly input: DecideInput;
  readonly set: readonly Verdict[];
  readonly takesBack: (verdict: Verdict) => boolean;
  readonly relations?: readonly StatedRelation[];
  readonly signal?: AbortSignal | undefined;
}

/** Settles a person's verdicts; gives the operation, null where all was so already. */
export async function applyPersonVerdicts(
  dataset: OpenDataset,
  state: DatasetState,
  { kind, summary, input, set, takesBack, relations, signal }: PersonVerdicts,
): Promise<OperationId | null> {
  const decided = await decideInTurns(dataset.env, input, {
    rules: state.recipe.rules,
    verdicts: withSet(judgedByPeople(state.selection), { set, takesBack }),
    signal,
  });
  const changes = await decidedChanges(dataset.env, state, decided, { ...(relations === undefined ? {} : { relations }), signal });
  const operation = await applyOperation(dataset, { kind, summary, changes });
  return operation?.operation ?? null;
}

/** Verdicts without a person's that are taken back or set anew, and with the new ones. The last word holds: one on a whole sample is one on its captions too. */
function withSet(known: readonly Verdict[], { set, takesBack }: Pick<PersonVerdicts, "set" | "takesBack">): Verdict[] {
  const replaced = new Set(set.map(nameOfPair));
  const isOver = (verdict: Verdict): boolean =>
    replaced.has(nameOfPair(verdict)) || replaced.has(nameOfPair({ sample: verdict.sample })) || takesBack(verdict);
  return [...known.filter((verdict) => verdict.actor !== "person" || !isOver(verdict)), ...set];
}
