import { parseOptions, type Options } from "../../../../src/core/prune/options.ts";
import { createTally, type TokenCounter, type TrainerDryRun } from "../../../../src/core/trainers/dryRun.ts";
import { commonOptions, type Measured, type ReadEvent, type TrainerFolder } from "../../../../src/core/trainers/trainer.ts";
import { trainers } from "../../../../src/core/trainers/trainers.ts";

/** What a made-up file is: a caption's text, bytes that are not UTF-8, or a picture. */
export type Made = string | { readonly notUtf8: true } | { readonly picture: Measured };

/** A picture of a size. */
export const picture = (width = 512, height = 512): Made => ({ picture: { width, height } });

/** A caption file in another encoding. */
export const notUtf8: Made = { notUtf8: true };

/** What a trainer made of a folder. */
export interface Reading {
  readonly pairs: readonly (readonly [image: string, texts: readonly string[]])[];
  readonly codes: readonly string[];
  readonly dryRun: TrainerDryRun;
}

/** Reads a made-up folder as a trainer does. */
export async function readMade(
  files: Readonly<Record<string, Made>>,
  { trainer, options = {}, tokens }: { readonly trainer: string; readonly options?: Options; readonly tokens?: TokenCounter },
): Promise<Reading> {
  const reader = trainers.find(({ id }) => id === trainer)!;
  const parsed = parseOptions({ ...commonOptions, ...reader.options }, options);
  if (typeof parsed === "string") throw new Error(parsed);
  const tally = createTally(reader, parsed, tokens);
  const pairs: Extract<ReadEvent, { kind: "pair" }>[] = [];
  const codes: string[] = [];
  for await (const event of reader.read(folderOf(files), parsed)) {
    tally.add(event);
    if (event.kind === "pair") pairs.push(event);
    else codes.push(`${event.code} ${event.file}`);
  }
  return { pairs: pairs.map(({ image, texts }) => [image, texts]), codes, dryRun: tally.result() };
}

function folderOf(files: Readonly<Record<string, Made>>): TrainerFolder {
  const paths = Object.keys(files).sort();
  return {
    root: "/data",
    files: paths.map((path) => ({ path, sizeBytes: 1, mtimeMs: 0 })),
    readTexts: (asked) =>
      Promise.resolve(
        asked.map((path) => {
          const made = files[path];
          if (typeof made === "object" && "notUtf8" in made) return { kind: "notUtf8" };
          return typeof made === "string" ? { kind: "text", text: made } : { kind: "unreadable", reason: "it is not there" };
        }),
      ),
    measure: (asked) =>
      Promise.resolve(
        asked.map((path) => {
          const made = files[path];
          return typeof made === "object" && "picture" in made ? made.picture : "broken";
        }),
      ),
    readArchive: () => {
      throw new Error("Expected no archive");
    },
  };
}
