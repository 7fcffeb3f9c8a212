import type { Bins, SortedColumn } from "../../../src/protocol/gallery.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";

/** A signal of the pairs that fit a filter. */
export interface Wanted {
  readonly field: string;
  readonly where: string;
}

/** What is known of the wanted signal: rough bins at once, every value later. */
export interface Known {
  readonly bins: Bins | undefined;
  readonly column: SortedColumn | undefined;
}

const nothing: Known = { bins: undefined, column: undefined };

/** Reads a signal's bins and then its sorted values, one request in flight for each; what a later wish or a newer analysis overtook is dropped. */
export class ColumnSource {
  readonly #context: PanelContext;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #binsSlot = createSlot();
  readonly #columnSlot = createSlot();
  #known = nothing;
  #failure: string | null = null;

  constructor(context: PanelContext, on: { change: () => void; error: (error: unknown) => void }) {
    this.#context = context;
    this.#onChange = on.change;
    this.#onError = on.error;
  }

  get known(): Known {
    return this.#known;
  }

  /** Why nothing can be read; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Reads anew. With `keep`, what is known stays until the new answers are here: it is the same signal of other pairs. */
  load(wanted: Wanted, { keep }: { keep: boolean }): void {
    if (!keep) this.#known = nothing;
    this.#failure = null;
    const { host } = this.#context;
    const params = { field: wanted.field, ...(wanted.where === "" ? {} : { where: wanted.where }) };
    this.#follow(
      this.#binsSlot.run((signal) => host.call("readBins", params, { signal })),
      (bins) => (this.#known = { bins, column: undefined }),
    );
    this.#follow(
      this.#columnSlot.run((signal) => host.call("readSortedColumn", params, { signal })),
      (column) => {
        this.#known = { bins: this.#known.bins, column };
        this.#binsSlot.stop(); // whatever the bins would tell is known better now
      },
    );
  }

  stop(): void {
    this.#binsSlot.stop();
    this.#columnSlot.stop();
  }

  #follow<Answer extends { readonly generation: string }>(asked: Promise<Answer | undefined>, take: (answer: Answer) => void): void {
    asked.then(
      (answer) => {
        if (answer === undefined || answer.generation !== this.#context.snapshot().overview.analysed?.generation) return;
        take(answer);
        this.#onChange();
      },
      (error: unknown) => {
        this.#failure = error instanceof Error ? error.message : String(error);
        this.#onError(error);
        this.#onChange();
      },
    );
  }
}
