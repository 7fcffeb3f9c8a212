/** An encoder that cannot be used: the message says what is wrong with which file and what to put where. */
export class EncoderError extends Error {
  override readonly name = "EncoderError";
}
