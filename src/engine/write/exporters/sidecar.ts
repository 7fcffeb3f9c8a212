import { onOneLine, type Exporter } from "./exporter.ts";

/** A text file beside each picture, a line a caption, in the dataset's own sub-folders: what kohya's and other text-to-image trainers read. */
export const sidecar: Exporter = {
  id: "sidecar",
  summary: "pictures with a .txt beside each, a line a caption",
  pictures: ["copy", "hardlink"],
  paths: ["relative"],
  placeOf: ({ folder }, fileName) => [...folder.split("/"), fileName],
  files: function* (items, { pathOf }) {
    for (const { picture, captions } of items) {
      const text = `${captions.map((caption) => onOneLine(caption.text)).join("\n")}\n`;
      yield { path: `${pathOf(picture).replace(/\.[^./]*$/, "")}.txt`, pieces: () => [text] };
    }
  },
};
