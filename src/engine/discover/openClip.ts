import { isMissingForPandas } from "../../core/formats/pandas.ts";
import { captionColumns, imageColumns } from "./columns.ts";
import { gatherImageCaptions } from "./imageCaptions.ts";
import type { ListedFile } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { splitFromFile } from "./splitNames.ts";
import { findTextTables, tableConfidence } from "./tableEvidence.ts";
import { readTable } from "./tableReader.ts";
import type { TableRow } from "./tableRows.ts";
import { placeInFile } from "./tableRows.ts";

/**
 * CSV and TSV as open_clip's trainer reads them (`--csv-img-key filepath --csv-caption-key title`, src/open_clip_train/data.py), and
 * others with columns like them. The true text is read; where pandas, through which open_clip reads, would make something else of it, that
 * is said.
 */
export const openClipReader: FormatReader = {
  id: "openClip",
  name: "open_clip CSV or TSV",
  detect,
  read: (context) => limitProblems(read(context)),
};

const search = { extensions: [".csv", ".tsv"], imageColumns: ["filepath", ...imageColumns], captionColumns: ["title", ...captionColumns] };

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const tables = await findTextTables(context, search);
  const [first] = tables;
  if (first === undefined) return undefined;
  const { file, imageColumn, captionColumn } = first;
  const isExact = imageColumn === "filepath" && captionColumn === "title";
  return {
    confidence: tableConfidence(context, isExact ? 0.95 : 0.8, tables),
    reason: `${file.path} has the columns ${imageColumn} and ${captionColumn}`,
  };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const gathered = gatherImageCaptions(context.listing);
  for (const { file } of await findTextTables(context, search)) {
    const check = (row: TableRow, caption: unknown): Iterable<Found> => checkForPandas(file, row, caption);
    yield* readTable(context, file, { ...search, split: splitFromFile(file.path), check }, gathered);
  }
  yield* gathered.finish();
}

function* checkForPandas(file: ListedFile, row: TableRow, caption: unknown): Generator<Found> {
  const where = placeInFile(file, row);
  const isMissing = typeof caption === "string" && caption !== "" && isMissingForPandas(caption);
  if (!isMissing && row.literalQuotes !== true) return;
  const message = isMissing
    ? `${where} has the caption "${caption}", which pandas takes for a missing value: open_clip would train on "nan"`
    : `${where} begins a cell with a quotation mark but doesn't quote it whole: open_clip, through pandas, would drop the marks`;
  const hint = "Export the captions as open_clip CSV from here: the export is safe against both";
  yield { kind: "problem", problem: { code: "misreadByPandas", severity: "note", file: file.path, message, hint } };
}
