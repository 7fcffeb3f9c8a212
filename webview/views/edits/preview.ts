import type { EditCaptionsRequest, EditPreview } from "../../../src/protocol/captionEdits.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";

/** An operation as it is asked for. */
export type AskedEdit = Omit<EditCaptionsRequest, "root">;

/** How far the engine is. */
export interface EditProgress {
  readonly done: number;
  readonly total: number;
}

/** Rows of one page. */
export const pageSize = 100;

/** A person goes on typing before the next letter would have asked. */
const restMs = 200;

/** What an operation would do: asked anew with every change, the latest alone. */
export class Preview {
  readonly #context: PanelContext;
  readonly #onChange: () => void;
  readonly #slot = createSlot();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #key = "";
  #latest: EditPreview | undefined;
  #failure: string | null = null;
  #progress: EditProgress | null = null;
  #isWaiting = false;

  constructor(context: PanelContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** The last that was answered, of an operation before perhaps: see `isWaiting`. */
  get latest(): EditPreview | undefined {
    return this.#latest;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get progress(): EditProgress | null {
    return this.#progress;
  }

  /** Why the operation can't be carried out; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Wants to know of an operation as things are now; undefined where there is none yet. */
  want(asked: AskedEdit | undefined, from: number): void {
    const { state, analysed } = this.#context.snapshot().overview;
    const key = asked === undefined ? "" : JSON.stringify([asked, from, state, analysed?.generation]);
    if (key === this.#key) return;
    this.#key = key;
    clearTimeout(this.#timer);
    this.#slot.stop();
    this.#failure = null;
    this.#progress = null;
    this.#isWaiting = asked !== undefined;
    if (asked === undefined) this.#latest = undefined;
    else this.#timer = setTimeout(() => void this.#ask(asked, from), restMs);
  }

  /** Nothing is wanted any more; the same wish again asks anew. */
  stop(): void {
    this.#key = "";
    clearTimeout(this.#timer);
    this.#slot.stop();
  }

  async #ask(asked: AskedEdit, from: number): Promise<void> {
    const { host } = this.#context;
    const onProgress = (progress: EditProgress): void => {
      this.#progress = progress;
      this.#onChange();
    };
    try {
      const answer = await this.#slot.run((signal) =>
        host.call("previewEdit", { ...asked, from, limit: pageSize }, { signal, onProgress }),
      );
      if (answer === undefined) return;
      this.#latest = answer;
    } catch (error) {
      this.#latest = undefined;
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#progress = null;
    this.#isWaiting = false;
    this.#onChange();
  }
}
