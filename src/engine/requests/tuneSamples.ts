import { readFile, stat } from "node:fs/promises";
import { isThumbnailSide, thumbnailSides } from "../../core/pixels/thumbnailSides.ts";
import { arrangeSamples } from "../../core/tune/imageTrainers/samples.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { OfTuneRun } from "../../protocol/tuneRuns.ts";
import type { TuneSamplesApi } from "../../protocol/tuneSamples.ts";
import { defaultDecodeLimits } from "../decode/decodePicture.ts";
import { thumbnailQuality } from "../decode/thumbnail.ts";
import type { Env } from "../env.ts";
import { mapInOrder } from "../store/concurrent.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { listSamples, type TuneSamples } from "../tune/imageSamples.ts";
import { findRun } from "../tune/runFolder.ts";
import { TuneError } from "../tune/tuneError.ts";
import { lookAt } from "./pictures.ts";
import { joinThumbnails } from "./thumbnailBatch.ts";

/** Pictures of one request at most. */
const mostNames = 100;
/** Pictures whose bytes lie in memory at once. */
const readsAtOnce = 8;
const isGone = "is not there any more";

/** What the store answers about the sample pictures of runs. A picture is named by the page and found in the list, so that nothing else is read. */
export function createTuneSampleHandlers(env: Env): Handlers<TuneSamplesApi> {
  return {
    readTuneSamples: async (request) => {
      const { prompts, samples } = await samplesOf(env, request);
      const { checkpoints, pictures } = arrangeSamples(samples);
      const told = await Promise.all(
        pictures.map(async ({ row, column, name, path }) => ({ row, column, name, version: await versionOf(path) })),
      );
      return { prompts, checkpoints, pictures: told };
    },
    readTuneSampleThumbnails: async ({ names, side, ...run }, { signal }) => {
      if (!isThumbnailSide(side))
        throw new RangeError(`Expected ${thumbnailSides.join(", ")} for the side of small pictures but received ${side}`);
      if (names.length > mostNames) throw new RangeError(`Expected at most ${mostNames} pictures but received ${names.length}`);
      const listed = await samplesOf(env, run);
      const shape = { side, quality: thumbnailQuality };
      const make = async (name: string): Promise<Uint8Array | string> => {
        const path = pathOf(listed, name);
        return path === undefined ? isGone : await makeSmall(env, path, { shape, signal });
      };
      const found: (Uint8Array | string)[] = [];
      for await (const result of mapInOrder(names, readsAtOnce, make)) found.push(result);
      return joinThumbnails(names, found);
    },
    findTuneSample: async ({ name, ...run }) => {
      const path = pathOf(await samplesOf(env, run), name);
      if (path === undefined) throw new TuneError(`The sample picture ${name} is not there any more: refresh the view`);
      return { path };
    },
  };
}

async function samplesOf(env: Env, { root, run }: OfTuneRun): Promise<TuneSamples> {
  return await listSamples((await findRun((await locateDataset(env, root)).folder, run)).folder);
}

function pathOf({ samples }: TuneSamples, name: string): string | undefined {
  return samples.find((sample) => sample.name === name)?.path;
}

/** A picture that is still being written changes with the next look. */
async function versionOf(path: string): Promise<string> {
  const told = await stat(path).catch(() => undefined);
  return told === undefined ? "" : `${told.mtimeMs} ${told.size}`;
}

async function makeSmall(
  env: Env,
  path: string,
  { shape, signal }: { readonly shape: { readonly side: number; readonly quality: number }; readonly signal: AbortSignal },
): Promise<Uint8Array | string> {
  const told = await stat(path).catch(() => undefined);
  if (told !== undefined && told.size > defaultDecodeLimits.sizeBytes) return "is too large";
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return isGone;
  const preview = await lookAt(env, bytes, shape, signal);
  return typeof preview === "string" ? preview : preview.bytes;
}
