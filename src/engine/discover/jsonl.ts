import { captionColumns, imageColumns } from "./columns.ts";
import { gatherImageCaptions } from "./imageCaptions.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { splitFromFile } from "./splitNames.ts";
import { findTextTables, tableConfidence } from "./tableEvidence.ts";
import { readTable } from "./tableReader.ts";

/** JSON Lines with a picture's path and its caption or captions in each line. */
export const jsonlReader: FormatReader = {
  id: "jsonl",
  name: "JSON Lines",
  detect,
  read: (context) => limitProblems(read(context)),
};

const search = { extensions: [".jsonl", ".ndjson"], imageColumns, captionColumns };

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const tables = await findTextTables(context, search);
  const [first] = tables;
  if (first === undefined) return undefined;
  const reason = `${first.file.path} has pictures under ${first.imageColumn} and captions under ${first.captionColumn} in its lines`;
  return { confidence: tableConfidence(context, 0.85, tables), reason };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const gathered = gatherImageCaptions(context.listing);
  for (const { file } of await findTextTables(context, search)) {
    yield* readTable(context, file, { ...search, split: splitFromFile(file.path) }, gathered);
  }
  yield* gathered.finish();
}
