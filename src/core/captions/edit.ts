import type { Steps } from "../steps.ts";
import { editCsvCell } from "./csvEdit.ts";
import { editFlickrLine } from "./flickrEdit.ts";
import type { JsonLiteral, JsonPath } from "./jsonText.ts";
import { findJsonLiteral, jsonLiteral } from "./jsonText.ts";
import { editPlainText, plainLineEnds } from "./plainEdit.ts";
import type { CaptionPlace, StringPart } from "./place.ts";
import type { CaptionChange, PlannedEdit } from "./replacement.ts";
import { applyReplacement, refuseChanged, refuseUnfit } from "./replacement.ts";

/**
 * Plans the change of one caption in the text of its file (without a byte order mark): the smallest part that holds it is replaced, in the file's
 * own style, or the change is refused where the file no longer says `before`. With `asciiOnly` a string of JSON gets escapes for everything else.
 * Pauses so that a large table leaves time for other work.
 */
export function* editCaptionText(text: string, place: CaptionPlace, change: CaptionChange, asciiOnly: boolean): Steps<PlannedEdit> {
  switch (place.kind) {
    case "plain":
      return editPlainText(text, place.part, change);
    case "cell":
      return yield* editCsvCell(text, place, change);
    case "flickr":
      return yield* editFlickrLine(text, place.line, change);
    case "json":
      return yield* editJson(text, place, change, asciiOnly);
    case "fixed":
      return refuseUnfit(place.why);
  }
}

function* editJson(
  text: string,
  { line, paths, reading }: Extract<CaptionPlace, { kind: "json" }>,
  change: CaptionChange,
  asciiOnly: boolean,
): Steps<PlannedEdit> {
  const where = line === undefined ? "in the file" : `in line ${line + 1}`;
  const range = line === undefined ? { from: 0, to: text.length } : findLine(text, line);
  if (range === undefined) return refuseChanged(where, undefined);
  const literal = yield* findFirst(line === undefined ? text : text.slice(range.from, range.to), paths);
  if (literal === undefined) return refuseChanged(where, undefined);
  const edited = editValue(literal.value, reading, change, where);
  if (edited.kind === "refusal") return edited;
  const [from, to] = [range.from + literal.from, range.from + literal.to];
  const value = applyReplacement(literal.value, edited);
  return { kind: "replacement", from, to, text: jsonLiteral(value, asciiOnly), caption: edited.caption };
}

function* findFirst(text: string, paths: readonly JsonPath[]): Steps<JsonLiteral | undefined> {
  for (const path of paths) {
    const literal = yield* findJsonLiteral(text, path);
    if (literal !== undefined) return literal;
  }
  return undefined;
}

/** The change of a string that a caption is read from. */
function editValue(value: string, reading: "exact" | "trimmed" | StringPart, { before, after }: CaptionChange, where: string): PlannedEdit {
  if (typeof reading !== "string") return editPart(value, reading, { before, after });
  const found = reading === "exact" ? value : value.trim();
  if (found !== before) return refuseChanged(where, found);
  const caption = reading === "exact" ? after : after.trim();
  const from = found === "" ? 0 : value.indexOf(found);
  return { kind: "replacement", from, to: from + found.length, text: caption, caption };
}

/** Kohya's strings are cut like caption files; whether as a whole, by lines or to the first line shows in what was read. */
function editPart(value: string, { position, count }: StringPart, change: CaptionChange): PlannedEdit {
  if (change.after.trim() === "") return refuseUnfit("an entry without a caption is read by its tags or not at all: drop the pair instead");
  const lines = plainLineEnds(value).split("\n");
  const isWhole = count === 1 && change.before.includes("\n");
  if (isWhole) return editPlainText(value, { kind: "whole" }, change);
  const filled = [...lines.keys()].filter((line) => lines[line]!.trim() !== "");
  // The string itself has been seen not to be blank, so its first line may be blank only where kohya reads the first line alone.
  const line = count === 1 && lines[0]!.trim() === change.before ? 0 : (filled[position] ?? 0);
  return editPlainText(value, { kind: "line", line, alone: true }, change);
}

/** A line of JSON Lines: only LF ends one. */
function findLine(text: string, line: number): { readonly from: number; readonly to: number } | undefined {
  let from = 0;
  for (let passed = 0; passed < line; passed += 1) {
    const feed = text.indexOf("\n", from);
    if (feed < 0) return undefined;
    from = feed + 1;
  }
  const feed = text.indexOf("\n", from);
  return { from, to: feed < 0 ? text.length : feed };
}
