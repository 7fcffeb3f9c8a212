import type { Steps } from "../steps.ts";
import { planAdditions, type Addition } from "./addition.ts";
import { findCsvCells, unreadable } from "./csvEdit.ts";
import { findFlickrLines } from "./flickrEdit.ts";
import type { FoundCaption, FoundCaptions } from "./found.ts";
import { positionsOf } from "./found.ts";
import { findJsonCaptions } from "./jsonEdit.ts";
import { editPlainText, readPlainText } from "./plainEdit.ts";
import type { PlainPlace } from "./plainEdit.ts";
import type { CaptionPlace } from "./place.ts";
import type { CaptionChange, PlannedEdit, Replacement } from "./replacement.ts";
import { refuseChanged, refuseUnfit } from "./replacement.ts";

/** A change of one caption at its place in a file; with `adds` the caption stays and the new text becomes another one of its picture. */
export interface PlacedChange extends CaptionChange {
  readonly place: CaptionPlace;
  readonly adds?: boolean;
}

/**
 * Plans changes of captions in the text of their file (without a byte order mark), in one walk over it: of each the smallest part that holds it is replaced, in
 * the file's own style, or the change is refused where the file no longer says `before`. Replacements are apart. With `asciiOnly` a string of JSON gets
 * escapes for everything else. Pauses so that a large table leaves time for other work.
 */
export function* planEdits(
  text: string,
  changes: readonly PlacedChange[],
  { asciiOnly, isPart = false }: PlanChoice,
): Steps<PlannedEdit[]> {
  const { captions, checks } = yield* findCaptions(text, changes, asciiOnly);
  const planned: PlannedEdit[] = [];
  const additions = new Map<number, Addition>();
  for (const [index, { place, before, after, adds }] of changes.entries()) {
    const found = captions[index];
    if (place.kind === "fixed") planned.push(refuseUnfit(place.why));
    else if (place.kind === "tableCell" || place.kind === "member")
      planned.push(refuseUnfit("its file is no text: run the analysis again"));
    else if (found?.caption !== before) planned.push(refuseChanged(whereOf(place), found?.caption));
    else if (adds !== true) planned.push(found.replace(after));
    else additions.set(planned.push(refuseUnfit("")) - 1, { place, found, after });
    if (index % changesPerTurn === changesPerTurn - 1) yield;
  }
  const added = yield* planAdditions(text, [...additions.values()], { asciiOnly, isPart });
  for (const [at, index] of [...additions.keys()].entries()) planned[index] = added[at]!;
  refuseTwice(planned, changes);
  for (const check of checks) yield* refuseFragile(planned, captions, isPart ? undefined : check);
  return planned;
}

/** `isPart` where other changes of the same file are planned elsewhere. */
export interface PlanChoice {
  readonly asciiOnly: boolean;
  readonly isPart?: boolean;
}

const damagedBefore =
  "a row before it can't be read, so that many changes at once could give others another meaning: repair that row, or change fewer";

/** A caption to find; `before` is what it is expected to say (it may say something else). */
export type WantedCaption = Pick<PlacedChange, "place" | "before">;

/** Finds captions at their places in a text. Each check is about those of one kind of table. */
export function* findCaptions(
  text: string,
  wanted: readonly WantedCaption[],
  asciiOnly: boolean,
): Steps<{ readonly captions: readonly (FoundCaption | undefined)[]; readonly checks: readonly Check[] }> {
  const captions = new Array<FoundCaption | undefined>(wanted.length).fill(undefined);
  const checks: Check[] = [];
  for (const [kind, positions] of positionsOf(wanted.map(({ place }) => place.kind))) {
    const some = positions.map((position) => wanted[position]!);
    const found = yield* findOfKind(text, kind, some, asciiOnly);
    for (const [at, position] of positions.entries()) captions[position] = found.captions[at];
    if (found.check !== undefined) checks.push(found.check);
  }
  return { captions, checks };
}

type Check = NonNullable<FoundCaptions["check"]>;

/** Changes between two pauses. */
const changesPerTurn = 1 << 10;

/** Finds captions whose places are all of one kind. */
function* findOfKind(text: string, kind: CaptionPlace["kind"], wanted: readonly WantedCaption[], asciiOnly: boolean): Steps<FoundCaptions> {
  const places = wanted.map(({ place }) => place);
  switch (kind) {
    case "plain":
      return { captions: wanted.map(({ place, before }) => (place.kind === "plain" ? foundPlain(text, place.part, before) : undefined)) };
    case "cell":
      return yield* findCsvCells(text, places.filter(isOf("cell")));
    case "flickr":
      return yield* findFlickrLines(
        text,
        places.filter(isOf("flickr")).map(({ line }) => line),
      );
    case "json":
      return yield* findJsonCaptions(
        text,
        wanted.flatMap(({ place, before }) => (place.kind === "json" ? [{ place, before }] : [])),
        asciiOnly,
      );
    case "tableCell":
    case "member":
    case "fixed":
      return { captions: places.map(() => undefined) };
  }
}

function isOf<Kind extends CaptionPlace["kind"]>(kind: Kind): (place: CaptionPlace) => place is Extract<CaptionPlace, { kind: Kind }> {
  return (place): place is Extract<CaptionPlace, { kind: Kind }> => place.kind === kind;
}

function foundPlain(text: string, part: PlainPlace, before: string): FoundCaption | undefined {
  const caption = readPlainText(text, part, before);
  return caption === undefined ? undefined : { caption, replace: (after) => editPlainText(text, part, { before: caption, after }) };
}

function whereOf(place: CaptionPlace): string {
  switch (place.kind) {
    case "plain":
      return place.part.kind === "line" ? `in line ${place.part.line + 1}` : "in the file";
    case "cell":
    case "tableCell":
      return `in row ${place.row + 1}`;
    case "flickr":
      return `in line ${place.line + 1}`;
    case "json":
      return place.line === undefined ? "in the file" : `in line ${place.line + 1}`;
    case "member":
    case "fixed":
      return "in the file";
  }
}

/** Two changes of one place: the first holds. Additions stand behind each other. */
function refuseTwice(planned: PlannedEdit[], changes: readonly PlacedChange[]): void {
  const order = [...planned.keys()].filter((index) => planned[index]!.kind === "replacement");
  order.sort((left, right) => (planned[left] as Replacement).from - (planned[right] as Replacement).from || left - right);
  let end = -1;
  for (const index of order) {
    const { from, to } = planned[index] as Replacement;
    if (from < end || (from === end && from === to && changes[index]!.adds !== true))
      planned[index] = refuseUnfit("it would be changed twice at once");
    else end = Math.max(end, to);
  }
}

/** Behind damage in a table changes are right together or not at all; without a check nobody can tell. */
function* refuseFragile(planned: PlannedEdit[], captions: readonly (FoundCaption | undefined)[], check: Check | undefined): Steps<void> {
  const fragile = [...planned.keys()].filter((index) => captions[index]?.isFragile === true && planned[index]!.kind === "replacement");
  if (fragile.length === 0) return;
  const replacements = fragile.map((index) => planned[index] as Replacement).sort((left, right) => left.from - right.from);
  if (check !== undefined && (yield* check(replacements))) return;
  for (const index of fragile) planned[index] = refuseUnfit(check === undefined ? damagedBefore : unreadable);
}
