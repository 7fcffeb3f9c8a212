import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatWorksheet, parseWorksheet, type WorksheetEntry, type WorksheetPlace } from "../core/rewriters/worksheet.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import { findNearest } from "../engine/requests/nearest.ts";
import { readRewritePicture } from "../engine/requests/rewritePicture.ts";
import { openSearcher, type Searcher } from "../engine/requests/searcher.ts";
import { drawWorksheet, takeWorksheet } from "../engine/requests/worksheet.ts";
import { writeAtomically } from "../engine/store/files.ts";
import type { Call, Command, ExitCode, Option } from "./command.ts";
import { exitCodes, numberOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { withUsageErrors } from "./rewriteUsage.ts";
import { runOptions } from "./run.ts";

const ownOptions = {
  out: { type: "string", value: "folder", help: "write worksheet.md and its pictures there" },
  count: { type: "string", value: "n", help: "so many captions (20)" },
  seed: { type: "string", value: "n", help: "the seed of the draw (0)" },
  siblings: { type: "string", value: "n", help: "nearest pictures beside each (3)" },
  where: { type: "string", value: "filter", help: "only captions that fit, such as: clipScorePercentile < 5" },
  from: { type: "string", value: "worksheet.md", help: "take the captions that were written into it" },
} as const satisfies Record<string, Option>;

/** `winnow worksheet`: captions that a person writes anew without seeing the old ones. */
export const worksheetCommand: Command = {
  name: "worksheet",
  operands: "<folder>",
  summary: "write captions by hand, blind: a form with pictures and their nearest siblings, and what you wrote into it",
  options: { ...runOptions, ...ownOptions },
  run: (call) => withUsageErrors(() => withAnalysed(call, (dataset, root) => answer(call, dataset, root))),
};

async function answer(call: Call, dataset: AnalysedDataset, root: string): Promise<ExitCode> {
  const [out, from] = [textOption(call.words, "out"), textOption(call.words, "from")];
  if ((out === undefined) === (from === undefined))
    throw new UsageError("Expected --out for a new worksheet, or --from for one that was filled in");
  return from === undefined ? await writeForm(call, dataset, { root, out: out ?? "" }) : await readForm(call, dataset, from);
}

/** Sides of the pictures of a form, in pixels. */
const [pictureSide, siblingSide] = [768, 192];

async function writeForm(call: Call, dataset: AnalysedDataset, { root, out }: { root: string; out: string }): Promise<ExitCode> {
  const { env, words, signal } = call;
  const where = textOption(words, "where");
  const scope = where === undefined ? ({ kind: "dataset" } as const) : ({ kind: "where", where } as const);
  const draw = { scope, count: wholeNumber(call, "count", 20), seed: wholeNumber(call, "seed", 0) };
  const places = await drawWorksheet(env, dataset, draw, signal);
  await mkdir(join(out, "pictures"), { recursive: true });
  const searcher = await openSearcher(env, root);
  const entries: WorksheetEntry[] = [];
  try {
    for (const [at, place] of places.entries()) {
      entries.push(await drawEntry(call, dataset, { searcher, out, place, at }));
      call.onProgress({ stage: "write", done: at + 1, cached: 0, total: places.length });
    }
  } finally {
    await searcher.close();
  }
  const file = join(out, "worksheet.md");
  await writeAtomically(file, formatWorksheet(entries));
  call.print(call.json ? JSON.stringify({ file, captions: entries.length }) : `${entries.length} captions to write in ${file}`);
  return exitCodes.done;
}

interface Drawing {
  readonly searcher: Searcher;
  readonly out: string;
  readonly place: WorksheetPlace;
  readonly at: number;
}

async function drawEntry(
  { env, words, signal }: Call,
  dataset: AnalysedDataset,
  { searcher, out, place, at }: Drawing,
): Promise<WorksheetEntry> {
  const limit = numberOption(words, "siblings") ?? 3;
  const { images } = await findNearest(searcher, { sample: place.sample, limit }, signal);
  const name = String(at + 1).padStart(3, "0");
  const save = async (sample: string, path: string, side: number): Promise<string> => {
    await writeAtomically(join(out, path), await readRewritePicture(env, dataset, { sample, side }, signal));
    return path;
  };
  const siblings: string[] = [];
  for (const [index, { sample }] of images.entries()) siblings.push(await save(sample, `pictures/${name}-${index + 1}.jpg`, siblingSide));
  return { ...place, picture: await save(place.sample, `pictures/${name}.jpg`, pictureSide), siblings };
}

async function readForm(call: Call, dataset: AnalysedDataset, from: string): Promise<ExitCode> {
  const text = await readFile(from, "utf8").catch((error: unknown) => {
    throw new Error(`${from} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { captions, damagedLines } = parseWorksheet(text);
  for (const line of damagedLines) call.tell(`${from} line ${line} doesn't name its caption any more: it was passed over`);
  const taken = await takeWorksheet(call.env, dataset, captions, call.signal);
  const told = taken.operation === null ? "Nothing is new" : `${taken.taken} captions written as ${taken.operation}`;
  const left = taken.left.map(({ sample, captionIndex, reason }) => `  ${sample} #${captionIndex} ${reason}`);
  call.print(call.json ? JSON.stringify(taken) : [told, ...left].join("\n"));
  return taken.left.length + damagedLines.length === 0 ? exitCodes.done : exitCodes.doneWithProblems;
}

function wholeNumber({ words }: Call, name: string, otherwise: number): number {
  const value = numberOption(words, name) ?? otherwise;
  if (!Number.isSafeInteger(value) || value < 0) throw new UsageError(`Expected a whole number from 0 for --${name}`);
  return value;
}
