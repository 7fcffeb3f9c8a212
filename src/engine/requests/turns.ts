import type { Lanes } from "./lanes.ts";
import { createLanes } from "./lanes.ts";

/** Does pieces of work that must not overlap, those of one key in the order in which they came. */
export interface Turns {
  /** Begins when all earlier work of the key has ended, however it ended. A signal that fires while it waits ends the wait with its reason. */
  take<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

/** Makes turns that nobody has taken yet. */
export function createTurns(): Turns {
  const lanes = new Map<string, Lanes>();
  return {
    take: (key, signal, work) => {
      const lane = lanes.get(key) ?? createLanes(1);
      lanes.set(key, lane);
      return lane.run(signal, work);
    },
  };
}
