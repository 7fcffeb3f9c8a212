import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRule, policies } from "../../../../src/core/prune/policies.ts";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import {
  changeDraft,
  draftsOf,
  moveDraft,
  parseEdits,
  ruleOf,
  rulesOf,
  textOfRules,
  withDraft,
} from "../../../../webview/views/recipe/drafts.ts";

const rule = (policy: string, given: Record<string, unknown> = {}): Rule => parseRule(policy, given) as Rule;
const rules = [rule("unreadable"), rule("threshold", { min: 0.1, off: true }), rule("keepTop", { keep: "70%" })];

describe("drafts of rules", () => {
  it("give the rules back", () => {
    expect(rulesOf(draftsOf(rules))).toEqual({ rules, places: [0, 1, 2] });
  });

  it("say what they lack until they are rules", () => {
    const drafts = withDraft(draftsOf(rules), "threshold");
    expect(ruleOf(drafts[3]!)).toMatch(/^Expected min or max/);
    expect(rulesOf(drafts).places).toEqual([0, 1, 2]);
    const filled = changeDraft(drafts, drafts[3]!.key, { option: ["min", "0.25"] });
    expect(ruleOf(filled[3]!)).toMatchObject({ min: 0.25 });
    expect(ruleOf(changeDraft(filled, drafts[3]!.key, { option: ["min", undefined] })[3]!)).toMatch(/^Expected min or max/);
  });

  it("are switched off and on", () => {
    const off = changeDraft(draftsOf(rules), 0, { isOff: true });
    expect(ruleOf(off[0]!)).toEqual({ policy: "unreadable", off: true });
    expect(textOfRules(rulesOf(changeDraft(off, 0, { isOff: false })).rules)).toBe(textOfRules(rules));
  });

  it("stay the same where nothing changes", () => {
    const drafts = draftsOf(rules);
    expect(changeDraft(drafts, 0, { isOff: false })).toBe(drafts);
    expect(changeDraft(drafts, 1, { option: ["min", 0.1] })).toBe(drafts);
    expect(changeDraft(drafts, 9, { isOff: true })).toBe(drafts);
    const added = withDraft([], "threshold");
    expect(changeDraft(added, 0, { option: ["unit", "pair"] })).toBe(added);
  });

  it("keep their members and the others' order when one moves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -2, max: 5 }), (from, to) => {
        const drafts = draftsOf(rules);
        const moved = moveDraft(drafts, from, to);
        expect(moved.indexOf(drafts[from]!)).toBe(Math.min(2, Math.max(0, to)));
        expect(moved.filter((draft) => draft !== drafts[from])).toEqual(drafts.filter((draft) => draft !== drafts[from]));
      }),
    );
  });

  it("have keys of their own, also after one was removed", () => {
    const drafts = withDraft(withDraft(draftsOf(rules).slice(1), "unreadable"), "unreadable");
    expect(new Set(drafts.map(({ key }) => key)).size).toBe(drafts.length);
  });
});

describe("equal rules", () => {
  it("have equal texts, whatever was left out or in another order", () => {
    expect(textOfRules([{ min: 0.1, policy: "threshold" }])).toBe(textOfRules([rule("threshold", { min: 0.1 })]));
    expect(textOfRules(rules)).not.toBe(textOfRules(rules.toReversed()));
  });
});

describe("remembered edits", () => {
  it("come back as they were, those that are no rules yet too", () => {
    const drafts = withDraft(draftsOf(rules), "threshold");
    expect(parseEdits(JSON.parse(JSON.stringify({ base: "b", drafts })))).toEqual({ base: "b", drafts });
  });

  it("are not trusted", () => {
    for (const value of [null, 3, {}, { base: 1, drafts: [] }, { base: "", drafts: "x" }]) expect(parseEdits(value)).toBeUndefined();
    const odd = [{ policy: "formatDisk" }, { policy: "threshold", given: { min: 0.2, cosine: 1, max: { deep: 1 } }, isOff: "yes" }, 7];
    expect(parseEdits({ base: "", drafts: odd })?.drafts).toEqual([{ key: 1, policy: "threshold", given: { min: 0.2 }, isOff: false }]);
  });

  it("hold any policy that there is", () => {
    for (const { id } of policies) expect(parseEdits({ base: "", drafts: withDraft([], id) })?.drafts).toEqual(withDraft([], id));
  });
});
