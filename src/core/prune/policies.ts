import { deduplicate } from "./deduplicate.ts";
import { keepTop } from "./keepTop.ts";
import { parseOptions, type Options } from "./options.ts";
import type { Policy, Rule } from "./policy.ts";
import { threshold } from "./threshold.ts";
import { unreadable } from "./unreadable.ts";

/** The policies, by their ids in alphabetical order. */
export const policies: readonly Policy[] = [deduplicate, keepTop, threshold, unreadable];

/** The policy of an id, undefined where there is none. */
export function findPolicy(id: string): Policy | undefined {
  return policies.find((policy) => policy.id === id);
}

/**
 * Makes a rule from a policy's id and its options as a person or a recipe gave them (undefined ones are left out, numbers may be text).
 * Returns a sentence where something is wrong with them.
 */
export function parseRule(policyId: string, given: Readonly<Record<string, unknown>>): Rule | string {
  const policy = findPolicy(policyId);
  if (policy === undefined) return `Expected one of the policies ${policies.map(({ id }) => id).join(", ")} but received ${policyId}`;
  const options = parseOptions(policy.options, given);
  if (typeof options === "string") return options;
  return policy.check?.(options) ?? { policy: policyId, ...options };
}

/** A rule's policy and options; throws where the rule was not made by `parseRule`. */
export function openRule(rule: Rule): { readonly policy: Policy; readonly options: Options } {
  const { policy: id, ...options } = rule;
  const policy = findPolicy(id);
  if (policy === undefined) throw new RangeError(`Expected a rule of a known policy but received ${id}`);
  return { policy, options };
}
