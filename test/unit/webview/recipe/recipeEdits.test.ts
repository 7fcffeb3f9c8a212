import { describe, expect, it } from "vitest";
import { parseRule } from "../../../../src/core/prune/policies.ts";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import { changeDraft, type Edits, withDraft } from "../../../../webview/views/recipe/drafts.ts";
import { RecipeEdits } from "../../../../webview/views/recipe/recipeEdits.ts";

const rule = (policy: string, given: Record<string, unknown> = {}): Rule => parseRule(policy, given) as Rule;
const beginning = [rule("unreadable"), rule("threshold", { min: 0.1 })];

function openEdits(kept: unknown = null): { edits: RecipeEdits; hold: (rules: readonly Rule[]) => void; kept: () => Edits | null } {
  let holding: readonly Rule[] = beginning;
  let remembered: Edits | null = null;
  const edits = new RecipeEdits({ holding: () => holding, keep: (next) => (remembered = next) }, kept);
  return {
    edits,
    hold: (rules) => {
      holding = rules;
      edits.onHolding();
    },
    kept: () => remembered,
  };
}

describe("edits of a recipe", () => {
  it("show what holds until the first edit, and follow it", () => {
    const { edits, hold } = openEdits();
    expect(edits.rules).toEqual(beginning);
    hold([rule("unreadable")]);
    expect(edits.rules).toEqual([rule("unreadable")]);
    expect(edits.isEdited).toBe(false);
  });

  it("are none when they say what holds again", () => {
    const { edits, kept } = openEdits();
    edits.edit(changeDraft(edits.drafts, 1, { option: ["min", 0.2] }));
    expect(edits.isEdited).toBe(true);
    expect(kept()?.drafts).toEqual(edits.drafts);
    edits.edit(changeDraft(edits.drafts, 1, { option: ["min", "0.10"] }));
    expect(edits.isEdited).toBe(false);
    expect(kept()).toBeNull();
  });

  it("go back step by step, a revert too", () => {
    const { edits } = openEdits();
    edits.edit(withDraft(edits.drafts, "deduplicate"));
    edits.edit(edits.drafts.slice(1));
    edits.revert();
    expect(edits.drafts).toHaveLength(2);
    expect(edits.stepBack()).toBe(true);
    expect(edits.drafts.map(({ policy }) => policy)).toEqual(["threshold", "deduplicate"]);
    expect(edits.stepBack() && edits.stepBack()).toBe(true);
    expect(edits.isEdited).toBe(false);
    expect(edits.stepBack()).toBe(false);
  });

  it("end when they were applied, and with them the way back", () => {
    const { edits, hold, kept } = openEdits();
    edits.edit(changeDraft(edits.drafts, 0, { isOff: true }));
    hold(edits.rules!);
    expect(edits.isEdited).toBe(false);
    expect(kept()).toBeNull();
    expect(edits.stepBack()).toBe(false);
  });

  it("stay when something else changes the recipe, and say so", () => {
    const { edits, hold } = openEdits();
    edits.edit(withDraft(edits.drafts, "threshold"));
    expect(edits.rules).toBeUndefined();
    hold([rule("deduplicate")]);
    expect(edits.isOvertaken).toBe(true);
    expect(edits.drafts).toHaveLength(3);
    edits.revert();
    expect(edits.isOvertaken).toBe(false);
    expect(edits.rules).toEqual([rule("deduplicate")]);
  });

  it("come back from where they were remembered", () => {
    const first = openEdits();
    first.edits.edit(withDraft(first.edits.drafts, "threshold"));
    const second = openEdits(JSON.parse(JSON.stringify(first.kept())));
    expect(second.edits.drafts).toEqual(first.edits.drafts);
    expect(second.edits.isOvertaken).toBe(false);
  });
});
