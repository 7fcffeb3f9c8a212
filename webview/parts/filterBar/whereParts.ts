import type { Literal, Operator, Where } from "../../../src/core/where.ts";
import { labelIn, titleIn, type Vocabulary } from "./vocabulary.ts";

/**
 * The parts of a filter that are shown and changed one by one: what must all be true. A lower and an upper bound of one field are one part.
 */
export function partsOf(where: Where | null): readonly Where[] {
  if (where === null) return [];
  const all = where.kind === "and" ? where.parts : [where];
  const parts: Where[] = [];
  for (const part of all) {
    const side = boundSide(part);
    const other = side === undefined ? -1 : parts.findIndex((earlier) => isOtherBound(earlier, part));
    if (other < 0) parts.push(part);
    else parts[other] = { kind: "and", parts: side === "upper" ? [parts[other]!, part] : [part, parts[other]!] };
  }
  return parts;
}

/** The filter of which these are the parts; null where there are none. */
export function joinParts(parts: readonly Where[]): Where | null {
  const flat = parts.flatMap((part) => (rangeOf(part) === undefined || part.kind !== "and" ? [part] : part.parts));
  return flat.length === 0 ? null : flat.length === 1 ? flat[0]! : { kind: "and", parts: flat };
}

/** A part with something else in its place; without it where that is null; at the end where `at` is beyond the parts. */
export function replacePart(where: Where | null, at: number, part: Where | null): Where | null {
  const parts = [...partsOf(where)];
  parts.splice(at, 1, ...(part === null ? [] : [part]));
  return joinParts(parts);
}

/** The end of a range. */
export interface Bound {
  readonly value: number;
  readonly inclusive: boolean;
}

/** A field's range, open where a bound is null. */
export interface FieldRange {
  readonly field: string;
  readonly least: Bound | null;
  readonly greatest: Bound | null;
}

/** The range that a part is: one bound, or a lower and an upper one; undefined for everything else. */
export function rangeOf(part: Where): FieldRange | undefined {
  const side = boundSide(part);
  if (side !== undefined && part.kind === "compare") {
    const bound = { value: part.value as number, inclusive: part.operator.endsWith("=") };
    return { field: part.field, least: side === "lower" ? bound : null, greatest: side === "upper" ? bound : null };
  }
  if (part.kind !== "and" || part.parts.length !== 2) return undefined;
  const [lower, upper] = part.parts;
  if (boundSide(lower!) !== "lower" || !isOtherBound(lower!, upper!)) return undefined;
  return { ...rangeOf(lower!)!, greatest: rangeOf(upper!)!.greatest };
}

/** A range as a part; undefined where both ends are open. */
export function partOfRange({ field, least, greatest }: FieldRange): Where | undefined {
  const bound = (operator: "<" | ">", { value, inclusive }: Bound): Where => ({
    kind: "compare",
    field,
    operator: inclusive ? `${operator}=` : operator,
    value,
  });
  const lower = least === null ? undefined : bound(">", least);
  const upper = greatest === null ? undefined : bound("<", greatest);
  return lower !== undefined && upper !== undefined ? { kind: "and", parts: [lower, upper] } : (lower ?? upper);
}

/** A part in words. */
export function describePart(part: Where, vocabulary: Vocabulary): string {
  const title = (field: string): string => titleIn(vocabulary, field);
  const range = part.kind === "and" ? rangeOf(part) : undefined;
  if (range !== undefined) {
    const [low, high] = [range.least!, range.greatest!];
    return `${low.value} ${low.inclusive ? "≤" : "<"} ${title(range.field)} ${high.inclusive ? "≤" : "<"} ${high.value}`;
  }
  switch (part.kind) {
    case "and":
    case "or":
      return part.parts.map((inner) => describeInner(inner, vocabulary)).join(` ${part.kind} `);
    case "not":
      return part.part.kind === "unknown" ? `${title(part.part.field)} is known` : `not ${describeInner(part.part, vocabulary)}`;
    case "unknown":
      return `${title(part.field)} is unknown`;
    case "in":
      return `${title(part.field)} is ${part.values.map((value) => describeValue(part.field, value, vocabulary)).join(" or ")}`;
    case "compare":
      if (part.field === "set") return "Selection from the map";
      return `${title(part.field)} ${signs[part.operator]} ${describeCompared(part, vocabulary)}`;
  }
}

const signs: Readonly<Record<Operator, string>> = {
  "=": "is",
  "!=": "is not",
  "<": "<",
  "<=": "≤",
  ">": ">",
  ">=": "≥",
  "~": "contains",
  "^=": "begins with",
};

function describeInner(part: Where, vocabulary: Vocabulary): string {
  const text = describePart(part, vocabulary);
  return part.kind === "and" || part.kind === "or" ? `(${text})` : text;
}

function describeCompared({ field, operator, value }: Extract<Where, { kind: "compare" }>, vocabulary: Vocabulary): string {
  return operator === "~" || operator === "^=" ? `“${value}”` : describeValue(field, value, vocabulary);
}

function describeValue(field: string, value: Literal, vocabulary: Vocabulary): string {
  return value === "" ? "empty" : labelIn(vocabulary, field, String(value));
}

function boundSide(part: Where): "lower" | "upper" | undefined {
  if (part.kind !== "compare" || typeof part.value !== "number") return undefined;
  if (part.operator === "<" || part.operator === "<=") return "upper";
  return part.operator === ">" || part.operator === ">=" ? "lower" : undefined;
}

function isOtherBound(one: Where, other: Where): boolean {
  const [left, right] = [boundSide(one), boundSide(other)];
  if (left === undefined || right === undefined || left === right) return false;
  return one.kind === "compare" && other.kind === "compare" && one.field === other.field;
}
