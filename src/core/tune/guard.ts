import type { Fall } from "./endings.ts";
import { meanRecall, type Recall } from "./retrieval.ts";

/** What is watched from epoch to epoch: recall on what is held out, and the mean one on the canary's pictures, which nobody trains on; NaN unknown, as is all of what was chance at the beginning. */
export interface Watched {
  readonly recall: Recall;
  readonly canary: number;
}

/** Fewer than so many found at the beginning are chance, by which one is found however many images there are, and no measure of what is lost. */
const leastFound = 10;

/** Whether a mean recall over so many images tells that something is known. */
export function isAboveChance(recall: number, images: number): boolean {
  return recall * images >= leastFound;
}

/** Whether a mean recall has fallen below a share of what it was at the beginning; never where that was chance, or either is unknown. */
export function hasFallen(recall: number, before: number, { share, images }: { share: number; images: number }): boolean {
  return isAboveChance(before, images) && recall < share * before;
}

/**
 * By which fall a run ends: below the share `guard` of what it was at the beginning, of recall on `images` that are held out or of the canary; a guard of 0 never ends it.
 * The epoch is then never the best, however much it learned.
 */
export function findFall(now: Watched, before: Watched, { guard, images }: { guard: number; images: number }): Fall | undefined {
  if (hasFallen(meanRecall(now.recall), meanRecall(before.recall), { share: guard, images })) return "fallen";
  return now.canary < guard * before.canary ? "forgotten" : undefined;
}
