import { deduplicate } from "./deduplicate.ts";
import { keepTop } from "./keepTop.ts";
import { parseOptions, type Options, type OptionTable } from "./options.ts";
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
 * Makes a rule from a policy's id and its options as a person or a recipe gave them (undefined ones are left out, numbers may be text). Every
 * rule takes `off` beside its policy's own; `off: false` is left out. Returns a sentence where something is wrong with them.
 */
export function parseRule(policyId: string, { off, ...given }: Readonly<Record<string, unknown>>): Rule | string {
  const policy = findPolicy(policyId);
  if (policy === undefined) return `Expected one of the policies ${policies.map(({ id }) => id).join(", ")} but received ${policyId}`;
  const options = parseOptions(policy.options, given);
  if (typeof options === "string") return options;
  const switched = parseOptions(switches, { off });
  if (typeof switched === "string") return switched;
  return policy.check?.(options) ?? { policy: policyId, ...options, ...(switched["off"] === true ? { off: true } : {}) };
}

/** A rule's policy and options; throws where the rule was not made by `parseRule`. */
export function openRule({ policy: id, ...rest }: Rule): { readonly policy: Policy; readonly options: Options } {
  const policy = findPolicy(id);
  if (policy === undefined) throw new RangeError(`Expected a rule of a known policy but received ${id}`);
  return { policy, options: Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(switches, name))) };
}

/** What every rule takes, whichever its policy. */
const switches: OptionTable = { off: { kind: "flag", about: "keep the rule in the recipe but don't apply it", otherwise: false } };
