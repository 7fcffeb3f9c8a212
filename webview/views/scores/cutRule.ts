import { findPolicy, parseRule } from "../../../src/core/prune/policies.ts";
import type { Rule } from "../../../src/core/prune/policy.ts";
import { emptyRecipe, withRule } from "../../../src/core/recipe.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { TriedRules } from "../../../src/protocol/recipes.ts";
import { formatCount, formatCounted } from "../../format.ts";
import type { Cut } from "./cut.ts";
import type { KeptCut } from "./detail.ts";

const policy = "threshold";

/** The rule of a cut: pairs are judged by a signal of pairs, whole samples by a signal of samples. A sentence where it can't be one. */
export function ruleOfCut(signal: SignalDescriptor, { min, max }: Cut): Rule | string {
  return parseRule(policy, {
    signal: signal.id,
    ...(signal.per === "sample" ? { unit: "sample" } : {}),
    ...(min === null ? {} : { min }),
    ...(max === null ? {} : { max }),
  });
}

/** Rules with the one of a cut among them: it takes the place of an earlier one on the same signal. `at` is its place. */
export function rulesWithCut(rules: readonly Rule[], rule: Rule): { readonly rules: readonly Rule[]; readonly at: number } {
  const next = withRule({ ...emptyRecipe, rules }, rule).rules;
  return { rules: next, at: next.indexOf(rule) };
}

/** The cut that the recipe makes of a signal already; undefined where it makes none. */
export function cutOfRules(rules: readonly Rule[], signal: string): KeptCut | undefined {
  const rule = rules.findLast((other) => other.policy === policy && signalOf(other) === signal);
  const min = numberOf(rule?.["min"]);
  const max = numberOf(rule?.["max"]);
  if (min === null && max === null) return undefined;
  return { mode: min === null ? "max" : max === null ? "min" : "both", min, max };
}

/** What a dry run says, for a person who is asked to go on. */
export function tellTried({ effects, kept, dropped, review, frozen, ...tried }: TriedRules, at: number): string {
  const added = effects[at] ?? { dropped: 0, review: 0 };
  const sentences = [
    `This rule drops ${formatCounted(added.dropped, "pair")} that the rules before it keep${added.review > 0 ? `, and puts ${formatCount(added.review)} in review` : ""}.`,
    `With all rules ${formatCounted(kept.captions, "pair")} of ${formatCounted(kept.samples, "picture")} stay, ${formatCount(dropped.captions)} are dropped and ${formatCount(review.captions)} are in review.`,
  ];
  if (frozen.captions > 0) sentences.push(`${formatCounted(frozen.captions, "pair")} of the evaluation split are judged by no rule.`);
  if (tried.imagesWithNoCaptionLeft > 0)
    sentences.push(`${formatCounted(tried.imagesWithNoCaptionLeft, "picture")} lose their last caption.`);
  if (tried.conceptsThatVanish.length > 0) sentences.push(`Concepts that vanish: ${listed(tried.conceptsThatVanish)}.`);
  if (tried.foldersThatVanish.length > 0) sentences.push(`Folders that vanish: ${listed(tried.foldersThatVanish)}.`);
  return [...sentences, "No file is touched, and Undo takes it back."].join(" ");
}

function listed(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? ` and ${formatCount(more)} more` : "");
}

/** Rules that leave the signal out have the policy's own. */
function signalOf(rule: Rule): unknown {
  const field = findPolicy(policy)?.options["signal"];
  return rule["signal"] ?? field?.otherwise;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
