import type { EditItem } from "./editItems.ts";

const notPlain = "Only caption files beside pictures have lines: this caption lies in a table or in JSON";

/** One item a caption file, in the place of those of its captions; captions that lie elsewhere stay, and can't be changed. Lines of the file are read later. */
export function wholeFiles(items: readonly EditItem[]): EditItem[] {
  const files = new Map<string, EditItem>();
  const others: EditItem[] = [];
  for (const item of items) {
    if (item.place.kind !== "plain") {
      others.push({ ...item, place: item.place.kind === "fixed" ? item.place : { kind: "fixed", why: notPlain } });
      continue;
    }
    const known = files.get(item.file);
    files.set(item.file, {
      ...(known ?? item),
      place: { kind: "plain", part: { kind: "whole" } },
      isChosen: item.isChosen || known?.isChosen === true,
      isFrozen: item.isFrozen || known?.isFrozen === true,
      captionIndex: null,
      parts: [...(known?.parts ?? []), item],
    });
  }
  return [...files.values(), ...others];
}
