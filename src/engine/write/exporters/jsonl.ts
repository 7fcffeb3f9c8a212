import { pairsOf, placeInImages, type ExportStyle, type Exporter, type PlacedItem } from "./exporter.ts";

/**
 * Plain JSON Lines, a row a pair: image, caption, where the pair came from, the split where there is one, and the rows that a person said to be
 * hard negatives of it, by their `sample` and `captionIndex`; where originals go out also who wrote it, and whether it is one.
 */
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
    const { text, index, hardNegatives, author, isOriginal } = caption;
    const row = {
      image: nameFrom(picture, fileName),
      caption: text,
      sample,
      captionIndex: index,
      split,
      hardNegatives,
      author,
      original: isOriginal,
    };
    yield `${JSON.stringify(row)}\n`;
  }
}
