import type { CaptionPlace } from "../../core/captions/place.ts";
import { placeOfCaption } from "../../core/captions/place.ts";
import type { EditContext } from "../../core/captions/operations/operation.ts";
import type { CaptionOrigin } from "../../core/sample.ts";
import { quoteName } from "../store/tables.ts";
import type { Cell } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { withNumbers } from "./targets.ts";

/**
 * A caption of a sample that a batch is about; `isChosen` where the caption itself is. `text` is what it said when it was last read. Of a whole caption file
 * `captionIndex` is null, and `parts` are its captions.
 */
export interface EditItem {
  readonly pair: number;
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly file: string;
  readonly place: CaptionPlace;
  readonly isChosen: boolean;
  readonly isFrozen: boolean;
  readonly text: string;
  readonly context: EditContext;
  readonly parts?: readonly EditItem[];
}

/** Reads the captions that a batch is about and those beside them in the same samples, in the dataset's order. */
export async function readEditItems(dataset: AnalysedDataset, pairs: Int32Array, signal: AbortSignal): Promise<EditItem[]> {
  const items: EditItem[] = [];
  const { format } = dataset.summary;
  await withNumbers(dataset, pairs, async (scope) => {
    const sql = `SELECT p.*, t.number IS NOT NULL AS isChosen, coalesce(p.split, d.split) IN ('validation', 'test') AS isFrozen
      FROM (${placedPairs(`WHERE sampleRow IN (SELECT q.sampleRow FROM pairs q JOIN ${scope} t ON t.number = q.pair)`)}) p
      LEFT JOIN ${scope} t ON t.number = p.pair LEFT JOIN decidedSplits d ON d.sampleRow = p.sampleRow ORDER BY p.pair`;
    for await (const rows of dataset.tables.stream(sql)) {
      signal.throwIfAborted();
      for (const row of rows) items.push(itemFromRow(row, format));
    }
  });
  return items;
}

/** A pair that reads the place of a changed caption (`changed` is that caption's pair), its own first. */
export interface PlaceReader {
  readonly changed: number;
  readonly sample: string;
  readonly captionIndex: number;
}

/** Every pair that reads one of some captions' places: two pictures may share a caption file, or a row. */
export async function readPlaceReaders(dataset: AnalysedDataset, changed: readonly number[]): Promise<PlaceReader[]> {
  const readers: PlaceReader[] = [];
  await withNumbers(dataset, changed, async (table) => {
    const placed = quoteName("placed");
    const sql = `WITH ${placed} AS (${placedPairs("")})
      SELECT c.pair AS changed, p.sample, p.captionIndex FROM ${table} t JOIN ${placed} c ON c.pair = t.number
      JOIN ${placed} p ON p.captionOrigin = c.captionOrigin AND p.position = c.position ORDER BY t.position, p.pair <> c.pair, p.pair`;
    for await (const rows of dataset.tables.stream(sql))
      for (const row of rows)
        readers.push({ changed: Number(row["changed"]), sample: String(row["sample"]), captionIndex: Number(row["captionIndex"]) });
  });
  return readers;
}

/** Pairs with how they stand among those of their sample: see `PlacedCaption`. */
function placedPairs(where: string): string {
  const ofOrigin = "PARTITION BY sampleRow, captionOrigin";
  return `SELECT pair, sampleRow, sample, captionIndex, caption, captionOrigin, folder, split,
    (row_number() OVER (${ofOrigin} ORDER BY captionIndex) - 1)::INTEGER AS position,
    (count(*) OVER (${ofOrigin}))::INTEGER AS count, (count(*) OVER (PARTITION BY sampleRow))::INTEGER AS captions FROM pairs ${where}`;
}

function itemFromRow(row: Readonly<Record<string, Cell>>, format: string): EditItem {
  const sample = String(row["sample"]);
  const origin = JSON.parse(String(row["captionOrigin"])) as CaptionOrigin;
  const [position, count, captions] = [Number(row["position"]), Number(row["count"]), Number(row["captions"])];
  return {
    pair: Number(row["pair"]),
    sample,
    captionIndex: Number(row["captionIndex"]),
    file: origin.file,
    place: placeOfCaption({ format, origin, position, count, captions }),
    isChosen: row["isChosen"] === true,
    isFrozen: row["isFrozen"] === true,
    text: String(row["caption"]),
    context: {
      sample,
      folder: String(row["folder"]),
      fileName: sample.slice(sample.lastIndexOf("/") + 1).replace(/\.[^.]*$/, ""),
      isDeclaredTags: /\.tags$/i.test(origin.file) || /(?:^|\.)tags$/i.test(origin.field ?? ""),
      columns: {},
    },
  };
}
