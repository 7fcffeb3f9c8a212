import { errorIn } from "../failure.ts";
import { type OutputReader, stepsShort } from "./trainerOutput.ts";

/**
 * Why a trainer that ended as if all were well was not through, by how far its bar came and the end of its log; undefined where it was. SimpleTuner ends so when its training fails.
 */
export function shortfallOf(trainer: string, reached: OutputReader["reached"], logEnd: string): string | undefined {
  const isThrough = reached !== undefined && reached.done >= reached.total - stepsShort;
  if (isThrough) return undefined;
  const error = errorIn(logEnd);
  if (reached === undefined) return error === undefined ? undefined : `${trainer} ended before its first step: ${error}`;
  return `${trainer} ended after ${reached.done} of ${reached.total} steps${error === undefined ? ", and didn't say why" : `: ${error}`}`;
}
