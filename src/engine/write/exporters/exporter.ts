import type { ExportCaption, ExportItem } from "../exportItems.ts";

/** How pictures go out: as copies, as hard links, or not at all but by reference to where they lie. */
export type PictureMode = "copy" | "hardlink" | "reference";

/** How a list of pairs names its pictures. */
export type PathMode = "relative" | "absolute";

/** A sample on its way out. `picture` is the absolute path under which its picture can be opened afterwards. */
export interface PlacedItem extends ExportItem {
  readonly picture: string;
}

/** A text file of an export: its path below the out folder with forward slashes, and its text in pieces. */
export interface ExportFile {
  readonly path: string;
  readonly pieces: () => Iterable<string>;
}

/** What an exporter is told: `nameFrom(picture, file)` is a picture's name as it must stand in a file of the export. `separator` is open_clip's. */
export interface ExportStyle {
  readonly separator: string;
  readonly nameFrom: (picture: string, file: string) => string;
  readonly pathOf: (picture: string) => string;
}

/**
 * A format that kept pairs go out to. `pictures` and `paths` are what it can do, the default first. `placeOf` gives the folders and the name of a picture that goes out with it, below the out folder;
 * `files` writes the text around the pictures. One file and one line in the registry make a new format appear everywhere.
 */
export interface Exporter {
  readonly id: string;
  readonly summary: string;
  readonly pictures: readonly PictureMode[];
  readonly paths: readonly PathMode[];
  readonly placeOf: (item: ExportItem, fileName: string) => readonly string[];
  readonly files: (items: readonly PlacedItem[], style: ExportStyle) => Iterable<ExportFile>;
  /** Files that go out beside a picture, the same way as the picture does, such as its mask; `to` is below the out folder. */
  readonly besides?: (item: PlacedItem) => Iterable<{ readonly from: string; readonly to: string }>;
}

/** Items by split, in the order train, validation, test; one entry without a split where all items are of the same or of none. Who has none among others trains. */
export function itemsBySplit<Item extends ExportItem>(items: readonly Item[]): [split: string | undefined, items: readonly Item[]][] {
  if (new Set(items.map(({ split }) => split)).size <= 1) return [[undefined, items]];
  const of = (wanted: string): Item[] => items.filter(({ split = "train" }) => split === wanted);
  return (["train", "validation", "test"] as const)
    .map((split): [string, Item[]] => [split, of(split)])
    .filter(([, found]) => found.length > 0);
}

/** The pairs of items, one after the other. */
export function* pairsOf<Item extends ExportItem>(
  items: readonly Item[],
): Generator<{ readonly item: Item; readonly caption: ExportCaption }> {
  for (const item of items) for (const caption of item.captions) yield { item, caption };
}

/** A caption on one line: formats that read by line would take the rest for another caption, or for nothing. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029\u0085\v\f]+/g, " ");
}

/** The place of a picture in a folder of its own, with the dataset's folders below it. */
export function placeInImages(item: ExportItem, fileName: string): readonly string[] {
  return ["images", ...item.folder.split("/"), fileName];
}
