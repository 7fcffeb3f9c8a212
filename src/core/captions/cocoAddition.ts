import type { Steps } from "../steps.ts";
import type { Addition } from "./addition.ts";
import { findJsonItems, findJsonValues, listSeparator, type JsonRange } from "./jsonText.ts";
import type { PlannedEdit } from "./replacement.ts";
import { applyReplacement, refuseUnfit, tooManyToNumber } from "./replacement.ts";
import { copyOfRow } from "./rowAddition.ts";

/**
 * Plans annotations of COCO's captions JSON like those of captions, with new texts, behind all others. Each gets the id after the greatest, by which it is the last caption of its
 * image; where no annotation has an id its place is enough.
 */
export function* planAnnotations(text: string, asked: readonly Addition[], isPart: boolean): Steps<PlannedEdit[]> {
  if (isPart) return asked.map(() => tooManyToNumber);
  const [list] = yield* findJsonValues(text, [["annotations"]]);
  const items = list === undefined ? [] : yield* findJsonItems(text, list.from);
  const last = items.at(-1);
  const greatest = yield* findGreatestId(text, items);
  if (list === undefined || last === undefined || greatest === undefined) return asked.map(() => unnumbered);
  const separator = listSeparator(text, { from: list.from, items }, "");
  const planned: PlannedEdit[] = [];
  let id = greatest;
  for (const addition of asked) {
    const copy = yield* copyAnnotation(text, items, { addition, id: id + 1 });
    if (copy.kind === "replacement") id += 1;
    planned.push(copy.kind === "refusal" ? copy : { ...copy, from: last.to, to: last.to, text: `${separator}${copy.text}` });
  }
  return planned;
}

const unnumbered = refuseUnfit("its annotations have no ids that can be counted on from: give each a number as its id first");

/** Annotations between two pauses. */
const annotationsPerTurn = 512;

/** The greatest id; NaN where no annotation has one, undefined where some have and others have not, or have words. */
function* findGreatestId(text: string, items: readonly JsonRange[]): Steps<number | undefined> {
  let [greatest, numbered] = [Number.NaN, 0];
  for (const [at, { from, to }] of items.entries()) {
    if (at % annotationsPerTurn === annotationsPerTurn - 1) yield;
    const annotation = JSON.parse(text.slice(from, to)) as { readonly id?: unknown } | null;
    if (annotation?.id === undefined || annotation.id === null) continue;
    const id = Number(annotation.id);
    if (!Number.isSafeInteger(id)) return undefined;
    numbered += 1;
    greatest = numbered === 1 ? id : Math.max(greatest, id);
  }
  return numbered === 0 || numbered === items.length ? greatest : undefined;
}

/** The annotation that holds a caption, as text, with another caption and another id. */
function* copyAnnotation(
  text: string,
  items: readonly JsonRange[],
  { addition: { place, found, after }, id }: { readonly addition: Addition; readonly id: number },
): Steps<PlannedEdit> {
  const row = place.kind === "json" ? place.paths[0]?.[1] : undefined;
  const item = typeof row === "number" ? items[row] : undefined;
  if (item === undefined) return unnumbered;
  const copy = copyOfRow(text, { ...found, row: item }, after);
  if (copy.kind === "refusal") return copy;
  const [own] = yield* findJsonValues(copy.row, [["id"]]);
  const written = own !== undefined && copy.row[own.from] === '"' ? `"${id}"` : String(id);
  const numbered = own === undefined || Number.isNaN(id) ? copy.row : applyReplacement(copy.row, { ...own, text: written });
  return { kind: "replacement", from: item.from, to: item.to, text: numbered, caption: copy.caption };
}
