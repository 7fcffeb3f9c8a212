/** A place of the page that shows the answer of one request at a time: a new request stops the one before. */
export interface Slot {
  /** Runs a request; undefined when a later one took its place before it answered. Rejects as the request does. */
  run<Result>(request: (signal: AbortSignal) => Promise<Result>): Promise<Result | undefined>;
  stop(): void;
}

/** Makes a slot with nothing in flight. */
export function createSlot(): Slot {
  let current: AbortController | undefined;
  const stop = (): void => {
    current?.abort(new DOMException("Another request took its place", "AbortError"));
    current = undefined;
  };
  return {
    stop,
    run: async (request) => {
      stop();
      const own = new AbortController();
      current = own;
      try {
        const result = await request(own.signal);
        return current === own ? result : undefined;
      } catch (error) {
        if (own.signal.aborted) return undefined;
        throw error;
      } finally {
        if (current === own) current = undefined;
      }
    },
  };
}
