import { pairsOf, placeInImages, type ExportStyle, type Exporter, type PlacedItem } from "./exporter.ts";

/** Plain JSON Lines, a row a pair: image, caption, where the pair came from, and the split where there is one. */
export const jsonl: Exporter = {
  id: "jsonl",
  summary: "JSON Lines, a row a pair",
  pictures: ["reference", "copy", "hardlink"],
  paths: ["relative", "absolute"],
  placeOf: placeInImages,
  files: (items, { nameFrom }) => [{ path: fileName, pieces: () => rows(items, nameFrom) }],
};

const fileName = "captions.jsonl";

function* rows(items: readonly PlacedItem[], nameFrom: ExportStyle["nameFrom"]): Generator<string> {
  for (const { item, caption } of pairsOf(items)) {
    const { picture, sample, split } = item;
    yield `${JSON.stringify({ image: nameFrom(picture, fileName), caption: caption.text, sample, captionIndex: caption.index, split })}\n`;
  }
}
