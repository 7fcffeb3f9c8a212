import type { Steps } from "../steps.ts";
import type { FoundCaption, FoundCaptions } from "./found.ts";
import type { JsonLiteral } from "./jsonText.ts";
import { findJsonLiterals, jsonLiteral, rangeInLiteral } from "./jsonText.ts";
import { lineRanges } from "./lineRanges.ts";
import type { PlainPlace } from "./plainEdit.ts";
import { editPlainText, plainLineEnds, readPlainText } from "./plainEdit.ts";
import type { CaptionPlace, StringPart } from "./place.ts";
import type { PlannedEdit } from "./replacement.ts";
import { refuseUnfit } from "./replacement.ts";

/** A string to find; `before` is what is expected there, by which kohya's strings show how they were cut. */
export interface JsonPlace {
  readonly place: Extract<CaptionPlace, { readonly kind: "json" }>;
  readonly before: string;
}

/**
 * Finds captions that are strings, or parts of strings, in a document of JSON or in lines of JSON Lines. Of a string that is changed only the characters
 * of the caption are written anew. Pauses so that a large document leaves time for other work.
 */
export function* findJsonCaptions(text: string, places: readonly JsonPlace[], asciiOnly: boolean): Steps<FoundCaptions> {
  const inLines = places.some(({ place }) => place.line !== undefined);
  return { captions: yield* inLines ? findInLines(text, places, asciiOnly) : findInDocument(text, places, asciiOnly) };
}

function* findInLines(text: string, places: readonly JsonPlace[], asciiOnly: boolean): Steps<(FoundCaption | undefined)[]> {
  const ranges = yield* lineRanges(
    text,
    places.map(({ place }) => place.line ?? -1),
  );
  const captions: (FoundCaption | undefined)[] = [];
  for (const [index, range] of ranges.entries()) {
    const own = range && text.slice(range.from, range.to);
    const [found] = own === undefined ? [] : yield* findInDocument(own, [places[index]!], asciiOnly);
    captions.push(found && range && { ...moved(found, range.from), row: range, columns: () => columnsOf(own ?? "") });
    if (index % linesPerTurn === linesPerTurn - 1) yield;
  }
  return captions;
}

/** Lines between two pauses. */
const linesPerTurn = 1 << 9;

function moved({ caption, replace }: FoundCaption, by: number): FoundCaption {
  return {
    caption,
    replace: (after) => {
      const planned = replace(after);
      return planned.kind === "refusal" ? planned : { ...planned, from: planned.from + by, to: planned.to + by };
    },
  };
}

function* findInDocument(text: string, places: readonly JsonPlace[], asciiOnly: boolean): Steps<(FoundCaption | undefined)[]> {
  const paths = places.flatMap(({ place }) => place.paths);
  const literals = yield* findJsonLiterals(text, paths);
  let next = 0;
  return places.map((wanted) => {
    const { place } = wanted;
    const own = place.paths.map(() => literals[next++]).find((literal) => literal !== undefined);
    const found = own && foundInLiteral(text, own, wanted, asciiOnly);
    // The other values of a picture's own file belong to it; those of a document with many pictures don't.
    return found && place.reading === "trimmed" ? { ...found, columns: () => columnsOf(text) } : found;
  });
}

function foundInLiteral(
  text: string,
  { from, to, value }: JsonLiteral,
  { place: { reading }, before }: JsonPlace,
  asciiOnly: boolean,
): FoundCaption | undefined {
  const found = typeof reading === "string" ? foundWhole(value, reading) : foundPart(value, reading, before);
  if (found === undefined) return undefined;
  const replace = (after: string): PlannedEdit => {
    const planned = found.replace(after);
    if (planned.kind === "refusal") return planned;
    const inner = rangeInLiteral(text.slice(from, to), planned);
    return { ...planned, from: from + inner.from, to: from + inner.to, text: jsonLiteral(planned.text, asciiOnly).slice(1, -1) };
  };
  return { caption: found.caption, replace };
}

function foundWhole(value: string, reading: "exact" | "trimmed"): FoundCaption {
  const caption = reading === "exact" ? value : value.trim();
  const from = caption === "" ? 0 : value.indexOf(caption);
  const replace = (after: string): PlannedEdit => {
    const wanted = reading === "exact" ? after : after.trim();
    return { kind: "replacement", from, to: from + caption.length, text: wanted, caption: wanted };
  };
  return { caption, replace };
}

/** Kohya's strings are cut like caption files; whether as a whole, by lines or to the first line shows in what was read. */
function foundPart(value: string, { position, count }: StringPart, before: string): FoundCaption | undefined {
  const lines = plainLineEnds(value).split("\n");
  const filled = [...lines.keys()].filter((line) => lines[line]!.trim() !== "");
  // The string itself has been seen not to be blank, so its first line may be blank only where kohya reads the first line alone.
  const line = count === 1 && lines[0]!.trim() === before ? 0 : (filled[position] ?? 0);
  const part: PlainPlace = count === 1 && before.includes("\n") ? { kind: "whole" } : { kind: "line", line, alone: true };
  const caption = readPlainText(value, part);
  if (caption === undefined) return undefined;
  const refusal = refuseUnfit("an entry without a caption is read by its tags or not at all: drop the pair instead");
  return {
    caption,
    replace: (after) => (after.trim() === "" ? refusal : editPlainText(value, part, { before: caption, after })),
  };
}

function columnsOf(text: string): Readonly<Record<string, string>> {
  const row: unknown = JSON.parse(text);
  if (typeof row !== "object" || row === null) return {};
  const told = Object.entries(row).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(told.map(([name, value]) => [name, String(value)]));
}
