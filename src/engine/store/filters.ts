import type { Literal, Operator, Where } from "../../core/where.ts";
import type { Cell, ColumnType } from "./tables.ts";
import { quoteName } from "./tables.ts";

/** A condition for a query over the pairs' view, with its parameters in the order of their places. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly Cell[];
}

/** The fields that a pair has, with their types. */
export type Fields = Readonly<Record<string, ColumnType>>;

/** Thrown for a filter or a sort by something that a pair does not have, or has in another type. */
export class FieldError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FieldError";
  }
}

/** Fields that are looked up in other tables than the pairs': groups by kind (duplicates of pixels are duplicates too) or id, problems by code. */
const relatedFields: Readonly<Record<string, string | undefined>> = {
  group: `EXISTS (SELECT 1 FROM members m WHERE m.sampleRow = pairs.sampleRow AND (m.captionIndex IS NULL OR m.captionIndex = pairs.captionIndex) AND (m.kind = ? OR m.id = ? OR (m.kind = 'pixelDuplicate' AND ? = 'duplicate')))`,
  problem: `EXISTS (SELECT 1 FROM problems q WHERE q.sample = pairs.sample AND q.code IN (?, ?))`,
};

const sqlOperators: Readonly<Record<Exclude<Operator, "~">, string>> = { "=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=" };

/**
 * Turns a filter into a condition over `pairs` (columns named by `fields`), `members` and `problems`.
 * A comparison with something unknown is false, whichever it is: ask with `is unknown`. Throws `FieldError`.
 */
export function conditionFromWhere(where: Where, fields: Fields): Condition {
  const parameters: Cell[] = [];
  const place = (value: Cell): string => `$${parameters.push(value)}`;
  const write = (node: Where): string => {
    switch (node.kind) {
      case "and":
      case "or":
        return `(${node.parts.map(write).join(node.kind === "and" ? " AND " : " OR ")})`;
      case "not":
        return `(NOT ${write(node.part)})`;
      case "unknown":
        return `(${column(node.field, fields)} IS NULL)`;
      case "in":
        return `(${node.values.map((value) => writeComparison({ field: node.field, operator: "=", value }, fields, place)).join(" OR ")})`;
      case "compare":
        return writeComparison(node, fields, place);
    }
  };
  return { sql: write(where), parameters };
}

/** A field as a column of the pairs' view. Throws `FieldError`. */
export function column(field: string, fields: Fields): string {
  if (!Object.hasOwn(fields, field)) {
    throw new FieldError(`There is no field "${field}"; there are ${[...Object.keys(fields), ...Object.keys(relatedFields)].join(", ")}`);
  }
  return `pairs.${quoteName(field)}`;
}

interface Comparison {
  readonly field: string;
  readonly operator: Operator;
  readonly value: Literal;
}

function writeComparison({ field, operator, value }: Comparison, fields: Fields, place: (value: Cell) => string): string {
  const related = relatedFields[field];
  if (related !== undefined) {
    const exists = related.replaceAll("?", () => `${place(String(value))}::VARCHAR`);
    return operator === "!=" ? `(NOT ${exists})` : exists;
  }
  const name = column(field, fields);
  if (operator === "~") return `coalesce(contains(lower(${name}::VARCHAR), lower(${place(String(value))}::VARCHAR)), false)`;
  return `coalesce(${name} ${sqlOperators[operator]} ${placeTyped(field, value, { type: fields[field]!, place })}, false)`;
}

function placeTyped(field: string, value: Literal, { type, place }: { type: ColumnType; place: (value: Cell) => string }): string {
  switch (type) {
    case "text":
      return `${place(String(value))}::VARCHAR`;
    case "boolean":
      if (typeof value !== "boolean") throw new FieldError(`Expected true or false for ${field} but received "${value}"`);
      return `${place(value)}::BOOLEAN`;
    case "integer":
    case "float":
    case "double":
      if (typeof value !== "number") throw new FieldError(`Expected a number for ${field} but received "${value}"`);
      return `${place(value)}::DOUBLE`;
  }
}
