import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { AgainstRandom } from "../../protocol/againstRandom.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { appendJsonLines, readJsonLines } from "../store/jsonLines.ts";
import { runFiles } from "./runFolder.ts";

const armShape = z.object({ seed: z.number(), isCurated: z.boolean(), recall: z.number(), ms: z.number() });

/** A training of a comparison that is done: the recall that it came to as a share, and how long it took. */
export type DoneArm = z.infer<typeof armShape>;

/** Adds a training of a comparison to those that are done. */
export async function addDoneArm(env: Env, folder: string, arm: DoneArm): Promise<void> {
  await appendJsonLines(env, join(folder, runFiles.arms), [arm]);
}

/** The trainings of a comparison that are done, in their order. */
export async function readDoneArms(env: Env, folder: string): Promise<readonly DoneArm[]> {
  return (await readJsonLines(env, join(folder, runFiles.arms), (value) => armShape.safeParse(value).data)).rows;
}

const answerShape = z.object({
  pairs: z.number(),
  ofPairs: z.number(),
  curated: z.array(z.number()),
  random: z.array(z.number()),
  difference: z.object({ mean: z.number(), low: z.number().nullable(), high: z.number().nullable() }),
});

/** Keeps in a run's folder whether it was the curation. */
export async function writeAgainstRandom(folder: string, answer: AgainstRandom): Promise<void> {
  await writeAtomically(join(folder, runFiles.againstRandom), `${JSON.stringify(answer)}\n`);
}

/** What was last answered about a run; null where nobody asked, or it can't be read. */
export async function readAgainstRandom(folder: string): Promise<AgainstRandom | null> {
  const text = await readFile(join(folder, runFiles.againstRandom), "utf8").catch(() => undefined);
  if (text === undefined) return null;
  try {
    return answerShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
