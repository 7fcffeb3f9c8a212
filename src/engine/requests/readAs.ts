import { resolve } from "node:path";
import { parseOptions, type Options, type OptionTable } from "../../core/prune/options.ts";
import { findCaches } from "../../core/trainers/caches.ts";
import { createTally, type TokenCounter } from "../../core/trainers/dryRun.ts";
import { looksLikePicture } from "../../core/trainers/paths.ts";
import { commonOptions, type Trainer } from "../../core/trainers/trainer.ts";
import { trainers } from "../../core/trainers/trainers.ts";
import type { ReadAsRequest, TrainerPair, TrainerReading } from "../../protocol/trainers.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { findEncoder } from "../encode/encoders.ts";
import type { Env } from "../env.ts";
import { openTrainerFolder } from "./trainerFolder.ts";

/** How a reading is watched: `onPair` gets every pair in order and may make the reading wait. Progress counts pictures, or shards where pictures lie in them. */
export interface WatchReading {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  readonly onPair?: (pair: TrainerPair) => Promise<void> | void;
}

const usualPairs = 100;
const progressEveryMs = 100;

/** The options of a trainer, its own before those that all have. */
export function trainerOptions(trainer: Trainer): OptionTable {
  return { ...commonOptions, ...trainer.options };
}

/** Reads a folder as a trainer would, and writes nothing. Throws a `RangeError` in one sentence for a trainer or an option that isn't known. */
export async function readAs(env: Env, request: ReadAsRequest, { signal, onProgress, onPair }: WatchReading): Promise<TrainerReading> {
  const trainer = findTrainer(request.trainer);
  const options = optionsOf(trainer, request.options);
  const tally = createTally(trainer, options, request.encoder === undefined ? undefined : await tokenCounter(env, request.encoder));
  const folder = await openTrainerFolder(env, resolve(request.root), signal);
  const total = folder.files.filter(({ path }) => looksLikePicture(path) || path.endsWith(".tar")).length;
  const report = createReport(env, total, onProgress);
  const pairs: TrainerPair[] = [];
  for await (const event of trainer.read(folder, options)) {
    signal.throwIfAborted();
    tally.add(event);
    if (event.kind !== "pair") continue;
    const { image, texts, set, repeats } = event;
    report.step(image);
    if (pairs.length < (request.pairs ?? usualPairs)) pairs.push({ image, texts, set, repeats });
    await onPair?.({ image, texts, set, repeats });
  }
  report.end();
  return { dryRun: tally.result(), pairs, caches: findCaches(folder.files) };
}

function findTrainer(id: string): Trainer {
  const trainer = trainers.find((known) => known.id === id);
  if (trainer === undefined) throw new RangeError(`Expected one of ${trainers.map((known) => known.id).join(", ")} but received "${id}"`);
  return trainer;
}

function optionsOf(trainer: Trainer, given: ReadAsRequest["options"]): Options {
  const options = parseOptions(trainerOptions(trainer), given);
  if (typeof options === "string") throw new RangeError(`${trainer.name}: ${options}`);
  const few = ["batchSize", "epochs"].find((name) => !(Number(options[name]) >= 1));
  if (few !== undefined) throw new RangeError(`Expected a number from 1 for ${few} but received ${String(options[few])}`);
  return options;
}

/** Counts by an encoder's tokenizer; what it puts around an empty text is not counted. */
async function tokenCounter(env: Env, encoder: string): Promise<TokenCounter> {
  const { descriptor, tokenizer } = await readEncoder(env, (await findEncoder(env, encoder)).folder);
  const lengths = (texts: readonly string[]): Int32Array =>
    Int32Array.from(tokenizer.tokenize([...texts], descriptor.contextLength).lengths);
  const special = lengths([""])[0] ?? 0;
  return {
    name: descriptor.name,
    count: (texts) => (texts.length === 0 ? new Int32Array() : lengths(texts).map((length) => length - special)),
  };
}

function createReport(env: Env, total: number, onProgress: WatchReading["onProgress"]): { step: (image: string) => void; end: () => void } {
  let [done, reportedMs, archive] = [0, env.now(), ""];
  return {
    step: (image) => {
      const at = image.indexOf(".tar#");
      const name = at < 0 ? "" : image.slice(0, at);
      if (name === "" || name !== archive) done = Math.min(done + 1, total);
      archive = name;
      if (env.now() - reportedMs < progressEveryMs) return;
      reportedMs = env.now();
      onProgress?.({ done, total });
    },
    end: () => onProgress?.({ done: total, total }),
  };
}
