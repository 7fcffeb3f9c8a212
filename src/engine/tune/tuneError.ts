/** Thrown when a run can't begin or go on; the message says what to do. */
export class TuneError extends Error {
  override readonly name = "TuneError";
}

/** What is told of a run that failed: a full disk gets a sentence that says what to do. */
export function failureOf(error: unknown, run: string): Error {
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOSPC")
    return new TuneError(`The disk is full: free some space and resume the run ${run}, which goes on from its last whole epoch`, {
      cause: error,
    });
  return error instanceof Error ? error : new Error(String(error));
}

/** Thrown when a person stopped a run; what is done is kept. */
export class TuneStoppedError extends Error {
  override readonly name = "TuneStoppedError";
}
