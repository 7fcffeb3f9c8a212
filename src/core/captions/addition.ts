import type { Steps } from "../steps.ts";
import type { FoundCaption } from "./found.ts";
import { positionsOf } from "./found.ts";
import { planJsonAdditions } from "./jsonAddition.ts";
import type { CaptionPlace } from "./place.ts";
import type { PlannedEdit } from "./replacement.ts";
import { lineBreakInLine, refuseUnfit } from "./replacement.ts";
import { planRowAdditions } from "./rowAddition.ts";

/** Another caption of a picture: the place of the one beside which it is to stand, what was found there, and the new text. */
export interface Addition {
  readonly place: CaptionPlace;
  readonly found: FoundCaption;
  readonly after: string;
}

/** How additions are written; `isPart` where others to the same file are planned elsewhere, so that they can't be numbered. */
export interface AdditionChoice {
  readonly asciiOnly: boolean;
  readonly isPart: boolean;
}

/**
 * Plans other captions of the pictures of captions in one file, behind all that the file has, so that every other stays where it was read: another line of a caption file that is
 * read by lines, a row like the caption's own in a table, the next number in Flickr's files, an annotation with a new id in COCO's, another text of a list. What the
 * dataset's reader would not take for another caption is refused with what to do. Plans are in the order of the additions.
 */
export function* planAdditions(text: string, asked: readonly Addition[], choice: AdditionChoice): Steps<PlannedEdit[]> {
  const trimmed = asked.map((addition) => ({ ...addition, after: addition.after.trim() }));
  const planned: PlannedEdit[] = trimmed.map(() => refuseUnfit("a caption without words can't be added"));
  const kinds = trimmed.map(({ place, after }) => (after === "" ? undefined : place.kind));
  for (const [kind, positions] of positionsOf(kinds)) {
    if (kind === undefined) continue;
    const some = positions.map((position) => trimmed[position]!);
    const plans = yield* planOfKind(text, some, { ...choice, kind });
    for (const [at, position] of positions.entries()) planned[position] = plans[at]!;
  }
  return planned;
}

function* planOfKind(
  text: string,
  asked: readonly Addition[],
  { kind, ...choice }: AdditionChoice & { readonly kind: CaptionPlace["kind"] },
): Steps<PlannedEdit[]> {
  switch (kind) {
    case "plain":
      return asked.map((addition) => planLine(text, addition));
    case "cell":
    case "flickr":
      return yield* planRowAdditions(text, asked, { kind, isPart: choice.isPart });
    case "json":
      return yield* planJsonAdditions(text, asked, choice);
    case "tableCell":
    case "member":
    case "fixed":
      return asked.map(({ place }) => refuseUnfit(place.kind === "fixed" ? place.why : "it is no text: run the analysis again"));
  }
}

function planLine(text: string, { place, found, after }: Addition): PlannedEdit {
  if (place.kind !== "plain" || place.part.kind !== "line")
    return refuseUnfit("its file is read as one caption: read caption files by lines, or replace the caption");
  const isFirstAlone =
    place.part.isFirst === true || (place.part.alone && text.split(/[\r\n]/).filter((line) => line.trim() !== "").length > 1);
  if (isFirstAlone) return refuseUnfit("only the first line of its file is read: read caption files by lines, or replace the caption");
  if (found.caption === "") return refuseUnfit("its file has no caption yet: replace the empty one");
  if (/[\r\n]/.test(after)) return lineBreakInLine;
  const at = text.trimEnd().length;
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  return { kind: "replacement", from: at, to: at, text: `${lineEnd}${after}`, caption: after };
}
