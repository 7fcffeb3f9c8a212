import type { Decided } from "../../core/prune/decide.ts";
import { parseRule } from "../../core/prune/policies.ts";
import type { Rule } from "../../core/prune/policy.ts";
import { sumUp, type Outcome } from "../../core/prune/ruleEffects.ts";
import type { RulesRequest, TriedRules } from "../../protocol/recipes.ts";
import type { Env } from "../env.ts";
import { inTurns } from "../store/inTurns.ts";
import { applyOperation } from "../store/operations.ts";
import { decidedChanges, decideInTurns } from "../write/decided.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDecideColumns, withDecideColumns } from "./decideColumns.ts";

/** How a request is stopped. */
interface Stopping {
  readonly signal?: AbortSignal | undefined;
}

/** Names that an answer lists at most. */
const mostListed = 100;

/** What rules in order would leave, and what each of them adds; writes nothing. Throws one sentence for a rule that is none. */
export async function tryRules(
  env: Env,
  dataset: AnalysedDataset,
  { rules }: Pick<RulesRequest, "rules">,
  { signal }: Stopping = {},
): Promise<TriedRules> {
  const parsed = parseRules(rules);
  const input = await readDecideColumns(env, dataset, dataset.state);
  const decided = await decideInTurns(env, input, { rules: parsed, signal });
  return answer(decided, await inTurns(env, sumUp(decided), signal), null);
}

/** Makes rules the recipe's and applies them, as one operation. Throws as `tryRules` does, and where the dataset's state can't be written. */
export async function applyRules(
  env: Env,
  dataset: AnalysedDataset,
  { root, rules }: RulesRequest,
  { signal }: Stopping = {},
): Promise<TriedRules> {
  const parsed = parseRules(rules);
  return await withDecideColumns(env, dataset, root, async (open, state, input) => {
    const decided = await decideInTurns(env, input, { rules: parsed, signal });
    const outcome = await inTurns(env, sumUp(decided), signal);
    const changes = await decidedChanges(env, state, decided, { recipe: { ...state.recipe, rules: parsed }, signal });
    const operation = await applyOperation(open, { kind: "prune", summary: summaryOf(parsed, decided, outcome), changes });
    return answer(decided, outcome, operation?.operation ?? null);
  });
}

/** Rules as they came, read anew; throws one sentence for the first that is none. */
export function parseRules(rules: readonly Rule[]): Rule[] {
  return rules.map(({ policy, ...options }, at) => {
    const rule = parseRule(policy, options);
    if (typeof rule === "string") throw new Error(`Rule ${at + 1}: ${rule}`);
    return rule;
  });
}

function answer({ effects, offered }: Decided, outcome: Outcome, operation: string | null): TriedRules {
  const { kept, dropped, review, frozen, imagesWithNoCaptionLeft, conceptsThatVanish, foldersThatVanish } = outcome;
  return {
    effects: effects.map(({ missing, ...effect }) => ({ ...effect, message: missing?.message ?? null })),
    kept,
    dropped,
    review,
    frozen,
    imagesWithNoCaptionLeft: imagesWithNoCaptionLeft.length,
    conceptsThatVanish: conceptsThatVanish.slice(0, mostListed).map(({ name }) => name),
    foldersThatVanish: foldersThatVanish.slice(0, mostListed),
    captionsToMove: offered.length,
    operation,
  };
}

/** `2 of 3 rules (keepTop clipScore 70%, deduplicate): keep 812 captions of 295 samples, drop 188`. */
function summaryOf(rules: readonly Rule[], { effects }: Decided, { kept, dropped }: Outcome): string {
  const applied = rules.filter((rule, at) => rule["off"] !== true && effects[at]?.missing === undefined);
  const count = applied.length === rules.length ? String(rules.length) : `${applied.length} of ${rules.length}`;
  const rest = `${kept.captions} captions of ${kept.samples} samples stay, ${dropped.captions} captions are dropped`;
  return rules.length === 0 ? `no rules: ${rest}` : `${count} rules (${applied.map(phraseOf).join(", ") || "all off"}): ${rest}`;
}

function phraseOf(rule: Rule): string {
  const limits = ["min", "max"].flatMap((name) => (rule[name] === undefined ? [] : [`${name} ${rule[name]}`]));
  return [rule.policy, rule["signal"], rule["of"], ...limits, rule["keep"], rule["per"] && `per ${rule["per"]}`]
    .filter((word) => word !== undefined && word !== "")
    .join(" ");
}
