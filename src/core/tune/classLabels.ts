import type { Sample } from "../sample.ts";

/** What tells a sample's class: the last part of the folder that it lies in, or its only caption. */
export const labelSources = ["folder", "caption"] as const;

/** One of these. */
export type LabelSource = (typeof labelSources)[number];

/** A class and the rows of its samples. */
export interface ImageClass {
  readonly name: string;
  readonly rows: readonly number[];
}

/** The classes of samples, by name; those without a label belong to none. Kohya's `<repeats>_<class>` is its class, and dashes and underscores are spaces. */
export function classesOf(samples: readonly Sample[], source: LabelSource): readonly ImageClass[] {
  const rowsOf = new Map<string, number[]>();
  samples.forEach((sample, row) => {
    const name = source === "folder" ? folderClass(sample) : captionClass(sample);
    if (name === "") return;
    const known = rowsOf.get(name);
    if (known === undefined) rowsOf.set(name, [row]);
    else known.push(row);
  });
  const names = [...rowsOf.keys()].sort();
  return names.map((name) => ({ name, rows: rowsOf.get(name)! }));
}

function folderClass({ folder }: Sample): string {
  const last = folder.split("/").at(-1)!;
  return last.replace(/^\d+_/, "").replaceAll(/[-_]+/g, " ").trim();
}

function captionClass({ captions }: Sample): string {
  return captions.length === 1 ? captions[0]!.text.trim() : "";
}
