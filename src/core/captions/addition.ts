import type { FoundCaption } from "./found.ts";
import type { CaptionPlace } from "./place.ts";
import { applyReplacement, refuseUnfit, type PlannedEdit } from "./replacement.ts";

/**
 * Plans another caption of the same picture, behind all that the file has: another line of a caption file that is read by lines, or in JSON Lines the caption's row again
 * with the new text. Other files would have to be numbered or read otherwise, and are refused with what to do.
 */
export function planAddition(text: string, place: CaptionPlace, found: FoundCaption, after: string): PlannedEdit {
  const caption = after.trim();
  if (/[\r\n]/.test(caption)) return refuseUnfit("here a line is a caption, and a line break would make two of it: write it in one line");
  if (caption === "") return refuseUnfit("a caption without words can't be added");
  const at = text.trimEnd().length;
  switch (place.kind) {
    case "plain": {
      if (place.part.kind === "whole")
        return refuseUnfit("its file is read as one caption: read caption files by lines, or replace the caption");
      const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
      return { kind: "replacement", from: at, to: at, text: `${lineEnd}${caption}`, caption };
    }
    case "json": {
      if (place.line === undefined) return refuseUnfit(otherFormat);
      const replaced = found.replace(caption);
      if (replaced.kind === "refusal") return replaced;
      const from = text.lastIndexOf("\n", replaced.from) + 1;
      const feed = text.indexOf("\n", replaced.to);
      const row = text.slice(from, feed < 0 ? text.length : feed).trimEnd();
      if (isList(row, place.paths.at(-1))) return refuseUnfit("its row holds a list of captions: add it to the list by hand");
      const copy = applyReplacement(row, { from: replaced.from - from, to: replaced.to - from, text: replaced.text });
      const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
      return { kind: "replacement", from: at, to: at, text: `${lineEnd}${copy}`, caption };
    }
    case "cell":
    case "flickr":
    case "tableCell":
    case "fixed":
      return refuseUnfit(place.kind === "fixed" ? place.why : otherFormat);
  }
}

const otherFormat =
  "another caption can be added to caption files that are read by lines and to JSON Lines alone: replace the caption, or export the dataset first";

function isList(row: string, path: readonly (string | number)[] | undefined): boolean {
  const [field] = path ?? [];
  const value = field === undefined ? undefined : (JSON.parse(row) as Readonly<Record<string, unknown>>)[field];
  return Array.isArray(value);
}
