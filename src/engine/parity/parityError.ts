/** A comparison that can't be made: the message says what is missing and what to do. */
export class ParityError extends Error {
  override readonly name = "ParityError";
}
