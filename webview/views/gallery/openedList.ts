import type { GalleryRow, OpenedView } from "../../../src/protocol/gallery.ts";
import type { PanelToHost, Search } from "../../../src/protocol/panelApi.ts";
import type { Unit } from "../../../src/protocol/gallery.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";
import type { PanelState } from "../../state.ts";
import type { Span } from "./tiling.ts";

/** What a list is a list of. */
export interface ListQuery {
  readonly unit: Unit;
  readonly where: string;
  readonly sort: string;
  readonly search: Search | null;
}

/** Who hears of a list. */
export interface ListListener {
  /** Another list is here; `same` where it answers the same question as the one before. */
  readonly onOpened: (same: boolean) => void;
  /** It is being opened, or it became known how far it is out of date. */
  readonly onChange: () => void;
  /** It could not be opened; the one before stays. */
  readonly onError: (error: unknown) => void;
}

/** The list that the gallery shows: opened once, then as it was, until it is opened again. */
export class OpenedList {
  readonly #context: PanelContext;
  readonly #listener: ListListener;
  readonly #opening = createSlot();
  readonly #counting = createSlot();
  #asked: { readonly key: string; readonly generation: string | undefined } | undefined;
  #shownKey = "";
  #view: OpenedView | null = null;
  #isOpening = false;
  #fewer = 0;

  constructor(context: PanelContext, listener: ListListener) {
    this.#context = context;
    this.#listener = listener;
  }

  /** Null until the first list is here. */
  get view(): OpenedView | null {
    return this.#view;
  }

  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** How many of its pairs no longer fit the filter; negative where more fit than it has. */
  get fewer(): number {
    return this.#fewer;
  }

  /** Opens the list that the panel's state asks for, unless it is here or on its way; with `again` in any case. */
  sync(again = false): void {
    const query = queryOf(this.#context.store.get());
    const key = JSON.stringify(query);
    const generation = this.#context.snapshot().overview.analysed?.generation;
    if (generation === undefined) return;
    if (!again && this.#asked?.key === key && this.#asked.generation === generation) return;
    this.#asked = { key, generation };
    void this.#open(query, key);
  }

  /** Counts how many pairs fit the filter now. */
  recount(): void {
    const { where } = this.#context.store.get();
    const view = this.#view;
    if (view === null || where === "") return;
    const counted = this.#counting.run((signal) => this.#context.host.call("readBins", { field: "clipScore", where }, { signal }));
    counted.then(
      (bins) => {
        if (bins === undefined || view !== this.#view) return;
        this.#fewer = view.pairs - bins.counts.reduce((sum, count) => sum + count, bins.unknown);
        this.#listener.onChange();
      },
      () => undefined, // a note is missing, nothing more
    );
  }

  /** Reads rows of it. A list that the engine no longer has (it was started again) is opened again. */
  async readRows({ from, to }: Span, fields: readonly string[], signal: AbortSignal): Promise<readonly GalleryRow[]> {
    const { view } = this.#view!;
    const page = await this.#context.host.call("readPage", { view, from, to, fields }, { signal });
    return page.rows;
  }

  async #open(query: ListQuery, key: string): Promise<void> {
    this.#isOpening = true;
    this.#listener.onChange();
    try {
      const view = await this.#opening.run((signal) => this.#context.host.call("openView", paramsOf(query), { signal }));
      if (view === undefined) return; // another one took its place
      this.#isOpening = false;
      this.#counting.stop();
      this.#view = view;
      this.#fewer = 0;
      const same = key === this.#shownKey;
      this.#shownKey = key;
      this.#listener.onOpened(same);
    } catch (error) {
      this.#isOpening = false;
      this.#listener.onError(error);
    }
  }
}

/** What the state of the panel asks for. A search is nothing but an order, so that it goes before the sort. */
export function queryOf({ unit, where, sort, search }: PanelState): ListQuery {
  return { unit, where, sort: search === null ? sort : "-similarity", search };
}

function paramsOf({ unit, where, sort, search }: ListQuery): PanelToHost["openView"]["params"] {
  return {
    unit,
    ...(where === "" ? {} : { where }),
    ...(sort === "" ? {} : { sort }),
    ...(search === null ? {} : { search }),
  };
}
