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

/** A field that is looked up in other tables: the items or samples that fit a value (`?` stands for it), and those that fit any. */
interface RelatedField {
  readonly key: "item" | "sampleRow";
  readonly fitting: string;
  readonly known: string;
}

const groupedItems = `SELECT i.item FROM members m JOIN items i ON i.sampleRow = m.sampleRow AND (m.captionIndex IS NULL OR m.captionIndex = i.captionIndex)`;

/** Groups by kind (duplicates of pixels are duplicates too) or id, lints by their ids, and problems by code. */
const relatedFields: Readonly<Record<string, RelatedField | undefined>> = {
  group: {
    key: "item",
    fitting: `${groupedItems} WHERE m.kind = ? OR m.id = ? OR (m.kind = 'pixelDuplicate' AND ? = 'duplicate')`,
    known: groupedItems,
  },
  lint: { key: "item", fitting: "SELECT pair AS item FROM lints WHERE lint = ?", known: "SELECT pair AS item FROM lints" },
  problem: { key: "sampleRow", fitting: "SELECT sampleRow FROM flaws WHERE code = ?", known: "SELECT sampleRow FROM flaws" },
};

/** The field of the sets that people made: each is a table `item` under its id, and the caller knows that it is there. */
const setField = "set";

const sqlOperators: Readonly<Record<Exclude<Operator, "~" | "^=">, string>> = {
  "=": "=",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/**
 * Turns a filter into a condition over `pairs` (columns named by `fields`) and the tables of `createCurated`.
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
        return writeUnknown(node.field, fields);
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
  if (!Object.hasOwn(fields, field)) throw new FieldError(`There is no field "${field}"; there are ${listFields(fields)}`);
  return `pairs.${quoteName(field)}`;
}

function relatedField(field: string): RelatedField | undefined {
  return Object.hasOwn(relatedFields, field) ? relatedFields[field] : undefined;
}

function listFields(fields: Fields): string {
  return [...Object.keys(fields), ...Object.keys(relatedFields), setField].join(", ");
}

function writeUnknown(field: string, fields: Fields): string {
  const related = relatedField(field);
  return related === undefined ? `(${column(field, fields)} IS NULL)` : `(pairs.${related.key} NOT IN (${related.known}))`;
}

interface Comparison {
  readonly field: string;
  readonly operator: Operator;
  readonly value: Literal;
}

function writeComparison({ field, operator, value }: Comparison, fields: Fields, place: (value: Cell) => string): string {
  const related = relatedField(field);
  if (related !== undefined || field === setField) {
    if (operator !== "=" && operator !== "!=") throw new FieldError(`Expected = or != after ${field} but received ${operator}`);
    const { key, fitting } = related === undefined ? membersOfSet(String(value)) : fittingOf(related, String(value), place);
    return `(pairs.${key} ${operator === "=" ? "IN" : "NOT IN"} (${fitting}))`;
  }
  const name = column(field, fields);
  if (operator === "~") return `coalesce(contains(lower(${name}::VARCHAR), lower(${place(String(value))}::VARCHAR)), false)`;
  if (operator === "^=") return `coalesce(starts_with(${name}::VARCHAR, ${place(String(value))}::VARCHAR), false)`;
  return `coalesce(${name} ${sqlOperators[operator]} ${placeTyped(field, value, { type: fields[field]!, place })}, false)`;
}

function fittingOf({ key, fitting }: RelatedField, value: string, place: (value: Cell) => string): Pick<RelatedField, "key" | "fitting"> {
  return { key, fitting: fitting.replaceAll("?", () => `${place(value)}::VARCHAR`) };
}

function membersOfSet(id: string): Pick<RelatedField, "key" | "fitting"> {
  return { key: "item", fitting: `SELECT item FROM ${quoteName(id)}` };
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
