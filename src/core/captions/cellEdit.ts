import type { PlacedChange } from "./edit.ts";
import { refuseChanged, refuseUnfit, type Refusal } from "./replacement.ts";

/** What a row of a table with types holds in a column of texts: one text, or a list of them. */
export type TextCell = string | null | readonly (string | null)[];

/** What became of a change: how the caption is read then, and whether it was so already; or why it was refused. */
export type CellOutcome = { readonly kind: "caption"; readonly caption: string; readonly isSame: boolean } | Refusal;

/** A caption's place in a cell: of a list its index, of a text 0. Undefined where nothing stands there. */
export function captionInCell(cell: TextCell | undefined, position: number): string | undefined {
  if (cell === undefined || cell === null) return undefined;
  if (typeof cell === "string") return position === 0 ? cell : undefined;
  return cell[position] ?? undefined;
}

/**
 * Changes captions of one cell. Only a list has room for another caption, which is put behind its last; a text is replaced whole. What the cell no longer says, or is asked for twice, is
 * refused; outcomes are in the order of the changes.
 */
export function editCell(
  cell: TextCell | undefined,
  changes: readonly PlacedChange[],
): { readonly cell: TextCell; readonly outcomes: CellOutcome[] } {
  let next: TextCell = cell ?? null;
  const taken = new Set<number>();
  const outcomes = changes.map(({ place, before, after, adds }): CellOutcome => {
    if (place.kind !== "tableCell") return refuseUnfit(place.kind === "fixed" ? place.why : "it is no cell of this table");
    const { row, position } = place;
    const found = captionInCell(cell, position);
    if (found !== before) return refuseChanged(`in row ${row + 1}`, found);
    if (/\p{Surrogate}/u.test(after)) return refuseUnfit("half a character can't be written: write the caption without it");
    if (adds === true) {
      if (after.trim() === "") return refuseUnfit("a caption without words can't be added");
      if (next === null || typeof next === "string") return refuseUnfit(oneText);
      next = [...next, after.trim()];
      return { kind: "caption", caption: after.trim(), isSame: false };
    }
    if (taken.has(position)) return refuseUnfit("it would be changed twice at once");
    taken.add(position);
    next = next === null || typeof next === "string" ? after : next.with(position, after);
    return { kind: "caption", caption: after, isSame: after === before };
  });
  return { cell: next, outcomes };
}

const oneText =
  "its column holds one text a row, and another row would need everything else of this one: replace the caption, or export the dataset";
