import type { Literal, Where } from "../../../src/core/where.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import { partOfRange, rangeOf } from "./whereParts.ts";

/** What a form for one part of a filter has in it. Numbers are as they were typed. */
export interface PartDraft {
  readonly field: string;
  readonly form: "range" | "choice" | "text";
  readonly least: string;
  readonly greatest: string;
  /** Whether the bounds themselves fit. */
  readonly inclusive: readonly [least: boolean, greatest: boolean];
  readonly values: readonly string[];
  readonly text: string;
  readonly match: "contains" | "is" | "begins";
  /** The pairs without a value, instead of those with one. */
  readonly unknown: boolean;
  /** All other pairs. */
  readonly negated: boolean;
}

/** An empty form for a field. A text of few different values is a choice. */
export function emptyDraft(field: string, { hasChoices, numeric }: { hasChoices: boolean; numeric: boolean }): PartDraft {
  const form = numeric ? "range" : hasChoices ? "choice" : "text";
  const match = field === "caption" ? "contains" : field === "folder" ? "begins" : "is";
  const rest = { values: [], text: "", match, unknown: false, negated: false } as const;
  return { field, form, least: "", greatest: "", inclusive: [true, true], ...rest };
}

/** The form that a part was written with; undefined for a part that only a text can say. */
export function draftOf(part: Where, empty: (field: string) => PartDraft): PartDraft | undefined {
  if (part.kind === "not") {
    const inner = draftOf(part.part, empty);
    return inner === undefined || inner.negated ? undefined : { ...inner, negated: true };
  }
  const range = rangeOf(part);
  if (range !== undefined) {
    const { field, least, greatest } = range;
    const draft = empty(field);
    if (draft.form !== "range") return undefined;
    const inclusive = [least?.inclusive ?? true, greatest?.inclusive ?? true] as const;
    return {
      ...draft,
      inclusive,
      least: least === null ? "" : String(least.value),
      greatest: greatest === null ? "" : String(greatest.value),
    };
  }
  switch (part.kind) {
    case "unknown":
      return { ...empty(part.field), unknown: true };
    case "in":
      return draftOfValues(part.values, empty(part.field));
    case "compare":
      return draftOfComparison(part, empty(part.field));
    case "and":
    case "or":
      return undefined;
  }
}

function draftOfComparison({ operator, value }: Extract<Where, { kind: "compare" }>, draft: PartDraft): PartDraft | undefined {
  if (operator === "!=") {
    const same = draftOfComparison({ kind: "compare", field: draft.field, operator: "=", value }, draft);
    return same === undefined ? undefined : { ...same, negated: true };
  }
  if (draft.form === "range") return operator === "=" ? { ...draft, least: String(value), greatest: String(value) } : undefined;
  if (draft.form === "choice" && operator === "=") return draftOfValues([value], draft);
  const match = operator === "~" ? "contains" : operator === "^=" ? "begins" : operator === "=" ? "is" : undefined;
  return match === undefined ? undefined : { ...draft, form: "text", match, text: String(value) };
}

function draftOfValues(values: readonly Literal[], draft: PartDraft): PartDraft | undefined {
  return draft.form === "choice" ? { ...draft, values: values.map(String) } : undefined;
}

/** The part that a form says; null where nothing is filled in, a sentence where something can't be read. */
export function partOfDraft(draft: PartDraft, field: Pick<Field, "type"> | undefined): Where | null | { readonly problem: string } {
  const plain = draft.unknown ? ({ kind: "unknown", field: draft.field } as const) : plainPart(draft, field?.type);
  if (plain === null || "problem" in plain || !draft.negated) return plain;
  return { kind: "not", part: plain };
}

function plainPart(draft: PartDraft, type: Field["type"] | undefined): Where | null | { readonly problem: string } {
  const { field, form, values, text, match } = draft;
  switch (form) {
    case "range":
      return rangePart(draft);
    case "choice": {
      const literals = values.map((value) => (type === "boolean" ? value === "true" : value));
      if (literals.length === 0) return null;
      return literals.length === 1
        ? { kind: "compare", field, operator: "=", value: literals[0]! }
        : { kind: "in", field, values: literals };
    }
    case "text":
      if (text === "") return null;
      return { kind: "compare", field, operator: match === "contains" ? "~" : match === "begins" ? "^=" : "=", value: text };
  }
}

function rangePart({ field, least, greatest, inclusive }: PartDraft): Where | null | { readonly problem: string } {
  const [low, high] = [numberOf(least), numberOf(greatest)];
  if (Number.isNaN(low)) return { problem: `Expected a number but received "${least}"` };
  if (Number.isNaN(high)) return { problem: `Expected a number but received "${greatest}"` };
  if (low !== null && high !== null && low > high)
    return { problem: `Expected the least value before the greatest, but ${low} is above ${high}` };
  const bound = (value: number | null, side: 0 | 1) => (value === null ? null : { value, inclusive: inclusive[side] });
  return partOfRange({ field, least: bound(low, 0), greatest: bound(high, 1) }) ?? null;
}

/** Null for nothing; NaN for what is no number. A comma is taken for a point. */
function numberOf(text: string): number | null {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return null;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : NaN;
}
