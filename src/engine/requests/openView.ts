import { setImmediate } from "node:timers/promises";
import type { OpenedView, ViewRequest } from "../../protocol/gallery.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readFittingItems } from "./fitting.ts";
import { requireGeneration } from "./generationGone.ts";
import type { Shape } from "./shape.ts";
import type { View } from "./shelf.ts";
import { shelveView } from "./shelf.ts";

/** A list was asked for that is not kept any more, as after a new analysis or a restart. */
export class ViewGoneError extends Error {
  constructor() {
    super("The list is not open any more, as after a new analysis or a restart: open it again");
    this.name = "ViewGoneError";
  }
}

/**
 * Computes an ordered list of pairs or samples and keeps it for pages (the latest eight of an analysis). A sample stands where the first of its fitting
 * pairs stands in the list of pairs: upwards the least, downwards the greatest. Throws `WhereError`, `FieldError`, `SetGoneError`, `GenerationGoneError`.
 */
export async function openView(
  dataset: AnalysedDataset,
  { unit, where, sort, similarity }: Omit<ViewRequest, "root">,
): Promise<OpenedView> {
  if (similarity !== undefined) requireGeneration(dataset, similarity.generation);
  const items = await withSimilarity(dataset, similarity?.values, (table) =>
    readFittingItems(dataset, { where, sort, unit, similarity: table }),
  );
  const { samples, fitting, pairs } = await gatherSamples(items, await dataset.shape());
  const view = shelveView(dataset.shelf, {
    unit,
    rows: unit === "pair" ? items : samples,
    fitting: unit === "pair" ? undefined : fitting,
    similarity: similarity?.values,
  });
  return { view: view.id, generation: dataset.generation, count: view.rows.length, pairs, samples: samples.length };
}

/** A list that was opened. Throws `ViewGoneError`. */
export function findView({ shelf }: AnalysedDataset, id: string): View {
  const view = shelf.views.get(id);
  if (view === undefined) throw new ViewGoneError();
  return view;
}

let lastTable = 0;

/** Does work while there is a table of similarities, one a sample. */
async function withSimilarity<Result>(
  { tables, summary }: AnalysedDataset,
  values: Float32Array | undefined,
  work: (table: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (values === undefined) return await work(undefined);
  if (values.length !== summary.samples)
    throw new RangeError(`Expected ${summary.samples} similarities, one a sample, but received ${values.length}`);
  lastTable += 1;
  const table = `similarity${lastTable}`;
  try {
    await tables.load(table, [
      { name: "sampleRow", type: "integer", count: values.length, valueAt: (row) => row },
      { name: "similarity", type: "float", values },
    ]);
    return await work(table);
  } finally {
    await tables.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** Items that are looked at before the event loop turns: some 2 ms of work. */
const itemsATurn = 1 << 16;

/** The rows of the samples of items, each where its first item stands; a bit an item; and how many of the items are pairs. */
async function gatherSamples(items: Int32Array, shape: Shape): Promise<{ samples: Int32Array; fitting: Uint8Array; pairs: number }> {
  const { sampleRowOf } = shape;
  const seen = new Uint8Array(shape.samples);
  const fitting = new Uint8Array(Math.ceil(sampleRowOf.length / 8));
  const samples = new Int32Array(Math.min(items.length, shape.samples));
  let [count, pairs] = [0, 0];
  for (let at = 0; at < items.length; at += 1) {
    if (at % itemsATurn === itemsATurn - 1) await setImmediate();
    const item = items[at]!;
    const row = sampleRowOf[item]!;
    fitting[item >> 3]! |= 1 << (item & 7);
    if (item < shape.pairs) pairs += 1;
    if (seen[row] === 1) continue;
    seen[row] = 1;
    samples[count] = row;
    count += 1;
  }
  return { samples: samples.slice(0, count), fitting, pairs };
}
