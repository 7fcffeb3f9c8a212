import type { Steps } from "../steps.ts";
import type { Addition, AdditionChoice } from "./addition.ts";
import { planAnnotations } from "./cocoAddition.ts";
import type { FoundCaption } from "./found.ts";
import { positionsOf } from "./found.ts";
import { findJsonItems, findJsonLiterals, findJsonValues, jsonLiteral, listSeparator, rangeInLiteral, type JsonRange } from "./jsonText.ts";
import type { CaptionPlace } from "./place.ts";
import type { PlannedEdit, Replacement } from "./replacement.ts";
import { lineBreakInLine, refuseUnfit, tooManyToNumber } from "./replacement.ts";
import { copyOfRow, findRowsEnd, rowAt } from "./rowAddition.ts";

type JsonCaption = Extract<CaptionPlace, { readonly kind: "json" }>;

/** An addition beside a caption that is JSON. */
interface JsonAddition extends Addition {
  readonly place: JsonCaption;
}

/**
 * Plans captions beside those that are strings of JSON: behind the last of a list; as a list of both where a picture's own file has one string; as a row like the caption's
 * own in JSON Lines; as an annotation in COCO's file; as another line of a string that is read by lines.
 */
export function* planJsonAdditions(text: string, asked: readonly Addition[], choice: AdditionChoice): Steps<PlannedEdit[]> {
  const own = asked.filter((addition): addition is JsonAddition => addition.place.kind === "json");
  const planned = new Array<PlannedEdit>(own.length).fill(elsewhere);
  for (const [way, positions] of positionsOf(own.map(({ place }) => wayOf(place)))) {
    const some = positions.map((position) => own[position]!);
    const plans = yield* planByWay(text, some, { ...choice, way });
    for (const [at, position] of positions.entries()) planned[position] = plans[at]!;
  }
  return planned;
}

type Way = "annotations" | "fields" | "lines" | "elsewhere";

function wayOf({ line, reading, paths: [path] }: JsonCaption): Way {
  if (line !== undefined || reading === "trimmed") return "fields";
  if (reading !== "exact") return "lines";
  return path?.[0] === "annotations" ? "annotations" : "elsewhere";
}

const elsewhere = refuseUnfit(
  "a caption of this file comes with words and numbers of its own, which Winnow does not make: replace the caption, or export the dataset",
);

function* planByWay(
  text: string,
  asked: readonly JsonAddition[],
  { way, ...choice }: AdditionChoice & { readonly way: Way },
): Steps<PlannedEdit[]> {
  switch (way) {
    case "annotations":
      return yield* planAnnotations(text, asked, choice.isPart);
    case "fields":
      return yield* planFields(text, asked, choice);
    case "lines":
      return yield* planLines(text, asked, choice.asciiOnly);
    case "elsewhere":
      return asked.map(() => elsewhere);
  }
}

/** Several additions to one value are written one behind the other. */
function* planFields(text: string, asked: readonly JsonAddition[], { asciiOnly, isPart }: AdditionChoice): Steps<PlannedEdit[]> {
  const values: (Value | undefined)[] = [];
  for (const { place, found } of asked) values.push(yield* findValue(text, place, found));
  const planned = new Array<PlannedEdit>(asked.length).fill(elsewhere);
  for (const positions of positionsOf(values.map((value) => value?.from)).values()) {
    const value = values[positions[0]!];
    if (value === undefined) continue;
    const literals = positions.map((position) => jsonLiteral(asked[position]!.after, asciiOnly));
    for (const [at, position] of positions.entries()) {
      const { found, after, place } = asked[position]!;
      if (value.kind === "text" && place.line !== undefined) planned[position] = rowAt(findRowsEnd(text), copyOfRow(text, found, after));
      else if (value.kind === "text" && isPart) planned[position] = tooManyToNumber;
      else planned[position] = { kind: "replacement", ...placeInList(text, value, literals, at), caption: after };
    }
    yield;
  }
  return planned;
}

/** What a picture's captions are written as: one text, or a list with its last text. */
type Value = (JsonRange & { readonly kind: "text" }) | (JsonRange & { readonly kind: "list"; readonly items: readonly JsonRange[] });

function* findValue(text: string, { paths }: JsonCaption, { row }: FoundCaption): Steps<Value | undefined> {
  const start = row?.from ?? 0;
  const own = row === undefined ? text : text.slice(row.from, row.to);
  const ranges = yield* findJsonValues(own, [...paths, ...paths.map((path) => path.slice(0, -1))]);
  const at = paths.findIndex((_, index) => ranges[index] !== undefined && own[ranges[index].from] === '"');
  const [caption, outer] = [ranges[at], ranges[at + paths.length]];
  if (caption === undefined) return undefined;
  if (typeof paths[at]?.at(-1) !== "number" || outer === undefined)
    return { kind: "text", from: caption.from + start, to: caption.to + start };
  const [from, to] = [outer.from + start, outer.to + start];
  return { kind: "list", from, to, items: yield* findJsonItems(text, from) };
}

function placeInList(text: string, value: Value, literals: readonly string[], at: number): Pick<Replacement, "from" | "to" | "text"> {
  const space = text[value.from - 1] === " " ? " " : "";
  if (value.kind === "list") {
    const end = value.items.at(-1)?.to ?? value.from + 1;
    return { from: end, to: end, text: `${listSeparator(text, value, space)}${literals[at]}` };
  }
  const closed = `,${space}${literals[at]}${at === literals.length - 1 ? "]" : ""}`;
  if (at > 0) return { from: value.to, to: value.to, text: closed };
  return { from: value.from, to: value.to, text: `[${text.slice(value.from, value.to)}${closed}` };
}

/** Another line of a string that is read by lines, as a caption file is. */
function* planLines(text: string, asked: readonly JsonAddition[], asciiOnly: boolean): Steps<PlannedEdit[]> {
  const literals = yield* findJsonLiterals(
    text,
    asked.flatMap(({ place: { paths } }) => paths.slice(0, 1)),
  );
  return asked.map(({ place: { reading }, after }, index) => {
    const literal = literals[index];
    if (literal === undefined || typeof reading === "string" || reading.count < 2) return onlyOne;
    if (/[\r\n]/.test(after)) return lineBreakInLine;
    const at = literal.value.trimEnd().length;
    const { from } = rangeInLiteral(text.slice(literal.from, literal.to), { from: at, to: at });
    const lineEnd = /\r\n|\r|\n/.exec(literal.value)?.[0] ?? "\n";
    const inserted = jsonLiteral(`${lineEnd}${after}`, asciiOnly).slice(1, -1);
    return { kind: "replacement", from: literal.from + from, to: literal.from + from, text: inserted, caption: after };
  });
}

const onlyOne = refuseUnfit(
  "its entry is read as one caption: replace the caption, or write both into the entry and have it read by lines",
);
