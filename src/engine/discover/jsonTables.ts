import type { ImageCaptions } from "./imageCaptions.ts";
import { gatherImageCaptions } from "./imageCaptions.ts";
import type { ListedFile } from "./listing.ts";
import type { Found, ReadContext } from "./reader.ts";
import type { TableEvidence } from "./tableEvidence.ts";
import { tableCandidates } from "./tableEvidence.ts";
import { readHead, readJson, readTail } from "./tableText.ts";

/** JSON files whose beginning and end pass a test; the names that follow `nameKey` in the beginning are the evidence. */
export async function findJsonTables(
  context: ReadContext,
  nameKey: string,
  isTable: (headAndTail: string) => boolean,
): Promise<TableEvidence[]> {
  const tables: TableEvidence[] = [];
  const pattern = new RegExp(`"${nameKey}"\\s*:\\s*"([^"\\\\]+)"`, "g");
  for (const file of tableCandidates(context, [".json"])) {
    const head = await readHead(context, file);
    if (!/^\s*\{/.test(head)) continue;
    const isWhole = Buffer.byteLength(head) >= file.sizeBytes;
    const text = isWhole ? head : `${head}\n${await readTail(context, file)}`;
    if (!isTable(text)) continue;
    const images = [...text.matchAll(pattern)].map(([, name]) => name ?? "");
    tables.push({ file, images, rowCount: images.length * Math.max(1, file.sizeBytes / text.length) });
  }
  return tables;
}

/** Takes one table's value apart: pictures and captions go to `gathered`, what is wrong comes back. */
export type AddTable = (context: ReadContext, file: ListedFile, value: unknown, gathered: ImageCaptions) => Generator<Found>;

/** Reads JSON tables one after the other and gives their samples in the end, for the captions of one picture may lie in several. */
export async function* readJsonTables(context: ReadContext, tables: readonly TableEvidence[], add: AddTable): AsyncGenerator<Found> {
  const gathered = gatherImageCaptions(context.listing);
  for (const { file } of tables) {
    const { value, problems } = await readJson(context, file);
    for (const problem of problems) yield { kind: "problem", problem };
    context.signal?.throwIfAborted();
    if (value !== undefined) yield* add(context, file, value, gathered);
  }
  yield* gathered.finish();
}
