import type { Fields } from "./filters.ts";
import type { ColumnType, Tables } from "./tables.ts";
import { quoteName } from "./tables.ts";

/**
 * The tables that filters ask, made by `createCurated` over the Parquet files of a generation. An item is a pair (its number is the pair's) or a sample
 * without captions (numbered after the last pair), so that pictures alone can be shown too; the items of a sample lie side by side but for that.
 *
 * - `items`: all that the analysis says of each item; `pair` and the columns of pairs are NULL for a sample without captions.
 * - `verdicts` (item, sampleRow, sample, captionIndex, verdict, actor, reason): the verdict that holds, where there is one.
 * - `decidedSplits` (sampleRow, split): splits that Winnow made since the analysis.
 * - `edits` (item, author): captions that Winnow changed, and who wrote what they say now.
 * - `flaws` (sampleRow, code, severity): problems of samples.
 */
const emptyTables: Readonly<Record<string, string>> = {
  verdicts: "item INTEGER, sampleRow INTEGER, sample VARCHAR, captionIndex INTEGER, verdict VARCHAR, actor VARCHAR, reason VARCHAR",
  decidedSplits: "sampleRow INTEGER, split VARCHAR",
  edits: "item INTEGER, author VARCHAR",
};

/** Columns that stay in the Parquet files until a filter names them: long, and hardly ever asked for. */
const coldPairColumns = ["captionId", "captionHash", "captionOrigin"];
const coldSampleColumns = ["contentHash"];

/** Columns of samples that are no fields: a pair's own, or what only opens the picture. */
const hiddenSampleColumns = ["sampleRow", "sample", "folder", "split", "locator", "sizeBytes", "mtimeMs", "inode"];

/** Something beside `items` that fields come from: what it adds, and how it is joined. */
interface Attachment {
  readonly fields: Fields;
  readonly columns: string;
  readonly join: (table: (name: string) => string) => string;
}

const attachments: readonly Attachment[] = [
  {
    fields: { verdict: "text", actor: "text", reason: "text" },
    columns: "coalesce(v.verdict, 'keep') AS verdict, v.actor, v.reason",
    join: (table) => `LEFT JOIN ${table("verdicts")} v ON v.item = i.item`,
  },
  {
    fields: { edited: "boolean" },
    columns: "e.item IS NOT NULL AS edited",
    join: (table) => `LEFT JOIN ${table("edits")} e ON e.item = i.item`,
  },
  {
    fields: Object.fromEntries(coldPairColumns.map((name) => [name, "text"])),
    columns: coldPairColumns.map((name) => `p.${name}`).join(", "),
    join: () => "LEFT JOIN pairs p ON p.pair = i.pair",
  },
  {
    fields: Object.fromEntries(coldSampleColumns.map((name) => [name, "text"])),
    columns: coldSampleColumns.map((name) => `s.${name}`).join(", "),
    join: () => "LEFT JOIN samples s ON s.sampleRow = i.sampleRow",
  },
];

/** A field of `items` of which Winnow may have said something else since the analysis. */
interface Overlay {
  readonly field: string;
  readonly value: string;
  readonly join: (table: (name: string) => string) => string;
}

const overlays: readonly Overlay[] = [
  { field: "split", value: "coalesce(i.split, d.split)", join: () => "LEFT JOIN decidedSplits d ON d.sampleRow = i.sampleRow" },
  { field: "author", value: "coalesce(o.author, i.author)", join: (table) => `LEFT JOIN ${table("edits")} o ON o.item = i.item` },
];

/** What can be asked of pairs: the fields by their names, and which of them a sample without captions has not. */
export interface Curated {
  readonly fields: Fields;
  readonly pairFields: ReadonlySet<string>;
}

