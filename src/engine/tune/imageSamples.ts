import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SampleName } from "../../core/tune/imageTrainers/imageTrainer.ts";
import { findImageTrainer } from "../../core/tune/imageTrainers/imageTrainers.ts";
import { latestSamples } from "../../core/tune/imageTrainers/samples.ts";
import { isMissing } from "../store/fileMoves.ts";
import { isInside } from "../store/paths.ts";
import { TuneError } from "./tuneError.ts";

/** The name of the file that keeps a job in its folder. */
export const jobFileName = "job.json";

const keptShape = z.object({ trainer: z.string(), folder: z.string(), prompts: z.array(z.string()), samples: z.string().nullable() });

/** A sample picture: its file's name and absolute path, the checkpoint that painted it, and the number of its prompt. */
export interface TuneSample extends SampleName {
  readonly name: string;
  readonly path: string;
}

/** What a job's folder has of sample pictures: its prompts by number, and the pictures by checkpoint and prompt, the earliest checkpoint first. */
export interface TuneSamples {
  readonly prompts: readonly string[];
  readonly samples: readonly TuneSample[];
}

/**
 * Lists the sample pictures that a trainer has written for the job in a folder; a link is none. Throws a TuneError where there is no job, its trainer writes no sample pictures, or they are
 * said to lie elsewhere than below the job's own folder.
 */
export async function listSamples(folder: string): Promise<TuneSamples> {
  const job = await readKept(join(folder, jobFileName));
  const trainer = findImageTrainer(job.trainer);
  const { samples } = trainer ?? {};
  if (trainer === undefined || samples === undefined || job.samples === null)
    throw new TuneError(`${trainer?.name ?? job.trainer} leaves no sample pictures in files: look for them in its log`);
  const names = await namesIn(job.samples, job.folder);
  const found = names.flatMap((name): TuneSample[] => {
    const said = samples.parse(name);
    return said === undefined ? [] : [{ ...said, name, path: join(job.samples!, name) }];
  });
  return { prompts: job.prompts, samples: latestSamples(found) };
}

/** The plain files of a folder that lies below another with its links followed; none where it isn't there yet. */
async function namesIn(folder: string, below: string): Promise<string[]> {
  try {
    if (!isInside(await realpath(below), await realpath(folder)))
      throw new TuneError(`The job says that its sample pictures lie in ${folder}, which is not below its folder ${below}`);
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readKept(path: string): Promise<z.infer<typeof keptShape>> {
  try {
    return keptShape.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    throw new TuneError(`${path} is no job of a text-to-image trainer: name the folder that "winnow tune" wrote`);
  }
}
