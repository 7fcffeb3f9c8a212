import { describe, expect, it } from "vitest";
import { emptyRecipe, formatRecipe, parseRecipe, withRule, type Recipe } from "../../../src/core/recipe.ts";

const full: Recipe = {
  schema: 1,
  seed: 7,
  encoder: "clip-vit-base-patch32",
  format: "coco",
  nearDuplicate: { encoder: "x", cosine: 0.93, hashBits: 44 },
  confusable: { marginSigma: 0.5 },
  split: { seed: 1, validation: "5%", test: "100" },
  rules: [{ policy: "keepTop", signal: "clipScore", unit: "pair", aggregate: "mean", keep: "70%" }],
};

describe("the recipe", () => {
  it("returns from its text as it was, with sorted keys and a last line end", () => {
    const text = formatRecipe(full);
    expect(text.endsWith("}\n")).toBe(true);
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      "confusable",
      "encoder",
      "format",
      "nearDuplicate",
      "rules",
      "schema",
      "seed",
      "split",
    ]);
    expect(parseRecipe(text)).toEqual({ kind: "recipe", recipe: full });
    expect(formatRecipe(full)).toBe(text);
  });

  it("of a newer Winnow is told and not read", () => {
    expect(parseRecipe('{"schema": 2, "rules": "other"}')).toMatchObject({
      kind: "newer",
      schema: 2,
      message: expect.stringContaining("read-only") as string,
    });
  });

  it.each([
    ["nothing", /not JSON/],
    ["[]", /Expected an object/],
    ['{"seed": 1}', /schema/],
    ['{"schema": 1, "colour": "red"}', /received colour/],
    ['{"schema": 1, "seed": "x"}', /Expected a number for seed/],
    ['{"schema": 1, "nearDuplicate": {"encoder": "x"}}', /cosine/],
    ['{"schema": 1, "rules": [{"policy": "nothing"}]}', /Rule 1 of the recipe: Expected one of the policies/],
    ['{"schema": 1, "__proto__": {"polluted": true}}', /received __proto__/],
  ])("that is malformed is told in a sentence: %s", (text, message) => {
    const parsed = parseRecipe(text);
    expect(parsed).toMatchObject({ kind: "malformed", message: expect.stringMatching(message) as string });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("takes a rule again with another limit instead of cutting twice", () => {
    const once = withRule(emptyRecipe, { policy: "keepTop", signal: "clipScore", keep: "70%" });
    expect(withRule(once, { policy: "keepTop", signal: "clipScore", keep: "50%" }).rules).toEqual([
      { policy: "keepTop", signal: "clipScore", keep: "50%" },
    ]);
    expect(withRule(once, { policy: "threshold", signal: "clipScore", min: 0.2 }).rules).toHaveLength(2);
  });

  it("keeps a rule that is off, which a rule on the same thing turns on again", () => {
    const on = { policy: "keepTop", signal: "clipScore", unit: "pair", aggregate: "mean", keep: "70%" };
    const off = { ...on, off: true };
    const recipe = { ...emptyRecipe, rules: [off] };
    expect(parseRecipe(formatRecipe(recipe))).toEqual({ kind: "recipe", recipe });
    expect(withRule(recipe, on).rules).toEqual([on]);
    expect(parseRecipe(formatRecipe({ ...recipe, rules: [{ ...on, off: false }] }))).toEqual({
      kind: "recipe",
      recipe: { ...recipe, rules: [on] },
    });
    expect(parseRecipe('{"schema": 1, "rules": [{"policy": "unreadable", "off": "often"}]}')).toMatchObject({
      message: 'Rule 1 of the recipe: Expected true or false for off but received "often"',
    });
  });
});
