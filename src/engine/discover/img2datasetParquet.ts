import type { Problem } from "../../core/problem.ts";
import type { Caption, Sample } from "../../core/sample.ts";
import { captionIdFromIndex, sampleIdFromPath } from "../../core/sample.ts";
import type { ParquetColumn, ParquetRow } from "../store/parquetFile.ts";
import { eachParquetRow, listParquetColumns } from "../store/parquetFile.ts";
import { captionColumns, captionsFromCell, pickColumn } from "./columns.ts";
import type { ListedFile } from "./listing.ts";
import { baseOf, extensionOf, folderOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { splitFromFile } from "./splitNames.ts";
import { messageOf } from "./tableText.ts";
import { shareOfBytes } from "./webdataset.ts";

/**
 * Parquet files that hold the pictures themselves: img2dataset's (a column of bytes named for its encoding, `jpg`) and Hugging Face's
 * (`image`, a struct of `bytes` and `path`). The pictures stay there and are opened by row.
 */
export const img2datasetParquetReader: FormatReader = {
  id: "img2datasetParquet",
  name: "Parquet with pictures (img2dataset, Hugging Face)",
  detect,
  read: (context) => limitProblems(read(context)),
};

const bytesColumns: readonly string[] = ["jpg", "jpeg", "png", "webp", "avif", "image", "img", "bytes"];
const parquetCaptionColumns: readonly string[] = ["txt", ...captionColumns];

interface PictureTable {
  readonly file: ListedFile;
  readonly picture: string;
  readonly caption: string | undefined;
  readonly hasStatus: boolean;
}

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const candidates = listTables(context);
  for (const file of candidates) {
    const table = await lookInto(context, file).catch(() => undefined);
    if (table === undefined) continue;
    const confidence = 0.94 * shareOfBytes(context.listing, candidates);
    return { confidence, reason: `${file.path} holds pictures in its column ${table.picture}` };
  }
  return undefined;
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  for (const file of listTables(context)) {
    try {
      const table = await lookInto(context, file);
      if (table !== undefined) yield* readTable(context, table);
    } catch (error) {
      context.signal?.throwIfAborted();
      const message = `${file.path} can't be read as Parquet: ${messageOf(error).split("\n")[0]}`;
      yield {
        kind: "problem",
        problem: { code: "unreadable", severity: "error", file: file.path, message, hint: "Download or write the file again" },
      };
    }
  }
}

function listTables({ listing }: ReadContext): ListedFile[] {
  return listing.files.filter(({ path }) => extensionOf(path) === ".parquet" && baseOf(path) !== "metadata.parquet");
}

/** Finds the columns of a table; undefined where none holds pictures (as in the tables that img2dataset puts beside its shards). */
async function lookInto({ env, listing, options }: ReadContext, file: ListedFile): Promise<PictureTable | undefined> {
  const columns = await listParquetColumns(env, absolutePathOf(listing, file));
  const namesOf = (...kinds: ParquetColumn["kind"][]): string[] =>
    columns.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const pictures = namesOf("picture");
  const picture = pickColumn([...pictures, ...namesOf("bytes")], options.imageColumn, bytesColumns) ?? pictures[0];
  if (picture === undefined) return undefined;
  const texts = namesOf("text", "texts");
  return { file, picture, caption: pickColumn(texts, options.captionColumn, parquetCaptionColumns), hasStatus: texts.includes("status") };
}

async function* readTable(context: ReadContext, table: PictureTable): AsyncGenerator<Found> {
  const columns = [...(table.caption === undefined ? [] : [table.caption]), ...(table.hasStatus ? ["status"] : [])];
  let failed = 0;
  let total = 0;
  for await (const row of eachParquetRow(context.env, absolutePathOf(context.listing, table.file), columns)) {
    context.signal?.throwIfAborted();
    total += 1;
    if (table.hasStatus && row.cells["status"] !== "success") failed += 1;
    else yield* readRow(context, table, row);
  }
  if (failed === 0) return;
  const { path } = table.file;
  const message = `${path}: ${failed} of ${total} rows hold no picture, for img2dataset could not get it`;
  yield {
    kind: "problem",
    problem: {
      code: "failedDownload",
      severity: "note",
      file: path,
      message,
      hint: "Nothing to do, unless you want to download them again",
    },
  };
}

function* readRow({ listing }: ReadContext, { file, picture, caption }: PictureTable, { row, cells }: ParquetRow): Generator<Found> {
  const id = sampleIdFromPath(`${file.path}#${row}`);
  const table = absolutePathOf(listing, file);
  const origin = { file: table, row, ...(caption === undefined ? {} : { field: caption }) };
  const texts = caption === undefined ? [] : (captionsFromCell(cells[caption], origin) ?? []);
  const captions = texts.map(({ text }, index): Caption => ({ id: captionIdFromIndex(id, index), text, author: "import", origin }));
  if (captions.every(({ text }) => text.trim() === ""))
    yield { kind: "problem", problem: lackingCaption(file, id, { row, count: captions.length }) };
  const split = splitFromFile(file.path);
  const sample: Sample = {
    id,
    locator: { kind: "row", table, row, column: picture },
    folder: folderOf(file.path),
    captions,
    ...(split === undefined ? {} : { split }),
    sizeBytes: file.sizeBytes,
    mtimeMs: file.mtimeMs,
    inode: file.inode,
  };
  yield { kind: "sample", sample };
}

function lackingCaption(file: ListedFile, sample: string, { row, count }: { readonly row: number; readonly count: number }): Problem {
  const code = count === 0 ? "missingCaption" : "emptyCaption";
  const message = `${file.path}, row ${row + 1} has ${count === 0 ? "no" : "an empty"} caption`;
  return {
    code,
    severity: "warning",
    sample,
    file: file.path,
    message,
    hint: "Name the column that holds captions (captionColumn), or drop the picture",
  };
}
