import { isComparisonJob } from "../core/tune/runJob.ts";
import { startComparison } from "../engine/requests/comparisonRun.ts";
import { readAgainstRandom } from "../engine/tune/comparisonFiles.ts";
import { TuneError, TuneStoppedError } from "../engine/tune/tuneError.ts";
import type { AgainstRandom } from "../protocol/againstRandom.ts";
import { folderOperand, numberOption, type Call } from "./command.ts";
import { followRun } from "./followRun.ts";

/** What was found out about a run, which is named by its id. */
interface Compared {
  readonly of: string;
  readonly againstRandom: AgainstRandom;
}

/**
 * Was it the curation? Asks it of a run, or of the newest, as `--against-random` wants: in a run of its own, which the same words go on with where it was cut off. Undefined where nobody asks.
 * Throws a TuneStoppedError where it was stopped, and a TuneError where it failed.
 */
export async function compareIfAsked(call: Call, run: string | null): Promise<Compared | undefined> {
  const seeds = numberOption(call.words, "against-random");
  if (seeds === undefined) return undefined;
  const { id, folder } = await startComparison(call.env, { root: folderOperand(call.words), run, seeds }, call.signal);
  call.tell(`The comparison is the run ${id}, and its log is in ${folder}`);
  const { state, message = `its log in ${folder} says why`, job } = await followRun(call, id);
  if (state === "stopped") throw new TuneStoppedError(message);
  const againstRandom = state === "done" ? await readAgainstRandom(folder) : null;
  if (!isComparisonJob(job) || againstRandom === null) throw new TuneError(`The comparison ${id} ${state}: ${message}`);
  return { of: job.of, againstRandom };
}
