import { join } from "node:path";
import { fullFiles } from "../../core/tune/jobs/fullJob.ts";
import type { JobData, JobOrigin } from "../../core/tune/tuneJob.ts";
import { trustWeights } from "../../core/tune/assemble.ts";
import { makeTextNegatives } from "../../core/tune/textNegatives.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { openVectors } from "../store/vectors.ts";
import { TuneError } from "../tune/tuneError.ts";
import { onOneLine } from "../write/exporters/exporter.ts";
import { openClip } from "../write/exporters/openClip.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import type { GatheredSet } from "./tuneSet.ts";
import { digestOfSet, gatherTuneSet } from "./tuneSet.ts";

/** A line of the list that the Python trainer `full` reads; `src/trainers/full/pairs.py` tells what each is. */
export interface TunePair {
  readonly image: string;
  readonly captions: readonly string[];
  readonly class: number;
  readonly groups: readonly number[];
  readonly weight: number;
  readonly negatives: readonly (readonly string[])[];
  readonly heldOut: boolean;
}

/** The pairs that a Python trainer gets. `withoutFile` counts pictures that no program but Winnow can open by a path. */
export interface TunePairs {
  readonly pairs: readonly TunePair[];
  readonly withoutVectors: number;
  readonly withoutFile: number;
  readonly origin: JobOrigin;
}

/** The same pairs as the head trainer trains on, in words and paths; the frozen encoder's trust in each is its weight. Throws a TuneError where no picture lies in a file of its own. */
export async function gatherTunePairs(
  env: Env,
  dataset: AnalysedDataset,
  { seed, heldOut }: { readonly seed: number; readonly heldOut: string },
): Promise<TunePairs> {
  const { id, dim, folder, name } = (await findEncoderOf(env, dataset.root)).encoder.descriptor;
  const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
  const gathered = await gatherTuneSet(dataset, { images, texts, seed, heldOut });
  const paths = await pathsOf(dataset, gathered);
  const groups = groupsOf(gathered.set.together, gathered.rows.length);
  const weights = trustWeights(gathered.set);
  const pairs = gathered.captionsOf.flatMap((captions, item): readonly TunePair[] => {
    const image = paths[item];
    if (image === undefined) return [];
    const negatives = captions.map((text) => makeTextNegatives(text, seed + item));
    const heldOutItem = gathered.set.heldOut[item] === 1;
    return [
      {
        image,
        captions,
        class: gathered.set.classOf[item]!,
        groups: groups[item]!,
        weight: weights[item]!,
        negatives,
        heldOut: heldOutItem,
      },
    ];
  });
  if (pairs.length === 0)
    throw new TuneError(
      "No picture of this dataset lies in a file of its own, which is all that Python's trainers open: export copies (winnow export --pictures copy) and tune those",
    );
  const origin = { encoder: { id, folder, name }, heldOut, seed, digest: digestOfSet(id, gathered) };
  return { pairs, withoutVectors: gathered.withoutVectors, withoutFile: gathered.captionsOf.length - pairs.length, origin };
}

/** What is trained on, counted, and how many images are held out; `shown` are the images of an epoch. */
export function countPairs(pairs: readonly TunePair[]): { readonly data: JobData; readonly heldOut: number } {
  const trained = pairs.filter(({ heldOut }) => !heldOut);
  const data = {
    images: trained.length,
    pairs: trained.reduce((sum, { captions }) => sum + captions.length, 0),
    captions: new Set(trained.flatMap(({ captions }) => captions)).size,
    shown: trained.length,
  };
  return { data, heldOut: pairs.length - trained.length };
}

/** Writes the list of the trainer `full` into a run's folder. */
export async function writePairs(folder: string, pairs: readonly TunePair[]): Promise<void> {
  await writeAtomically(join(folder, fullFiles.pairs), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""));
}

/** Writes the lists of stock open_clip into a run's folder, a row a pair, and gives their paths; there is none of what is held out where nothing is. */
export async function writeLists(
  folder: string,
  pairs: readonly TunePair[],
): Promise<{ readonly train: string; readonly validation: string | undefined }> {
  const write = async (name: string, some: readonly TunePair[]): Promise<string> => {
    const items = some.map(({ image, captions }) => ({
      ...{ sample: image, locator: { kind: "file", path: image } as const, folder: "", picture: image },
      captions: captions.map((text, index) => ({ text: onOneLine(text), index })),
    }));
    const style = { separator: "\t", nameFrom: (picture: string) => picture, pathOf: (picture: string) => picture };
    const [file] = [...openClip.files(items, style)];
    const path = join(folder, name);
    await writeAtomically(path, [...file!.pieces()].join(""));
    return path;
  };
  const held = pairs.filter(({ heldOut }) => heldOut);
  return {
    train: await write(
      "train.csv",
      pairs.filter(({ heldOut }) => !heldOut),
    ),
    validation: held.length === 0 ? undefined : await write("validation.csv", held),
  };
}

/** The path of each item's picture; undefined for one in an archive or a table, or whose name is not valid UTF-8. */
async function pathsOf(dataset: AnalysedDataset, { rows }: GatheredSet): Promise<readonly (string | undefined)[]> {
  const samples = await dataset.samples();
  return rows.map((row) => {
    const { locator } = samples[row]!;
    return locator.kind === "file" && locator.nameBytes === undefined ? locator.path : undefined;
  });
}

function groupsOf(together: readonly (readonly number[])[], items: number): readonly (readonly number[])[] {
  const groups: number[][] = Array.from({ length: items }, () => []);
  together.forEach((members, group) => members.forEach((item) => groups[item]!.push(group)));
  return groups;
}
