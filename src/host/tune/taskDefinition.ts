import type { TuneRequest } from "../../protocol/tuneRuns.ts";

/** The type of our tasks in tasks.json. */
export const taskType = "winnow";

/** A task as tasks.json has it: its trainer, the dataset's folder (the only one, where nothing is said), and the trainer's options by name. */
export interface TuneTaskDefinition {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** What a task asks for, its dataset as it is written there. */
export interface AskedTask extends Omit<TuneRequest, "root"> {
  readonly dataset: string | undefined;
}

const own: ReadonlySet<string> = new Set(["type", "trainer", "dataset"]);

/** Reads a task; the engine says what is off about the options. */
export function askedOfTask(definition: TuneTaskDefinition): AskedTask {
  const { trainer, dataset } = definition;
  const given = Object.entries(definition).filter(
    (entry): entry is [string, string | number | boolean] =>
      !own.has(entry[0]) && ["string", "number", "boolean"].includes(typeof entry[1]),
  );
  return {
    trainer: typeof trainer === "string" ? trainer : "head",
    dataset: typeof dataset === "string" && dataset !== "" ? dataset : undefined,
    options: Object.fromEntries(given),
  };
}

/** The task that asks for this. */
export function taskOf({ dataset, trainer, options }: AskedTask): TuneTaskDefinition {
  return { type: taskType, trainer, ...(dataset === undefined ? {} : { dataset }), ...options };
}
