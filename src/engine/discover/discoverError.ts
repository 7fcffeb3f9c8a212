/** Why a folder can't be looked at as a dataset at all. */
export type DiscoverFailure = "missingFolder" | "notAFolder" | "unreadableFolder" | "emptyFolder" | "noFormat" | "unfitFormat";

/** Thrown where there is no dataset to go on with; its message is a sentence for people. Anything less is a Problem. */
export class DiscoverError extends Error {
  readonly failure: DiscoverFailure;

  constructor(failure: DiscoverFailure, message: string) {
    super(message);
    this.name = "DiscoverError";
    this.failure = failure;
  }
}
