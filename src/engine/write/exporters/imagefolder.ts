import { itemsBySplit, pairsOf, type ExportStyle, type Exporter, type PlacedItem } from "./exporter.ts";

/**
 * Hugging Face's ImageFolder: `train/metadata.jsonl` (and validation, test) with file_name and text, a row a pair. JSON Lines rather than CSV, because no word in it means nothing
 * and no text becomes a number. Sub-folders become part of the names: a folder called `test` below `train` would make another split of it.
 */
export const imagefolder: Exporter = {
  id: "imagefolder",
  summary: "Hugging Face ImageFolder with metadata.jsonl, a row a pair",
  pictures: ["copy", "hardlink"],
  paths: ["relative"],
  placeOf: ({ folder, split = "train" }, fileName) => [split, [...folder.split("/").filter((part) => part !== ""), fileName].join("-")],
  files: function* (items, { nameFrom }) {
    for (const [split, found] of itemsBySplit(items)) {
      const path = `${split ?? found[0]?.split ?? "train"}/metadata.jsonl`;
      yield { path, pieces: () => rows(found, path, nameFrom) };
    }
  },
};

function* rows(items: readonly PlacedItem[], path: string, nameFrom: ExportStyle["nameFrom"]): Generator<string> {
  for (const { item, caption } of pairsOf(items))
    yield `${JSON.stringify({ file_name: nameFrom(item.picture, path), text: caption.text, author: caption.author })}\n`;
}
