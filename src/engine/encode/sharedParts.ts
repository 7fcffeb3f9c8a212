import type { Encoder, PartsOutput } from "./encoderFolder.ts";

/** What transformers calls states that the projection into the common space has still to follow. */
const hiddenState = /hidden_state/;

/**
 * Whether an encoder's patches and tokens can be compared with each other, as FILIP's can: both are outputs in the space of its vectors. Hidden states are not, whatever
 * their length.
 */
export function hasSharedParts({ descriptor, image, text }: Encoder): boolean {
  const isShared = (parts: PartsOutput | undefined): boolean =>
    parts !== undefined && parts.dim === descriptor.dim && !hiddenState.test(parts.output);
  return isShared(image.parts) && isShared(text.parts);
}
