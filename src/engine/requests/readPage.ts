import type { Page, PageRequest } from "../../protocol/gallery.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readGalleryRows } from "./galleryRows.ts";
import { findView } from "./openView.ts";
import type { Shape } from "./shape.ts";
import { itemsOfSample } from "./shape.ts";
import type { View } from "./shelf.ts";

/** Rows of one request at most. */
export const mostRows = 500;

/** Rows of a list that was opened, with the verdicts as they are now; fewer at its end. Throws `ViewGoneError`, `FieldError`. */
export async function readPage(dataset: AnalysedDataset, { view: id, from, to, fields }: Omit<PageRequest, "root">): Promise<Page> {
  const view = findView(dataset, id);
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to - from > mostRows)
    throw new RangeError(`Expected positions from 0, at most ${mostRows}, but received ${from} to ${to}`);
  const shape = await dataset.shape();
  const rows = Array.from(view.rows.subarray(from, to), (row) => shownOf(view, shape, row));
  return { view: id, from, rows: await readGalleryRows(dataset, { rows, fields, similarity: view.similarity }) };
}

function shownOf(view: View, shape: Shape, row: number): { sampleRow: number; items: readonly number[] } {
  if (view.unit === "pair") return { sampleRow: shape.sampleRowOf[row]!, items: [row] };
  return { sampleRow: row, items: itemsOfSample(shape, row).filter((item) => isFitting(view, item)) };
}

/** Whether an item of a sample belongs to a list of samples. */
export function isFitting({ fitting }: View, item: number): boolean {
  return fitting === undefined || (fitting[item >> 3]! & (1 << (item & 7))) !== 0;
}
