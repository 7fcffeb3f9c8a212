import { randomBytes } from "node:crypto";

/**
 * An ordered list that was opened: items (`unit` pair) or rows of samples. `fitting` has a bit an item that fits the filter, for samples alone;
 * `similarity` a value a sample row.
 */
export interface View {
  readonly id: string;
  readonly unit: "pair" | "sample";
  readonly rows: Int32Array;
  readonly fitting: Uint8Array | undefined;
  readonly similarity: Float32Array | undefined;
}

/** What people opened and chose of one analysis: it lives as long as the process, also while the analysis' tables are closed. */
export interface Shelf {
  readonly generation: string;
  /** The latest lists, the oldest first. */
  readonly views: Map<string, View>;
  /** Sets of items by their ids, the oldest first. */
  readonly sets: Map<string, Int32Array>;
}

/** Lists and sets that are kept of one analysis; at a million rows a list takes 4 MB. */
const kept = { views: 8, sets: 64 };

/** An empty shelf. */
export function createShelf(generation: string): Shelf {
  return { generation, views: new Map(), sets: new Map() };
}

/** Keeps a list and lets the oldest go; gives it with its id. */
export function shelveView(shelf: Shelf, view: Omit<View, "id">): View {
  const shelved: View = { ...view, id: nextId("view") };
  keep(shelf.views, shelved.id, shelved, kept.views);
  return shelved;
}

/** Keeps a set of items; gives its id, and the ids of sets that had to go for it. */
export function shelveSet(shelf: Shelf, items: Int32Array): { id: string; gone: string[] } {
  const id = nextId("set");
  return { id, gone: keep(shelf.sets, id, items, kept.sets) };
}

/** Ids differ from process to process, so that a page that was restored doesn't meet another's list. */
function nextId(kind: string): string {
  return `${kind}-${randomBytes(6).toString("hex")}`;
}

function keep<Kept>(all: Map<string, Kept>, id: string, one: Kept, count: number): string[] {
  all.set(id, one);
  const gone = [...all.keys()].slice(0, Math.max(0, all.size - count));
  for (const old of gone) all.delete(old);
  return gone;
}
