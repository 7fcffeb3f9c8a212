import type { Problem } from "../../core/problem.ts";
import { listParquetColumns } from "../store/parquetFile.ts";
import { captionColumns } from "./columns.ts";
import { gatherImageCaptions } from "./imageCaptions.ts";
import { shareFound } from "./imagePaths.ts";
import type { ListedFile } from "./listing.ts";
import { baseOf, extensionOf, folderOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { readTable } from "./tableReader.ts";
import { headRows } from "./tableRows.ts";
import { readHead } from "./tableText.ts";

/**
 * Hugging Face ImageFolder (datasets, packaged_modules/folder_based_builder): `metadata.csv`, `metadata.jsonl` or `metadata.parquet`, also
 * several in sub-folders, each naming files relative to itself. With metadata, names of folders are splits and never labels.
 */
export const imagefolderReader: FormatReader = {
  id: "imagefolder",
  name: "Hugging Face ImageFolder",
  detect,
  read: (context) => limitProblems(read(context)),
};

const metadataNames: ReadonlySet<string> = new Set(["metadata.csv", "metadata.jsonl", "metadata.parquet"]);
const fileColumn = /^(?:.+_)?file_names?$/;

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const [first] = findMetadata(context);
  if (first === undefined) return undefined;
  const { columns, names } = await lookInto(context, first);
  if (fileColumns(columns).length === 0) return undefined;
  const share = names === undefined ? 1 : shareFound(context, first, names);
  return { confidence: 0.97 * (0.2 + 0.8 * share), reason: `${first.path} names the pictures beside it under ${fileColumns(columns)[0]}` };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const tables = findMetadata(context);
  const gathered = gatherImageCaptions(
    context.listing,
    tables.map(({ path }) => folderOf(path)),
  );
  const mixed = mixedKinds(tables);
  if (mixed !== undefined) yield { kind: "problem", problem: mixed };
  for (const table of tables) {
    const { columns } = await lookInto(context, table);
    const plan = { imageColumns: fileColumns(columns), captionColumns, split: undefined, folders: [folderOf(table.path)] };
    yield* readTable(context, table, plan, gathered);
  }
  yield* gathered.finish();
}

function findMetadata({ listing }: ReadContext): ListedFile[] {
  return listing.files.filter(({ path }) => metadataNames.has(baseOf(path)));
}

/** Columns of a metadata file, and the pictures that its first rows name (not looked up in Parquet). */
async function lookInto(context: ReadContext, table: ListedFile): Promise<{ readonly columns: string[]; readonly names?: string[] }> {
  if (extensionOf(table.path) === ".parquet") {
    const columns = await listParquetColumns(context.env, absolutePathOf(context.listing, table)).catch(() => []);
    return { columns: columns.map(({ name }) => name) };
  }
  const rows = headRows(table, await readHead(context, table)).slice(0, 32);
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  const [column] = fileColumns(columns);
  const names = rows.flatMap(({ cells }) => (column === undefined ? [] : cells[column])).filter((name) => typeof name === "string");
  return { columns, names };
}

/** Columns of file names, `file_name` first, then `image_file_name`, then the others in their order. */
function fileColumns(columns: readonly string[]): string[] {
  const found = columns.filter((name) => fileColumn.test(name));
  return [...new Set(["file_name", "image_file_name", "file_names", ...found])].filter((name) => found.includes(name));
}

function mixedKinds(tables: readonly ListedFile[]): Problem | undefined {
  const names = [...new Set(tables.map(({ path }) => baseOf(path)))];
  const [first] = tables;
  if (first === undefined || names.length < 2) return undefined;
  const message = `The folder holds ${names.join(" and ")}, where Hugging Face's loader takes one kind only`;
  return {
    code: "ambiguousMetadata",
    severity: "warning",
    file: first.path,
    message,
    hint: "Keep one kind of metadata file; here all were read",
  };
}
