import { parseWhere, type Where, WhereError } from "../../../src/core/where.ts";
import type { Field } from "../../../src/protocol/overview.ts";

/** A filter's text as it was read: nothing, a filter, or what is wrong with it and where (from 0; null where that isn't known). */
export type Checked =
  | { readonly kind: "empty" }
  | { readonly kind: "filter"; readonly where: Where }
  | { readonly kind: "problem"; readonly message: string; readonly at: number | null };

/** Fields that are no columns of a pair: the engine looks them up elsewhere. */
export const relatedFields: readonly string[] = ["group", "lint", "problem", "set", "similarity"];

/** Reads a filter's text. Fields that the dataset lacks, and values of another type than their field's, are problems too. */
export function checkWhere(text: string, fields: readonly Field[]): Checked {
  if (text.trim() === "") return { kind: "empty" };
  try {
    const where = parseWhere(text);
    return problemOf(where, text, fields) ?? { kind: "filter", where };
  } catch (error) {
    if (error instanceof WhereError) return { kind: "problem", message: error.message, at: error.at };
    throw error;
  }
}

function problemOf(where: Where, text: string, fields: readonly Field[]): Checked | undefined {
  switch (where.kind) {
    case "and":
    case "or":
      return where.parts.map((part) => problemOf(part, text, fields)).find((problem) => problem !== undefined);
    case "not":
      return problemOf(where.part, text, fields);
    case "unknown":
    case "in":
    case "compare":
      return problemOfComparison(where, text, fields);
  }
}

function problemOfComparison(
  where: Extract<Where, { readonly field: string }>,
  text: string,
  fields: readonly Field[],
): Checked | undefined {
  if (relatedFields.includes(where.field)) return undefined;
  const field = fields.find(({ name }) => name === where.field);
  const at = placeOfWord(text, where.field);
  if (field === undefined) {
    const near = nearestName(where.field, fields);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return { kind: "problem", message: `There is no field "${where.field}"${hint}`, at };
  }
  const values = where.kind === "unknown" ? [] : where.kind === "in" ? where.values : where.operator === "~" ? [] : [where.value];
  const expected = field.type === "text" ? undefined : field.type === "boolean" ? "boolean" : "number";
  const wrong = values.find((value) => expected !== undefined && typeof value !== expected);
  if (wrong === undefined) return undefined;
  const asked = expected === "number" ? "a number" : "true or false";
  return {
    kind: "problem",
    message: `Expected ${asked} for ${field.name} but received "${wrong}"`,
    at: placeOfWord(text, String(wrong)) ?? at,
  };
}

function placeOfWord(text: string, word: string): number | null {
  const at = text.indexOf(word);
  return at < 0 ? null : at;
}

/** The field that was meant, as a rule: the same but for capitals, or at most two letters away. */
function nearestName(name: string, fields: readonly Field[]): string | undefined {
  const lower = name.toLowerCase();
  const near = [...fields.map((field) => field.name), ...relatedFields]
    .map((other) => ({ other, distance: editDistance(lower, other.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance)[0];
  return near !== undefined && near.distance <= 2 ? near.other : undefined;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
