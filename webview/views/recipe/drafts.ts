import { findPolicy, parseRule } from "../../../src/core/prune/policies.ts";
import type { OptionValue } from "../../../src/core/prune/options.ts";
import type { Rule } from "../../../src/core/prune/policy.ts";

/** A rule as it is being edited: what a person gave, which need not be a rule yet. `key` tells it from the others while their order changes. */
export interface Draft {
  readonly key: number;
  readonly policy: string;
  readonly given: Readonly<Record<string, OptionValue>>;
  readonly isOff: boolean;
}

/** Edits that are not applied: the drafts, and the rules that held when they were begun (as text). */
export interface Edits {
  readonly base: string;
  readonly drafts: readonly Draft[];
}

/** Drafts of rules that hold. */
export function draftsOf(rules: readonly Rule[]): Draft[] {
  return rules.map(({ policy, off, ...given }, key) => ({ key, policy, given, isOff: off === true }));
}

/** The rule that a draft is, or a sentence that says what it lacks. */
export function ruleOf({ policy, given, isOff }: Draft): Rule | string {
  return parseRule(policy, { ...given, ...(isOff ? { off: true } : {}) });
}

/** The drafts that are rules, each with its place among the drafts. */
export function rulesOf(drafts: readonly Draft[]): { readonly rules: readonly Rule[]; readonly places: readonly number[] } {
  const rules: Rule[] = [];
  const places: number[] = [];
  drafts.forEach((draft, place) => {
    const rule = ruleOf(draft);
    if (typeof rule === "string") return;
    rules.push(rule);
    places.push(place);
  });
  return { rules, places };
}

/** Rules as text that is equal for equal rules: what was left out stands there as its default, in the policy's order. */
export function textOfRules(rules: readonly Rule[]): string {
  return JSON.stringify(
    rules.map((rule) => {
      const { policy, ...given } = rule;
      const parsed = parseRule(policy, given);
      return typeof parsed === "string" ? rule : parsed;
    }),
  );
}

/** Drafts with a new one of a policy at their end. */
export function withDraft(drafts: readonly Draft[], policy: string): Draft[] {
  return [...drafts, { key: 1 + Math.max(-1, ...drafts.map(({ key }) => key)), policy, given: {}, isOff: false }];
}

/** What may change in a draft: its switch, or one option; an option that becomes undefined is left out. */
export interface DraftChange {
  readonly isOff?: boolean;
  readonly option?: readonly [name: string, value: OptionValue | undefined];
}

/** Drafts with one of them changed; the same drafts where that changes nothing, a default that is given being nothing new. */
export function changeDraft(drafts: readonly Draft[], key: number, { isOff, option }: DraftChange): readonly Draft[] {
  const at = drafts.findIndex((draft) => draft.key === key);
  const draft = drafts[at];
  if (draft === undefined) return drafts;
  if (isOff !== undefined) return isOff === draft.isOff ? drafts : drafts.with(at, { ...draft, isOff });
  if (option === undefined) return drafts;
  const [name, value] = option;
  if (value === (draft.given[name] ?? findPolicy(draft.policy)?.options[name]?.otherwise)) return drafts;
  const others = Object.entries(draft.given).filter(([other]) => other !== name);
  return drafts.with(at, { ...draft, given: Object.fromEntries(value === undefined ? others : [...others, [name, value]]) });
}

/** Drafts with the one at `from` moved so that it stands at place `to`, held within the list. */
export function moveDraft(drafts: readonly Draft[], from: number, to: number): readonly Draft[] {
  const moved = drafts[from];
  if (moved === undefined) return drafts;
  const place = Math.min(drafts.length - 1, Math.max(0, to));
  return place === from ? drafts : drafts.toSpliced(from, 1).toSpliced(place, 0, moved);
}

/** Reads remembered edits; undefined where there are none, or they have not their form. Options that a policy doesn't know are left out. */
export function parseEdits(value: unknown): Edits | undefined {
  const { base, drafts } = recordOf(value);
  if (typeof base !== "string" || !Array.isArray(drafts)) return undefined;
  const read = drafts.flatMap((entry, key) => {
    const { policy, given, isOff } = recordOf(entry);
    const known = typeof policy === "string" ? findPolicy(policy) : undefined;
    if (known === undefined) return [];
    const options = Object.entries(recordOf(given)).filter(
      (option): option is [string, OptionValue] => Object.hasOwn(known.options, option[0]) && isOptionValue(option[1]),
    );
    return [{ key, policy: known.id, given: Object.fromEntries(options), isOff: isOff === true }];
  });
  return { base, drafts: read };
}

function isOptionValue(value: unknown): value is OptionValue {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
