import { createRandom, drawDistinct } from "../random.ts";

/** A caption that a person is to write without seeing the old one: whose it is, and the hash of what it says, so that it is still the same when it comes back. */
export interface WorksheetPlace {
  readonly sample: string;
  readonly captionIndex: number;
  readonly captionHash: string;
}

/** An entry of a worksheet: the file of its picture and those of its nearest siblings, as the form shows them. */
export interface WorksheetEntry extends WorksheetPlace {
  readonly picture: string;
  readonly siblings: readonly string[];
}

/** A caption that came back. */
export interface WorksheetCaption extends WorksheetPlace {
  readonly caption: string;
}

/** Draws places for a worksheet: `count` of them in an order that tells nothing, the same for the same seed. */
export function drawPlaces<Place>(places: readonly Place[], { count, seed }: { readonly count: number; readonly seed: number }): Place[] {
  return drawDistinct(createRandom(seed), count, places.length).map((at) => places[at]!);
}

const introduction = `# Worksheet

Describe each picture as you see it. The small ones beside it are its nearest siblings in the dataset: say what tells it from them. Write behind "Caption:", in one line; leave it empty to pass a picture over.
`;

/** A worksheet as Markdown: pictures, and no text of the dataset's but the names that the comments carry. */
export function formatWorksheet(entries: readonly WorksheetEntry[]): string {
  const parts = entries.map(({ picture, siblings, sample, captionIndex, captionHash }, at) => {
    const place = JSON.stringify({ sample, captionIndex, captionHash }).replaceAll("--", "-\\u002d");
    const beside = siblings.map((sibling) => `![sibling](${sibling})`).join(" ");
    return `## ${at + 1}\n\n<!-- ${place} -->\n\n![picture](${picture})\n\n${beside === "" ? "" : `Beside it: ${beside}\n\n`}Caption: \n`;
  });
  return [introduction, ...parts].join("\n");
}

/** The captions that were written into a worksheet; those that were left empty are passed over. A place that can't be read is told by its line (from 1). */
export function parseWorksheet(text: string): { readonly captions: readonly WorksheetCaption[]; readonly damagedLines: readonly number[] } {
  const captions: WorksheetCaption[] = [];
  const damagedLines: number[] = [];
  let place: WorksheetPlace | undefined;
  for (const [at, line] of text.split(/\r\n|\r|\n/).entries()) {
    const comment = /^<!-- (.*) -->\s*$/.exec(line)?.[1];
    if (comment !== undefined) {
      place = placeFromText(comment);
      if (place === undefined) damagedLines.push(at + 1);
      continue;
    }
    const caption = /^Caption:(.*)$/.exec(line)?.[1]?.trim();
    if (caption === undefined) continue;
    if (place !== undefined && caption !== "") captions.push({ ...place, caption });
    place = undefined;
  }
  return { captions, damagedLines };
}

function placeFromText(text: string): WorksheetPlace | undefined {
  try {
    const { sample, captionIndex, captionHash } = JSON.parse(text) as Partial<WorksheetPlace>;
    const isPlace = typeof sample === "string" && Number.isInteger(captionIndex) && typeof captionHash === "string";
    return isPlace ? { sample, captionIndex: captionIndex!, captionHash } : undefined;
  } catch {
    return undefined;
  }
}
