import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { fullFiles, fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import { openClipFiles, openClipTrainer } from "../../core/tune/jobs/openClipJob.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { writeAtomically } from "../store/files.ts";
import { callPython, pythonProgram } from "./pythonProgram.ts";
import { runFiles } from "./runFolder.ts";
import { TuneError } from "./tuneError.ts";

/** Where the encoder of a run of a Python trainer lies once it is done: in a folder of the run's own name, which is the encoder's. */
export function exportedFolder(folder: string): string {
  return join(folder, basename(folder));
}

const answerShape = z.object({ folder: z.string(), worstCosine: z.number(), pictures: z.number(), texts: z.number() });

/** An encoder that was made of what a run trained: its folder, and the worst cosine between its graphs and torch, over so many pictures of noise and texts. */
export type ExportedEncoder = z.infer<typeof answerShape>;

/** Whether what a trainer leaves can be made an encoder by `exportTuned`. */
export function isExportable({ trainer }: TuneJob): boolean {
  return trainer === fullTrainer || trainer === openClipTrainer;
}

/**
 * Makes an encoder in ONNX of what a run has trained, with graphs that agree with torch's, and keeps in the run's folder how well they do. Throws a TuneError where nothing is trained
 * yet, or the two differ.
 */
export async function exportTuned(job: TuneJob, signal: AbortSignal): Promise<ExportedEncoder> {
  const words = job.trainer === fullTrainer ? wordsOfFull(job) : await wordsOfStock(job);
  const args = [exportedFolder(job.folder), ...words];
  const answer = answerShape.safeParse(await callPython({ interpreter: job.command, program: "export", args }, signal));
  if (!answer.success) throw new TuneError(`${job.command} wrote the encoder in ${job.folder}, but does not tell how well it agrees`);
  await writeAtomically(join(job.folder, runFiles.exported), `${JSON.stringify(answer.data)}\n`);
  return answer.data;
}

/** What was told when a run's encoder was made; undefined where that isn't known. */
export async function readExported(folder: string): Promise<ExportedEncoder | undefined> {
  try {
    return answerShape.parse(JSON.parse(await readFile(join(folder, runFiles.exported), "utf8")));
  } catch {
    return undefined;
  }
}

/** The words after the Python that make the encoder of a job once all of its epochs are done. */
export function exportWords(job: TuneJob): readonly string[] {
  const { args, folder } = job;
  const words =
    job.trainer === fullTrainer
      ? wordsOfFull(job)
      : wordsOfEpoch(job, join(folder, openClipFiles(job).checkpoints), Number(args[args.indexOf("--epochs") + 1]));
  return [pythonProgram("export"), exportedFolder(folder), ...words];
}

function wordsOfFull({ folder }: TuneJob): readonly string[] {
  return ["--model", `local-dir:${join(folder, fullFiles.model)}`];
}

/** The newest checkpoint of stock open_clip, and the model that it is one of. */
async function wordsOfStock(job: TuneJob): Promise<readonly string[]> {
  const checkpoints = join(job.folder, openClipFiles(job).checkpoints);
  const names = await readdir(checkpoints).catch(() => [] as string[]);
  const epochs = names.flatMap((name) => /^epoch_(\d+)\.pt$/.exec(name)?.[1] ?? []).map(Number);
  if (epochs.length === 0) throw new TuneError(`There is no checkpoint in ${checkpoints} yet: let the run do a whole epoch`);
  return wordsOfEpoch(job, checkpoints, Math.max(...epochs));
}

function wordsOfEpoch({ args }: TuneJob, checkpoints: string, epoch: number): readonly string[] {
  return ["--model", args[args.indexOf("--model") + 1]!, "--checkpoint", join(checkpoints, `epoch_${epoch}.pt`)];
}
