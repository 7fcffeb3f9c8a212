import { trainers } from "../../core/trainers/trainers.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { TrainersApi } from "../../protocol/trainers.ts";
import type { Env } from "../env.ts";
import { clearCaches } from "./clearCaches.ts";
import { trainerOptions } from "./readAs.ts";

/** What the store answers about trainers; reading a folder as one of them is the compute process's, for it may load a tokenizer. */
export function createTrainerHandlers(env: Env): Handlers<TrainersApi> {
  return {
    listTrainers: () =>
      trainers.map((trainer) => ({ id: trainer.id, name: trainer.name, source: trainer.source, options: trainerOptions(trainer) })),
    clearCaches: (request, watching) => clearCaches(env, request, watching),
  };
}
