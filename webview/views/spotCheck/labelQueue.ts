import type { UnsavedLabel } from "./detail.ts";

/** How labels are saved and kept until they are. */
export interface LabelQueueParts {
  /** Saves labels in order; rejects where it can't. */
  readonly save: (labels: readonly UnsavedLabel[]) => Promise<unknown>;
  /** Remembers what is not saved, so that it outlives the page. */
  readonly keep: (unsaved: readonly UnsavedLabel[]) => void;
  readonly schedule: (work: () => void, afterMs: number) => void;
  /** Something was saved, or could not be. */
  readonly onChange: () => void;
}

const firstRetryMs = 1000;
const longestRetryMs = 30_000;

/**
 * Labels on their way to the engine: one request at a time, in order, tried again until it succeeds. After a failure they go one by one, each in
 * its turn: a label that the engine refuses (its pair is gone, say) does not hold the others up.
 */
export class LabelQueue {
  readonly #parts: LabelQueueParts;
  #unsaved: readonly UnsavedLabel[];
  /** The first of the unsaved are on their way. */
  #sent = 0;
  #failures = 0;
  #failure: string | null = null;
  #isOneByOne = false;
  #isRetryDue = false;

  constructor(parts: LabelQueueParts, unsaved: readonly UnsavedLabel[]) {
    this.#parts = parts;
    this.#unsaved = unsaved;
    void this.#flush();
  }

  get unsaved(): readonly UnsavedLabel[] {
    return this.#unsaved;
  }

  /** Why the last try failed; null where it did not. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Adds a label. An earlier one of the same pair that is not on its way yet is not sent any more. */
  add(label: UnsavedLabel): void {
    const [sent, waiting] = [this.#unsaved.slice(0, this.#sent), this.#unsaved.slice(this.#sent)];
    this.#replace([...sent, ...waiting.filter((other) => !isOfSamePair(other, label)), label]);
    void this.#flush();
  }

  /** Gives up what is not on its way. */
  discard(): void {
    this.#failure = null;
    this.#replace(this.#unsaved.slice(0, this.#sent));
  }

  #replace(unsaved: readonly UnsavedLabel[]): void {
    this.#unsaved = unsaved;
    this.#parts.keep(unsaved);
  }

  async #flush(): Promise<void> {
    if (this.#sent > 0 || this.#unsaved.length === 0) return;
    const batch = this.#isOneByOne ? this.#unsaved.slice(0, 1) : this.#unsaved;
    this.#sent = batch.length;
    try {
      await this.#parts.save(batch);
      this.#onSaved(batch.length);
    } catch (error) {
      this.#onFailed(batch, error instanceof Error ? error.message : String(error));
    }
  }

  #onSaved(count: number): void {
    this.#sent = 0;
    this.#failures = 0;
    this.#replace(this.#unsaved.slice(count));
    if (this.#unsaved.length === 0) {
      this.#isOneByOne = false;
      this.#failure = null;
    }
    this.#parts.onChange();
    void this.#flush();
  }

  #onFailed(batch: readonly UnsavedLabel[], message: string): void {
    const others = this.#unsaved.slice(this.#sent);
    const standing = batch.filter((failed) => !others.some((other) => isOfSamePair(other, failed)));
    this.#sent = 0;
    this.#failures += 1;
    this.#failure = message;
    this.#replace(this.#isOneByOne ? [...others, ...standing] : [...standing, ...others]);
    this.#isOneByOne = true;
    this.#retryLater();
    this.#parts.onChange();
  }

  #retryLater(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    const afterMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1));
    this.#parts.schedule(() => {
      this.#isRetryDue = false;
      void this.#flush();
    }, afterMs);
  }
}

function isOfSamePair(left: UnsavedLabel, right: UnsavedLabel): boolean {
  return left.sample === right.sample && left.captionIndex === right.captionIndex;
}
