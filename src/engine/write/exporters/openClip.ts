import { isMissingForPandas } from "../../../core/formats/pandas.ts";
import { stringify } from "csv-stringify/sync";
import { itemsBySplit, onOneLine, pairsOf, placeInImages, type Exporter, type PlacedItem, type ExportStyle } from "./exporter.ts";

/**
 * The CSV that open_clip trains from (`--dataset-type csv`): columns filepath and title, a row a pair. It is read by `pandas.read_csv` with all defaults, which un-quotes, takes words such as
 * NA for nothing, and turns a column, or any chunk of it, into numbers where it can (all tried with pandas 3.0.6): so every field is quoted, and such words get a leading space that
 * CLIP's tokenizers strip (for numbers a no-break one, because pandas strips the plain one). Paths are absolute by default: open_clip opens them from the trainer's folder.
 */
export const openClip: Exporter = {
  id: "open_clip",
  summary: "CSV for open_clip, tab-separated, a row a pair",
  pictures: ["reference", "copy", "hardlink"],
  paths: ["absolute", "relative"],
  placeOf: placeInImages,
  files: function* (items, style) {
    for (const [split, found] of itemsBySplit(items)) {
      const path = split === undefined ? "captions.csv" : `captions_${split}.csv`;
      yield { path, pieces: () => rows(found, path, style) };
    }
  },
};

/** A caption that `pandas.read_csv` gives back as text, the same but for a leading space. */
export function titleForPandas(caption: string): string {
  const title = onOneLine(caption).replaceAll("\0", " ");
  if (isMissingForPandas(title) || /^\s*(?:[+-]?inf(?:inity)?|true|false)\s*$/i.test(title)) return ` ${title}`;
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(title) ? `\u00a0${title}` : title;
}

function* rows(items: readonly PlacedItem[], path: string, { separator, nameFrom }: ExportStyle): Generator<string> {
  const format = (fields: readonly string[]): string =>
    stringify([fields], { delimiter: separator, quoted: true, quoted_empty: true, record_delimiter: "\n" });
  const isTold = items.some(({ captions }) => captions.some(({ author }) => author !== undefined));
  yield format(["filepath", "title", ...(isTold ? ["author"] : [])]);
  for (const { item, caption } of pairsOf(items))
    yield format([nameFrom(item.picture, path), titleForPandas(caption.text), ...(isTold ? [caption.author ?? ""] : [])]);
}
