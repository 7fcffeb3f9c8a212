import { aiToolkit } from "./aiToolkit.ts";
import { diffusers } from "./diffusers.ts";
import type { ImageTrainer } from "./imageTrainer.ts";
import { kohya } from "./kohya.ts";
import { simpleTuner } from "./simpleTuner.ts";

/** The trainers for text-to-image that jobs are made for. A new one is one file and one line here. */
export const imageTrainers: readonly ImageTrainer[] = [kohya, aiToolkit, simpleTuner, diffusers];

/** The trainer of an id, undefined where there is none. */
export function findImageTrainer(id: string): ImageTrainer | undefined {
  return imageTrainers.find((trainer) => trainer.id === id);
}
