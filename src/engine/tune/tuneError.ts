/** Thrown when a run can't begin or go on; the message says what to do. */
export class TuneError extends Error {
  override readonly name = "TuneError";
}

/** Thrown when a person stopped a run; what is done is kept. */
export class TuneStoppedError extends Error {
  override readonly name = "TuneStoppedError";
}
