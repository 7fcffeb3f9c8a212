import { parseRule } from "./prune/policies.ts";
import type { Rule } from "./prune/policy.ts";

/** The version of `recipe.json` that this code writes; newer ones are opened read-only. */
export const recipeSchema = 1;

/** The limits for near-duplicates, frozen when they were calibrated so that dropping data doesn't move them. They hold for one encoder. */
export interface NearDuplicateLimits {
  readonly encoder: string;
  /** Least cosine of an edge. */
  readonly cosine: number;
  /** Greatest number of differing bits of an edge. */
  readonly hashBits: number;
}

/** The limit for near-duplicates that a companion sees, frozen like the first encoder's own. */
export type CompanionLimits = Omit<NearDuplicateLimits, "hashBits">;

/** How splits were made: shares or counts of samples, the rest is train. */
export interface SplitPlan {
  readonly seed: number;
  readonly validation: string;
  readonly test: string;
}

/** What the user wants done with a dataset, as data that can be replayed on another clone: no absolute paths. */
export interface Recipe {
  readonly schema: typeof recipeSchema;
  readonly seed: number;
  readonly encoder?: string;
  readonly format?: string;
  readonly nearDuplicate?: NearDuplicateLimits;
  /** A second encoder, which looks at pictures alone for near-duplicates that the first doesn't see. */
  readonly companion?: string;
  readonly companionNearDuplicate?: CompanionLimits;
  readonly confusable: { readonly marginSigma: number };
  readonly split?: SplitPlan;
  readonly rules: readonly Rule[];
}

/** A recipe that was read: the recipe, one of a newer Winnow (nothing may be written), or a sentence that says what is wrong. */
export type ParsedRecipe =
  | { readonly kind: "recipe"; readonly recipe: Recipe }
  | { readonly kind: "newer"; readonly schema: number; readonly message: string }
  | { readonly kind: "malformed"; readonly message: string };

/** The recipe of a dataset that has none. A margin of 0.5 σ is DEFINITIONS' default. */
export const emptyRecipe: Recipe = { schema: recipeSchema, seed: 0, confusable: { marginSigma: 0.5 }, rules: [] };

/**
 * Adds a rule: it replaces the rule that judges the same thing (policy, signal, unit and per), else it comes last. So a rule can be applied again, with another limit
 * or the same, without cutting twice.
 */
export function withRule(recipe: Recipe, rule: Rule): Recipe {
  const key = ruleKey(rule);
  const at = recipe.rules.findIndex((other) => ruleKey(other) === key);
  const rules = at < 0 ? [...recipe.rules, rule] : recipe.rules.with(at, rule);
  return { ...recipe, rules };
}

/** A recipe as text: JSON with sorted keys and two spaces, so that a change is a small diff. */
export function formatRecipe(recipe: Recipe): string {
  return `${JSON.stringify(sortKeys(recipe), null, 2)}\n`;
}

/** Reads the text of a `recipe.json`. Fields that it doesn't know are an error: silently losing them on the next write would be worse. */
export function parseRecipe(text: string): ParsedRecipe {
  const malformed = (message: string): ParsedRecipe => ({ kind: "malformed", message });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return malformed(`The recipe is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isRecord(value)) return malformed("Expected an object in the recipe");
  const schema = value["schema"];
  if (typeof schema !== "number" || !Number.isInteger(schema) || schema < 1)
    return malformed(`Expected a whole number for schema in the recipe but received ${JSON.stringify(schema)}`);
  if (schema > recipeSchema) {
    return {
      kind: "newer",
      schema,
      message: `The recipe was written by a newer Winnow (schema ${schema}, this one knows ${recipeSchema}): it is opened read-only; update Winnow to change it`,
    };
  }
  const problem = Object.entries(value)
    .map(([name, field]) => checkField(name, field))
    .find((message) => message !== undefined);
  if (problem !== undefined) return malformed(problem);
  const rules = parseRules(value["rules"] ?? []);
  if (typeof rules === "string") return malformed(rules);
  return { kind: "recipe", recipe: { ...emptyRecipe, ...value, schema: recipeSchema, rules } };
}

function ruleKey(rule: Rule): string {
  return JSON.stringify([rule.policy, rule["signal"] ?? "", rule["unit"] ?? "", rule["per"] ?? ""]);
}

function parseRules(value: unknown): readonly Rule[] | string {
  if (!Array.isArray(value)) return "Expected a list for rules in the recipe";
  const rules: Rule[] = [];
  for (const [at, entry] of value.entries()) {
    const { policy, ...options } = isRecord(entry) ? entry : {};
    if (typeof policy !== "string") return `Expected an object with a policy for rule ${at + 1} of the recipe`;
    const rule = parseRule(policy, options);
    if (typeof rule === "string") return `Rule ${at + 1} of the recipe: ${rule}`;
    rules.push(rule);
  }
  return rules;
}

type Shape = "text" | "number" | Readonly<Record<string, "text" | "number">>;

const shapes: Readonly<Record<string, Shape>> = {
  seed: "number",
  encoder: "text",
  format: "text",
  nearDuplicate: { encoder: "text", cosine: "number", hashBits: "number" },
  companion: "text",
  companionNearDuplicate: { encoder: "text", cosine: "number" },
  confusable: { marginSigma: "number" },
  split: { seed: "number", validation: "text", test: "text" },
};

function checkField(name: string, value: unknown): string | undefined {
  if (name === "schema" || name === "rules") return undefined;
  const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (shape === undefined)
    return `Expected one of ${["schema", "rules", ...Object.keys(shapes)].join(", ")} in the recipe but received ${name}`;
  if (typeof shape === "string")
    return fits(shape, value) ? undefined : `Expected a ${shape} for ${name} in the recipe but received ${JSON.stringify(value)}`;
  if (!isRecord(value)) return `Expected an object for ${name} in the recipe but received ${JSON.stringify(value)}`;
  const names = new Set([...Object.keys(shape), ...Object.keys(value)]);
  const wrong = [...names].find((inner) => shape[inner] === undefined || !fits(shape[inner], value[inner]));
  return wrong === undefined
    ? undefined
    : `Expected ${Object.entries(shape)
        .map(([inner, kind]) => `${inner} (${kind})`)
        .join(", ")} in ${name} of the recipe; ${wrong} is ${JSON.stringify(value[wrong]) ?? "missing"}`;
}

function fits(kind: "text" | "number", value: unknown): boolean {
  return kind === "text" ? typeof value === "string" : typeof value === "number" && Number.isFinite(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of JSON with the keys of all its objects in order, so that equal values have one text. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}
