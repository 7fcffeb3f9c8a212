import type { Field } from "../../../src/protocol/overview.ts";
import { titleOfField } from "../../parts/filterBar/fieldTexts.ts";

/** A list's order: one field, up or down; "" is the dataset's own order. */
export interface Order {
  readonly field: string;
  readonly down: boolean;
}

/** Reads the first field of a sort (`-clipScore`). */
export function parseOrder(sort: string): Order {
  const first = sort.split(",")[0]!.trim();
  return first.startsWith("-") ? { field: first.slice(1), down: true } : { field: first, down: false };
}

/** Writes an order as a sort. */
export function formatOrder({ field, down }: Order): string {
  return field === "" ? "" : `${down ? "-" : ""}${field}`;
}

/** Fields that a list can be sorted by, with their titles. */
export function sortableFields(fields: readonly Field[]): { readonly name: string; readonly title: string }[] {
  return fields.filter(isWorthSorting).map(({ name, signal }) => ({ name, title: titleOfField(name, signal) }));
}

/** Signals that a table can have as columns. */
export function columnFields(fields: readonly Field[]): readonly Field[] {
  return fields.filter(({ type, signal }) => signal !== null && type !== "text");
}

/** The order that shows the worst first: that is what a person looks for. */
export function firstOrder(field: string, fields: readonly Field[]): Order {
  const direction = fields.find(({ name }) => name === field)?.signal?.direction;
  return { field, down: direction === "lowerIsBetter" };
}

function isWorthSorting({ name, type, signal }: Field): boolean {
  return signal !== null || type !== "text" || ["caption", "folder", "sample", "verdict"].includes(name);
}
