import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { nameLocator, type Locator } from "../../core/sample.ts";
import { sniffFormat } from "../../core/pixels/sniff.ts";
import { fullFiles } from "../../core/tune/jobs/fullJob.ts";
import { OpenError, readPictures } from "../decode/openLocator.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { TuneError } from "../tune/tuneError.ts";
import { onOneLine } from "../write/exporters/exporter.ts";
import { openClip } from "../write/exporters/openClip.ts";
import { pathOf, type TunePair } from "./tunePairs.ts";

/** How the writing of a run's data is followed: `onProgress` counts pictures. */
export interface WriteWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

const picturesAtOnce = 64;

/** The bytes of pictures with the place of each, in their order. Throws a TuneError for one that can't be had any more, for it could when the dataset was analysed. */
export async function* eachPicture(
  env: Env,
  locators: readonly Locator[],
  { signal, onProgress }: WriteWatch,
): AsyncGenerator<{ readonly place: number; readonly bytes: Buffer; readonly ending: string }> {
  for (let from = 0; from < locators.length; from += picturesAtOnce) {
    signal.throwIfAborted();
    const read = await readPictures(env, locators.slice(from, from + picturesAtOnce));
    for (const [at, bytes] of read.entries()) {
      if (bytes instanceof OpenError)
        throw new TuneError(`${nameLocator(locators[from + at]!)} can't be read any more (${bytes.message}): analyse the dataset again`);
      yield { place: from + at, bytes, ending: endingOf(bytes) };
    }
    onProgress(Math.min(locators.length, from + picturesAtOnce), locators.length);
  }
}

/** An ending that stock open_clip looks into. Python's readers go by the bytes, whatever the name says, but stock passes over other names. */
function endingOf(bytes: Buffer): string {
  const sniffed = sniffFormat(bytes);
  return sniffed.kind === "picture" && (sniffed.format === "png" || sniffed.format === "webp") ? sniffed.format : "jpg";
}

/** A pair whose picture has a path, absolute or from the run's folder. */
export interface PlacedPair extends TunePair {
  readonly image: string;
}

/** Gives every picture a path: those that no program but Winnow can open are written into the run's folder, their bytes as they are. */
export async function placePictures(
  env: Env,
  folder: string,
  pairs: readonly TunePair[],
  watch: WriteWatch,
): Promise<readonly PlacedPair[]> {
  const images = pairs.map(({ locator }) => pathOf(locator));
  const inside = pairs.flatMap(({ locator }, place) => (images[place] === undefined ? [{ locator, place }] : []));
  if (inside.length > 0) await mkdir(join(folder, "pictures"), { recursive: true });
  const locators = inside.map(({ locator }) => locator);
  for await (const { place, bytes, ending } of eachPicture(env, locators, watch)) {
    const image = `pictures/${String(place).padStart(8, "0")}.${ending}`;
    await writeAtomically(join(folder, image), bytes);
    images[inside[place]!.place] = image;
  }
  return pairs.map((pair, place) => ({ ...pair, image: images[place]! }));
}

/** Writes the list of the trainer `full` into a run's folder. */
export async function writePairs(folder: string, pairs: readonly PlacedPair[]): Promise<void> {
  const lines = pairs.map(({ image, captions, class: class_, groups, weight, negatives, heldOut, clusters }) =>
    JSON.stringify({ image, captions, class: class_, groups, weight, negatives, heldOut, ...clusters }),
  );
  await writeAtomically(join(folder, fullFiles.pairs), lines.map((line) => `${line}\n`).join(""));
}

/** Writes a list of stock open_clip, a row a pair; pictures from the run's folder are found there, for that is where it runs. */
export async function writeList(path: string, pairs: readonly PlacedPair[]): Promise<void> {
  const items = pairs.map(({ image, captions }) => ({
    ...{ sample: image, locator: { kind: "file", path: image } as const, folder: "", picture: image },
    captions: captions.map((text, index) => ({ text: onOneLine(text), index })),
  }));
  const style = { separator: "\t", nameFrom: (picture: string) => picture, pathOf: (picture: string) => picture };
  const [file] = [...openClip.files(items, style)];
  await writeAtomically(path, [...file!.pieces()].join(""));
}
