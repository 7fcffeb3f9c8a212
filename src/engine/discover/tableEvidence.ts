import { pickColumn } from "./columns.ts";
import { shareFound } from "./imagePaths.ts";
import type { ListedFile } from "./listing.ts";
import { comparePaths, extensionOf, isImagePath, stemOf } from "./listing.ts";
import type { ReadContext } from "./reader.ts";
import { headRows } from "./tableRows.ts";
import { readHead } from "./tableText.ts";

/** What the beginning of a table shows: some of the pictures that it names, and about how many rows it has. */
export interface TableEvidence {
  readonly file: ListedFile;
  readonly images: readonly string[];
  /** Estimated from the length of the first rows. */
  readonly rowCount: number;
}

/** A text table whose rows name pictures and captions in these columns. */
export interface TextTable extends TableEvidence {
  readonly imageColumn: string;
  readonly captionColumn: string;
}

/** Which text tables a format looks for. */
export interface TableSearch {
  readonly extensions: readonly string[];
  readonly imageColumns: readonly string[];
  readonly captionColumns: readonly string[];
}

/** Tables are among the largest files of their kind; further ones are not looked into. */
const largestLookedInto = 16;
/** Names that are looked up to see whether a table belongs to the pictures beside it. */
const lookedUp = 32;

/** CSV, TSV or JSON Lines files of the listing whose first rows have a column of pictures and one of captions. */
export async function findTextTables(context: ReadContext, search: TableSearch): Promise<TextTable[]> {
  const { listing, options } = context;
  const tables: TextTable[] = [];
  for (const file of listing.files.filter(({ path }) => search.extensions.includes(extensionOf(path)))) {
    const head = await readHead(context, file);
    const rows = headRows(file, head);
    const names = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
    const imageColumn = pickColumn(names, options.imageColumn, search.imageColumns);
    const captionColumn = pickColumn(names, options.captionColumn, search.captionColumns);
    if (imageColumn === undefined || captionColumn === undefined) continue;
    const images = rows.map(({ cells }) => cells[imageColumn]).filter((image) => typeof image === "string");
    tables.push({ file, images, rowCount: (rows.length * file.sizeBytes) / Math.max(1, head.length), imageColumn, captionColumn });
  }
  return tables;
}

/** The largest files with one of the extensions that are no sidecar of a picture, in order of their paths. */
export function tableCandidates({ listing }: ReadContext, extensions: readonly string[]): ListedFile[] {
  const imageStems = new Set(listing.images.map(({ path }) => stemOf(path)));
  const found = listing.files.filter(
    ({ path }) => extensions.includes(extensionOf(path)) && !imageStems.has(stemOf(path)) && !isImagePath(stemOf(path)),
  );
  found.sort((a, b) => b.sizeBytes - a.sizeBytes || comparePaths(a.path, b.path));
  return found.slice(0, largestLookedInto).sort((a, b) => comparePaths(a.path, b.path));
}

/**
 * Confidence in [0, `base`] that tables describe the pictures of a folder: how many of the pictures that they name first are there, and how
 * many of the folder's pictures they can cover. A stray table beside captions of another kind gets little by the second.
 */
export function tableConfidence(context: ReadContext, base: number, tables: readonly TableEvidence[]): number {
  const shares = tables.map(({ file, images }) => shareFound(context, file, images.slice(0, lookedUp)));
  const share = Math.max(0, ...shares);
  const rowCount = tables.reduce((sum, table) => sum + table.rowCount, 0);
  const coverage = Math.min(1, rowCount / Math.max(1, context.listing.images.length));
  return base * (0.1 + 0.9 * share) * (0.2 + 0.8 * coverage);
}
