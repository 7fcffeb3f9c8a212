import type { Prompt } from "../../core/rewriters/prompt.ts";

/** A prompt with the picture that goes along, as JPEG. */
export interface Question {
  readonly prompt: Prompt;
  readonly picture: Uint8Array | undefined;
}

/** What answers prompts. `retries` counts the calls that were made again. */
export interface Answerer {
  /** Names the model, as the author of what it writes. */
  readonly model: string;
  readonly retries: () => number;
  /** The answer as it came. Throws `AnswerError`, and the signal's reason. */
  answer(question: Question, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** How an answer failed to come. "refused" is a server that says that it won't (a wrong key, an unknown model): the next question would fare no better. */
export type AnswerFailure = "timeout" | "dropped" | "busy" | "rubbish" | "refused" | "unreachable";

/** No answer was to be had; the message is a sentence for people, and never holds a key. */
export class AnswerError extends Error {
  readonly failure: AnswerFailure;
  constructor(failure: AnswerFailure, message: string) {
    super(message);
    this.name = "AnswerError";
    this.failure = failure;
  }
}
