import { readPandasCsv } from "../formats/pandasCsv.ts";
import { lowerExtension } from "./paths.ts";
import type { TextRead } from "./trainer.ts";

/** A row of metadata: its cells as Python's `str` writes them, undefined for none, and in CSV what stood there before pandas read it. */
export interface MetadataRow {
  readonly cells: Readonly<Record<string, string | undefined>>;
  readonly raw?: Readonly<Record<string, string>>;
}

/** A metadata file as `datasets` reads it; `columns` gives each name with whether its values are texts. */
export type Metadata =
  | {
      readonly kind: "metadata";
      readonly path: string;
      readonly columns: ReadonlyMap<string, boolean>;
      readonly rows: readonly MetadataRow[];
    }
  | { readonly kind: "broken"; readonly path: string; readonly code: "badMetadata" | "notUtf8"; readonly reason: string };

/** Reads a metadata file: CSV through pandas, JSON Lines through Arrow. */
export function readMetadata(path: string, read: TextRead): Metadata {
  const broken = (reason: string, code: "badMetadata" | "notUtf8" = "badMetadata"): Metadata => ({ kind: "broken", path, code, reason });
  if (lowerExtension(path) === ".parquet") return broken("Parquet metadata is not looked into here");
  if (read.kind === "notUtf8") return broken("it is not UTF-8", "notUtf8");
  if (read.kind === "unreadable") return broken(`it can't be read (${read.reason})`);
  return lowerExtension(path) === ".csv" ? readCsvTable(path, read.text) : readJsonLines(path, read.text);
}

/** The text column that names the pictures. */
export function fileColumnOf({ columns }: Metadata & { kind: "metadata" }): string | undefined {
  const names = [...columns].filter(([name, isText]) => isText && /^(?:.*_)?file_name$/.test(name)).map(([name]) => name);
  return names.find((name) => name === "file_name") ?? names[0];
}

function readCsvTable(path: string, text: string): Metadata {
  const table = readPandasCsv(text, ",");
  if (table.kind === "error") return { kind: "broken", path, code: "badMetadata", reason: `pandas says "${table.message}"` };
  const names = table.columns.map(({ name }) => name);
  const rows = Array.from({ length: table.rows }, (_, row): MetadataRow => ({
    cells: Object.fromEntries(table.columns.map(({ name, values }) => [name, values[row]])),
    raw: Object.fromEntries(names.map((name, column) => [name, table.raw[row]![column]!])),
  }));
  return { kind: "metadata", path, columns: new Map(table.columns.map(({ name, type }) => [name, type === "text"])), rows };
}

function readJsonLines(path: string, text: string): Metadata {
  const columns = new Map<string, boolean>();
  const rows: MetadataRow[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = parseRow(line);
    if (row === undefined) return { kind: "broken", path, code: "badMetadata", reason: `line ${at + 1} is no JSON object` };
    for (const [name, value] of Object.entries(row)) {
      if (value === null) continue;
      const isText = typeof value === "string";
      if (columns.has(name) && columns.get(name) !== isText)
        return { kind: "broken", path, code: "badMetadata", reason: `${name} is of another type in line ${at + 1}` };
      columns.set(name, isText);
    }
    rows.push({ cells: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])) });
  }
  return { kind: "metadata", path, columns, rows };
}

function parseRow(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
