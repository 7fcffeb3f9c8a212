import type { ModelUse } from "../../core/modelUse.ts";

/** Takes the time of a model's runs and of what lies between them. It starts when it is made. */
export interface UseMeter {
  /** Times a run on so many rows. */
  run<T>(rows: number, run: () => Promise<T>): Promise<T>;
  /** Leaves out what is neither running nor waiting: loading the model. */
  leaveOut<T>(work: () => Promise<T>): Promise<T>;
  /** The use up to the last run's end; undefined where nothing ran. */
  use(): ModelUse | undefined;
}

/** Makes a meter; `now` gives milliseconds. */
export function createUseMeter(now: () => number): UseMeter {
  const startedAt = now();
  let leftOutMs = 0;
  let runMs = 0;
  let batches = 0;
  let rows = 0;
  let endedAt = startedAt;
  return {
    run: async (count, run) => {
      const from = now();
      const result = await run();
      endedAt = now();
      runMs += endedAt - from;
      batches += 1;
      rows += count;
      return result;
    },
    leaveOut: async (work) => {
      const from = now();
      const result = await work();
      leftOutMs += now() - from;
      return result;
    },
    use: () => {
      if (batches === 0) return undefined;
      const ms = endedAt - startedAt - leftOutMs;
      return { batches, rows, ms, idleShare: ms > 0 ? Math.max(0, 1 - runMs / ms) : undefined };
    },
  };
}
