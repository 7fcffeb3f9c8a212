import { TuneError } from "./tuneError.ts";

/** How what follows a trainer is told that it is over, and stops it where its loss is no number any more. */
export interface Following {
  readonly lost: AbortController;
  readonly ended: AbortSignal;
}

/**
 * Does a trainer's work, and meanwhile follows what it tells. Throws what the work throws, or what following it does; where the loss is no number any more the work is stopped, and it is a
 * TuneError that says so.
 */
export async function whileFollowed(
  { signal, work }: { readonly signal: AbortSignal; readonly work: (signal: AbortSignal) => Promise<void> },
  follow: (following: Following) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const ended = new AbortController();
  const reading = follow({ lost, ended: ended.signal });
  void reading.catch(() => undefined); // what it fails with is told once the work is over
  const [outcome] = await Promise.allSettled([work(AbortSignal.any([signal, lost.signal]))]);
  ended.abort();
  await reading;
  // A trainer may be through with all of its steps before its words are read.
  if (lost.signal.aborted) throw lossIsLost();
  if (outcome.status === "rejected") throw outcome.reason;
}

function lossIsLost(): TuneError {
  return new TuneError("The loss is no number any more: lower the rate, or train in fp32");
}
