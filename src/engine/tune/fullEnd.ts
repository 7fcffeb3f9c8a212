import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fullFiles } from "../../core/tune/jobs/fullJob.ts";
import { runEnds, type RunEnd } from "../../core/tune/endings.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { TuneError } from "./tuneError.ts";

const endShape = z.object({ end: z.enum(runEnds), bestEpoch: z.number().int() });

/** How a run of the trainer `full` ended, and the epoch whose weights go out, 0 for those at the beginning. Throws a TuneError where it has not ended. */
export async function readFullEnd(folder: string): Promise<{ readonly end: RunEnd; readonly bestEpoch: number }> {
  const path = join(folder, fullFiles.state);
  const text = await readFile(path, "utf8").catch(() => "null");
  try {
    return endShape.parse(JSON.parse(text));
  } catch (error) {
    throw new TuneError(`${path} does not tell how the run ended: look into its log`, { cause: error });
  }
}

// Jobs that were written before there was a guard ran without one.
const settingsShape = z.object({ patience: z.number().default(0), guard: z.number().default(0) });

/** What may end a job before its last epoch by recall; 0 never does, as in all jobs but those of `full`. */
export function readEndSettings({ files }: TuneJob): z.infer<typeof settingsShape> {
  const text = files.find(({ path }) => path === fullFiles.settings)?.text;
  return settingsShape.parse(text === undefined ? {} : JSON.parse(text));
}
