import type { NamedRow } from "../../core/imports/matchRows.ts";
import type { Env } from "../env.ts";
import { eachParquetRow, listParquetColumns } from "../store/parquetFile.ts";

/** A row of the table beside vectors: what its picture is known by, and its caption. */
export interface MetadataRow extends NamedRow {
  readonly caption?: string | undefined;
}

/** Columns that are looked for; clip-retrieval says `caption`, DataComp `text`. */
const known = ["image_path", "key", "uid", "url", "sha256", "caption", "text"] as const;

/** Reads the table beside vectors in its order.. */
export async function* eachMetadataRow(env: Env, path: string): AsyncGenerator<MetadataRow> {
  const columns = await listKnownColumns(env, path);
  if (columns.length === 0) return;
  for await (const { cells } of eachParquetRow(env, path, columns)) {
    const text = (name: (typeof known)[number]): string | undefined => {
      const cell = cells[name];
      return typeof cell === "string" ? cell : undefined;
    };
    yield {
      imagePath: text("image_path"),
      key: text("key"),
      uid: text("uid"),
      url: text("url"),
      sha256: text("sha256"),
      caption: text("caption") ?? text("text"),
    };
  }
}

/** The known columns of text that a table has. */
export async function listKnownColumns(env: Env, path: string): Promise<readonly string[]> {
  const columns = await listParquetColumns(env, path);
  return columns.filter(({ name, kind }) => kind === "text" && (known as readonly string[]).includes(name)).map(({ name }) => name);
}
