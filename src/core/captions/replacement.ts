/** A part of a text, half-open, and what is to stand in its place; `caption` is how the caption is read then. */
export interface Replacement {
  readonly kind: "replacement";
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly caption: string;
}

/** Why a caption can't be changed: it is no longer as it was read ("changed"), or the new text can't stand there ("unfit"). A sentence without its file. */
export interface Refusal {
  readonly kind: "refusal";
  readonly code: "changed" | "unfit";
  readonly reason: string;
}

/** What a change of one caption is to a text: the part to replace, or why not. */
export type PlannedEdit = Replacement | Refusal;

/** A caption before and after, as Winnow reads it. */
export interface CaptionChange {
  readonly before: string;
  readonly after: string;
}

/** Puts a replacement into its text. */
export function applyReplacement(text: string, { from, to, text: inserted }: Pick<Replacement, "from" | "to" | "text">): string {
  return text.slice(0, from) + inserted + text.slice(to);
}

/** Puts replacements, ascending and apart, into their text. */
export function applyReplacements(text: string, replacements: readonly Pick<Replacement, "from" | "to" | "text">[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const { from, to, text: inserted } of replacements) {
    parts.push(text.slice(end, from), inserted);
    end = to;
  }
  return [...parts, text.slice(end)].join("");
}

/** The refusal of a text that says something else than it did when it was read. */
export function refuseChanged(place: string, found: string | undefined): Refusal {
  const now = found === undefined ? "is not there any more" : `says "${shorten(found)}" now`;
  return { kind: "refusal", code: "changed", reason: `the caption ${place} ${now}: look at it again and change that` };
}

/** The refusal of a new text that its place can't hold. */
export function refuseUnfit(reason: string): Refusal {
  return { kind: "refusal", code: "unfit", reason };
}

/** The refusal of a text with a line break where a line is a caption. */
export const lineBreakInLine = refuseUnfit("here a line is a caption, and a line break would make two of it: write it in one line");

/** The refusal of additions to a file that is planned in parts: each part would begin with the same number. */
export const tooManyToNumber = refuseUnfit("so many captions at once can't be numbered in one large file: add fewer than 20,000 at once");

/** A text that fits into a sentence. */
export function shorten(text: string, length = 60): string {
  const characters = Array.from(text.replaceAll(/\s+/g, " "));
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}
