import { decideInSteps, type Decided } from "../../core/prune/decide.ts";
import type { DecideInput, Rule } from "../../core/prune/policy.ts";
import { selectionInSteps } from "../../core/selection.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import { selectionChanges, stateChanges, type DatasetState, type StateContents } from "../store/dotWinnow.ts";
import { inTurns } from "../store/inTurns.ts";
import type { Change } from "../store/operations.ts";

/** Applies rules in turns, around verdicts of persons and models (those of the input where none are given). */
export async function decideInTurns(
  env: Env,
  input: DecideInput,
  { rules, verdicts = input.verdicts, signal }: { rules: readonly Rule[]; verdicts?: readonly Verdict[]; signal?: AbortSignal | undefined },
): Promise<Decided> {
  return await inTurns(env, decideInSteps({ ...input, verdicts }, rules), signal);
}

/** The changes that bring the selection and the moves of a decision into a dataset's state, with other contents of it. */
export async function decidedChanges(
  env: Env,
  state: DatasetState,
  decided: Decided,
  { signal, ...rest }: Omit<Partial<StateContents>, "selection" | "moves"> & { signal?: AbortSignal | undefined } = {},
): Promise<Change[]> {
  const selection = await inTurns(env, selectionInSteps(decided), signal);
  return [...stateChanges(state, { ...rest, moves: decided.moved }), ...(await selectionChanges(env, state, selection, signal))];
}

/** Sentences about the rules of a recipe that could not be judged, in their order. */
export function missingRules({ effects }: Decided): string[] {
  return effects.flatMap(({ missing }, at) =>
    missing === undefined ? [] : [`Rule ${at + 1} of the recipe was left out: ${missing.message}`],
  );
}

/** What persons and models decided, as it stands in a selection. */
export function judgedByPeople(selection: readonly Verdict[]): Verdict[] {
  return selection.filter(({ actor }) => actor !== "rule");
}
