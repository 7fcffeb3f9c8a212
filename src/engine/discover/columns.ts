import type { CaptionOrigin } from "../../core/sample.ts";
import type { CaptionText } from "./samples.ts";

/** Columns and fields that hold a picture's path by convention, the first that is there wins. */
export const imageColumns: readonly string[] = [
  "filepath",
  "file_name",
  "image_path",
  "image",
  "path",
  "filename",
  "file",
  "img_path",
  "img",
];

/** Columns and fields that hold captions by convention, the first that is there wins. */
export const captionColumns: readonly string[] = ["text", "caption", "captions", "title", "prompt", "description", "txt"];

/** The column that a person names, where it is there, else the first of the conventional ones that is. */
export function pickColumn(names: readonly string[], chosen: string | undefined, conventional: readonly string[]): string | undefined {
  if (chosen !== undefined) return names.includes(chosen) ? chosen : undefined;
  return conventional.find((name) => names.includes(name));
}

/** Captions in a cell: a text, or a list of texts; none where it is empty of any value. Undefined where it holds something else. */
export function captionsFromCell(cell: unknown, origin: CaptionOrigin): CaptionText[] | undefined {
  if (cell === undefined || cell === null) return [];
  const texts: readonly unknown[] = Array.isArray(cell) ? cell : [cell];
  const captions: CaptionText[] = [];
  for (const text of texts) {
    if (typeof text !== "string") return undefined;
    captions.push({ text, origin });
  }
  return captions;
}
