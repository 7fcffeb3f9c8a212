import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ImageTrainer } from "../../core/tune/imageTrainers/imageTrainer.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { TuneError } from "./tuneError.ts";

/** Sees to it that the script which a job starts is there. Throws a TuneError in one sentence where it isn't. */
export function assertFound({ args, cwd }: Pick<TuneJob, "args" | "cwd">, trainer: string): void {
  const script = args.find((word) => word.endsWith(".py"));
  if (script === undefined || existsSync(resolve(cwd, script))) return;
  throw new TuneError(`${trainer} was not found: name its checkout by --option trainerFolder=…, where ${script} lies`);
}

/**
 * Runs a job of a text-to-image trainer to its end and gives its exit code, null where a signal ended it; what it writes goes to this process's error output. Throws a TuneError where the
 * trainer isn't found.
 */
export async function runTuneJob(
  job: TuneJob,
  { trainer, signal }: { readonly trainer: Pick<ImageTrainer, "name">; readonly signal: AbortSignal },
): Promise<number | null> {
  assertFound(job, trainer.name);
  return await new Promise((settle, reject) => {
    const child = spawn(job.command, job.args, { cwd: job.cwd, env: { ...process.env, ...job.env }, stdio: ["inherit", 2, 2], signal });
    child.on("error", (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else
        reject(
          new TuneError(
            `${job.command} could not be started (${error.message}): install ${trainer.name}, or name its interpreter by --option python=…`,
          ),
        );
    });
    child.on("close", settle);
  });
}
