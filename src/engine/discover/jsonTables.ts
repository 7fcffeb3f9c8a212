import type { ReadContext } from "./reader.ts";
import type { TableEvidence } from "./tableEvidence.ts";
import { tableCandidates } from "./tableEvidence.ts";
import { readHead, readTail } from "./tableText.ts";

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
