/** What is to become of a pair or a sample. */
export type Decision = "keep" | "drop" | "review";

/** Who decided. A person's verdict wins over a rule's, and a model's over a rule's but not over a person's. */
export type Actor = "person" | "model" | "rule";

/**
 * A decision about a pair (`captionIndex` given) or a whole sample (`captionIndex` undefined), with its reason in words.
 * `captionHash` is the first 16 hexadecimal digits of the SHA-256 of the caption's UTF-8 text, so that the verdict finds its caption again after re-ordering.
 */
export interface Verdict {
  readonly sample: string;
  readonly captionIndex?: number;
  readonly captionHash?: string;
  readonly decision: Decision;
  readonly actor: Actor;
  readonly reason: string;
}
