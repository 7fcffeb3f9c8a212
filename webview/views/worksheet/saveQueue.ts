import type { ProposedCaption } from "../../../src/protocol/rewrites.ts";
import { savedFrom, type Written } from "./detail.ts";

/** What captions are kept with. */
export interface SaveQueueParts {
  readonly save: (written: Written) => Promise<ProposedCaption>;
  /** What is written has changed: it is to be remembered and drawn. */
  readonly onChange: (written: readonly Written[]) => void;
}

/** What a person wrote, kept in the engine one after the other while the person writes on. What fails stays here until it is tried again or left out. */
export class SaveQueue {
  readonly #parts: SaveQueueParts;
  #written: readonly Written[];
  #isSaving = false;

  constructor(parts: SaveQueueParts, written: readonly Written[]) {
    this.#parts = parts;
    this.#written = written;
  }

  get written(): readonly Written[] {
    return this.#written;
  }

  add(written: Written): void {
    this.#replace([...this.#written, written]);
    void this.#save();
  }

  /** Tries all again that is not kept. */
  retry(): void {
    this.#replace(this.#written.map((one) => (one.failure === null ? one : { ...one, failure: null })));
    void this.#save();
  }

  leaveOut(written: Written): void {
    this.#replace(this.#written.filter((other) => other !== written));
  }

  /** Begins a new list; what is not kept yet stays. */
  clear(): void {
    this.#replace(this.#written.filter(({ saved }) => saved === null));
  }

  async #save(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const one = next;
      try {
        const saved = savedFrom(await this.#parts.save(one));
        this.#change(one, { saved, failure: null });
      } catch (error) {
        this.#change(one, { failure: error instanceof Error ? error.message : String(error) });
      }
    }
    this.#isSaving = false;
  }

  #next(): Written | undefined {
    return this.#written.find(({ saved, failure }) => saved === null && failure === null);
  }

  #change(one: Written, change: Partial<Written>): void {
    this.#replace(this.#written.map((other) => (other === one ? { ...one, ...change } : other)));
  }

  #replace(written: readonly Written[]): void {
    this.#written = written;
    this.#parts.onChange(written);
  }
}
