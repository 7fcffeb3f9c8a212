import type { Split } from "../../core/sample.ts";
import { captionsFromCell, pickColumn } from "./columns.ts";
import type { ImageCaptions, ImageRow } from "./imageCaptions.ts";
import { imageFolders } from "./imagePaths.ts";
import type { ListedFile } from "./listing.ts";
import type { Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import type { TableRow } from "./tableRows.ts";
import { malformedRow, readTableRows } from "./tableRows.ts";

/** How the rows of one table are understood. */
export interface TablePlan {
  readonly imageColumns: readonly string[];
  readonly captionColumns: readonly string[];
  readonly split: Split | undefined;
  /** Folders below the root that paths start from; found from the table's names where it is undefined. */
  readonly folders?: readonly string[];
  /** What else is to be said of a row that was read. */
  readonly check?: (row: TableRow, caption: unknown) => Iterable<Found>;
}

/** Rows that are read before the folder of their pictures is looked for. */
const rowsAhead = 256;

/** Reads a table whose rows name a picture (or a list of them) and hold its captions into `gathered`; gives the problems. */
export async function* readTable(context: ReadContext, table: ListedFile, plan: TablePlan, gathered: ImageCaptions): AsyncGenerator<Found> {
  let waiting: ImageRow[] = [];
  let folders = plan.folders;
  const path = absolutePathOf(context.listing, table);
  const flush = function* (): Generator<Found> {
    folders ??= imageFolders(
      context,
      table,
      waiting.map(({ image }) => image),
    );
    for (const row of waiting) {
      const problem = gathered.add({ ...row, folders });
      if (problem !== undefined) yield { kind: "problem", problem };
    }
    waiting = [];
  };
  for await (const part of readTableRows(context, table)) {
    if (part.kind === "problem") yield part;
    else yield* takeRow(context, { table, path, plan, row: part }, waiting);
    if (waiting.length >= rowsAhead) yield* flush();
  }
  yield* flush();
}

function* takeRow(
  context: ReadContext,
  { table, path, plan, row }: { readonly table: ListedFile; readonly path: string; readonly plan: TablePlan; readonly row: TableRow },
  waiting: ImageRow[],
): Generator<Found> {
  const names = Object.keys(row.cells);
  const imageColumn = pickColumn(names, context.options.imageColumn, plan.imageColumns);
  const captionColumn = pickColumn(names, context.options.captionColumn, plan.captionColumns);
  const images = imagesFromCell(imageColumn === undefined ? undefined : row.cells[imageColumn]);
  const place = row.line === undefined ? { row: row.row } : { line: row.line, row: row.row };
  const caption = captionColumn === undefined ? undefined : row.cells[captionColumn];
  const origin = { file: path, ...place, ...(captionColumn === undefined ? {} : { field: captionColumn }) };
  const captions = captionsFromCell(caption, origin);
  if (images.length === 0 || captions === undefined) {
    const reason = images.length === 0 ? "it names no picture" : `its ${captionColumn} is neither a text nor a list of texts`;
    yield { kind: "problem", problem: malformedRow(table, place, reason) };
    return;
  }
  const { split } = plan;
  for (const image of images) waiting.push({ table, image, folders: [], captions, ...(split === undefined ? {} : { split }), ...place });
  if (plan.check !== undefined) yield* plan.check(row, caption);
}

function imagesFromCell(cell: unknown): string[] {
  const names: readonly unknown[] = Array.isArray(cell) ? cell : [cell];
  return names.filter((name): name is string => typeof name === "string" && name.trim() !== "");
}
