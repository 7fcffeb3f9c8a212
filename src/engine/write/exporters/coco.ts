import { itemsBySplit, placeInImages, type ExportStyle, type Exporter, type PlacedItem } from "./exporter.ts";

/** COCO's captions JSON: images and annotations with ids from 1; one file a split. Written piece by piece, so that its size is no matter. */
export const coco: Exporter = {
  id: "coco",
  summary: "COCO captions JSON",
  pictures: ["reference", "copy", "hardlink"],
  paths: ["relative", "absolute"],
  placeOf: placeInImages,
  files: function* (items, style) {
    for (const [split, found] of itemsBySplit(items)) {
      const path = split === undefined ? "captions.json" : `captions_${split}.json`;
      yield { path, pieces: () => document(found, path, style) };
    }
  },
};

function* document(items: readonly PlacedItem[], path: string, { nameFrom }: ExportStyle): Generator<string> {
  yield '{"info":{"description":"Exported by Winnow"},"licenses":[],"images":[';
  for (const [at, { picture, size }] of items.entries()) {
    const image = { id: at + 1, file_name: nameFrom(picture, path), ...(size === undefined ? {} : size) };
    yield `${at === 0 ? "\n" : ",\n"}${JSON.stringify(image)}`;
  }
  yield '\n],"annotations":[';
  let id = 0;
  for (const [at, { captions }] of items.entries()) {
    for (const { text, author } of captions) {
      id += 1;
      yield `${id === 1 ? "\n" : ",\n"}${JSON.stringify({ id, image_id: at + 1, caption: text, author })}`;
    }
  }
  yield "\n]}\n";
}
