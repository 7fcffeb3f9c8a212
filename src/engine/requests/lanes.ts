/** A number of lanes: so much work goes on at once, whoever asks for it, in the order in which it was asked for. */
export interface Lanes {
  /** Does work when a lane is free. Work that waits is given up, with the signal's reason, as soon as the signal fires. */
  run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

/** Makes lanes that are all free. */
export function createLanes(count: number): Lanes {
  const waiting = new Set<() => void>();
  let free = count;
  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        waiting.delete(go);
        reject(signal.reason as Error);
      };
      const go = (): void => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      waiting.add(go);
      signal.addEventListener("abort", stop, { once: true });
    });
  };
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  };
  return {
    run: async (signal, work) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