/** Makes the tables that filters ask. `warm` holds the items in memory (some 270 MB a million pairs) instead of reading the files for each question. */
export async function createCurated(tables: Tables, { warm }: { warm: boolean }): Promise<Curated> {
  const kind = warm ? "TABLE" : "VIEW";
  const order = warm ? " ORDER BY item" : "";
  const pairColumns = (await columnsOf(tables, "pairs")).filter((name) => !coldPairColumns.includes(name));
  const sampleColumns = (await columnsOf(tables, "samples")).filter(
    (name) => ![...hiddenSampleColumns, ...coldSampleColumns, ...pairColumns].includes(name),
  );
  const [ofPair, ofSample] = [pairColumns.map((name) => `p.${quoteName(name)}`), sampleColumns.map((name) => `s.${quoteName(name)}`)];
  const pairs = `SELECT p.pair AS item, ${[...ofPair, ...ofSample].join(", ")} FROM pairs p JOIN samples s ON s.sampleRow = p.sampleRow`;
  const number = "((SELECT count(*) FROM pairs) + row_number() OVER (ORDER BY s.sampleRow) - 1)::INTEGER AS item";
  const bare = `SELECT ${[number, "s.sampleRow, s.sample, s.folder, s.split", ...ofSample].join(", ")} FROM samples s WHERE s.captionCount = 0`;
  await tables.run(`CREATE ${kind} items AS ${pairs} UNION ALL BY NAME ${bare}${order}`);
  await tables.run(
    `CREATE ${kind} flaws AS SELECT DISTINCT s.sampleRow, q.code, q.severity FROM problems q JOIN samples s ON s.sample = q.sample`,
  );
  for (const [name, columns] of Object.entries(emptyTables)) await tables.run(`CREATE TABLE ${name} (${columns})`);
  const ownOfPairs = [...pairColumns, ...coldPairColumns, "edited"].filter((name) => !hiddenSampleColumns.includes(name));
  return { fields: await readFields(tables), pairFields: new Set(ownOfPairs) };
}

/** What a query over `pairs` needs: the fields that it names, a table of similarities (sampleRow, similarity) where there is one, and the items that it is confined to. */
export interface RelationNeeds {
  readonly fields: Iterable<string>;
  readonly similarity?: string | undefined;
  readonly items?: ArrayLike<number>;
}

/** The relation `pairs` with `item`, the columns of `items` and the named fields that lie elsewhere. */
export function pairsRelation({ fields, similarity, items }: RelationNeeds): string {
  const named = new Set(fields);
  const only = items === undefined ? "" : ` WHERE item IN (${items.length === 0 ? "NULL" : Array.from(items).join(", ")})`;
  const table = (name: string): string => (only === "" ? name : `(SELECT * FROM ${name}${only})`);
  const over = overlays.filter(({ field }) => named.has(field));
  const own = over.length === 0 ? "i.*" : `i.* REPLACE (${over.map(({ field, value }) => `${value} AS ${field}`).join(", ")})`;
  const parts = attachments.filter((attachment) => Object.keys(attachment.fields).some((name) => named.has(name)));
  const columns = [own, ...parts.map((part) => part.columns), ...(similarity === undefined ? [] : ["w.similarity"])];
  const joins = [
    ...parts.map((part) => part.join(table)),
    ...over.map((overlay) => overlay.join(table)),
    ...(similarity === undefined ? [] : [`LEFT JOIN ${similarity} w ON w.sampleRow = i.sampleRow`]),
  ];
  return `(SELECT ${columns.join(", ")} FROM ${table("items")} i ${joins.join(" ")}) AS pairs`;
}

async function readFields(tables: Tables): Promise<Fields> {
  const described = await tables.query("SELECT column_name AS name, column_type AS type FROM (DESCRIBE items)");
  const own = described.filter(({ name }) => name !== "item").map(({ name, type }) => [String(name), columnType(String(type))] as const);
  return Object.assign(Object.fromEntries(own) as Fields, ...attachments.map(({ fields }) => fields)) as Fields;
}

async function columnsOf(tables: Tables, table: string): Promise<string[]> {
  return (await tables.query(`SELECT column_name AS name FROM (DESCRIBE ${table})`)).map(({ name }) => String(name));
}

function columnType(sqlType: string): ColumnType {
  switch (sqlType) {
    case "INTEGER":
      return "integer";
    case "FLOAT":
      return "float";
    case "DOUBLE":
      return "double";
    case "BOOLEAN":
      return "boolean";
    default:
      return "text";
  }
}
