import { z } from "zod";
import type { LossState } from "../../core/losses/loss.ts";
import type { Moments } from "../../core/tune/adamW.ts";
import { falls, type Fall } from "../../core/tune/endings.ts";
import type { Watched } from "../../core/tune/guard.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import type { Rows, Tensors } from "../../core/tune/rows.ts";
import type { StoredTensor } from "./safetensors.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { TuneError } from "./tuneError.ts";

/** Where a run stands after a whole epoch: nothing else is needed to go on as if it had never stopped. */
export interface Checkpoint {
  /** Epochs that are done. */
  readonly epoch: number;
  readonly steps: number;
  readonly weights: Tensors;
  readonly moments: Moments;
  readonly state: LossState;
  readonly best: { readonly epoch: number; readonly recall: Recall; readonly weights: Tensors };
  readonly before: Watched;
  /** The fall by which the run ends after this epoch. */
  readonly fall: Fall | undefined;
}

const share = z.number().nullable();
const recallShape = z.object({ imageToText: share, textToImage: share });
const told = z.object({
  epoch: z.number().int(),
  steps: z.number().int(),
  momentSteps: z.number().int(),
  best: z.object({ epoch: z.number().int(), recall: recallShape }),
  before: recallShape,
  // Runs that began before the canary was watched go on without it.
  canary: share.default(null),
  fall: z.enum(falls).optional(),
  queueColumns: z.number().int().optional(),
});

/** Writes a checkpoint in one piece. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { epoch, steps, weights, moments, state, best, before, fall } = checkpoint;
  const tensors: Record<string, StoredTensor> = {
    ...stored("weights", weights),
    ...stored("first", moments.first),
    ...stored("second", moments.second),
    ...stored("best", best.weights),
    ...(state.queue && { "state/queue": { shape: [state.queue.rows, state.queue.columns], values: state.queue.values } }),
  };
  for (const side of ["images", "texts"] as const)
    for (const [name, values] of Object.entries(state[side] ?? {}) as [string, Float64Array][])
      tensors[`state/${side}/${name}`] = { shape: [values.length], values };
  const words = {
    epoch,
    steps,
    momentSteps: moments.steps,
    best: { epoch: best.epoch, recall: best.recall },
    before: before.recall,
    canary: before.canary,
    fall,
    queueColumns: state.queue?.columns,
  };
  await writeSafetensors(path, { tensors, metadata: { winnow: JSON.stringify(words) } });
}

/** Reads a checkpoint. Throws a TuneError where it can't be read. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path);
  const words = told.safeParse(jsonOf(metadata["winnow"]));
  if (!words.success) throw new TuneError(`${path} is no checkpoint of this version of Winnow: begin the run anew`);
  const { epoch, steps, momentSteps, best, before, canary, fall } = words.data;
  return {
    epoch,
    steps,
    weights: taken("weights", tensors),
    moments: { first: taken("first", tensors), second: taken("second", tensors), steps: momentSteps },
    state: stateOf(tensors),
    best: { epoch: best.epoch, recall: recallOf(best.recall), weights: taken("best", tensors) },
    before: { recall: recallOf(before), canary: canary ?? NaN },
    fall,
  };
}

function jsonOf(text = "null"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON has no NaN: what is unknown is null there. */
function recallOf({ imageToText, textToImage }: z.infer<typeof recallShape>): Recall {
  return { imageToText: imageToText ?? NaN, textToImage: textToImage ?? NaN };
}

function stored(prefix: string, weights: Tensors): Record<string, StoredTensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { rows, columns, values }]) => [`${prefix}/${name}`, { shape: [rows, columns], values }]),
  );
}

function taken(prefix: string, tensors: Readonly<Record<string, StoredTensor>>): Tensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length + 1), rowsOf(tensor)]));
}

function rowsOf({ shape, values }: StoredTensor): Rows {
  return { rows: shape[0]!, columns: shape[1]!, values: Float32Array.from(values) };
}

function stateOf(tensors: Readonly<Record<string, StoredTensor>>): LossState {
  const queue = tensors["state/queue"];
  const side = (name: "images" | "texts") => {
    const [temperatures, averages] = [tensors[`state/${name}/temperatures`], tensors[`state/${name}/averages`]];
    if (temperatures === undefined || averages === undefined) return {};
    return { [name]: { temperatures: Float64Array.from(temperatures.values), averages: Float64Array.from(averages.values) } };
  };
  return { ...(queue && { queue: rowsOf(queue) }), ...side("images"), ...side("texts") };
}
