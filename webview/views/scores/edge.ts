import { html, nothing, render, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { GalleryRow, OpenedView } from "../../../src/protocol/gallery.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";
import { formatSignal } from "./signalCut.ts";

/** Which pairs lie at an edge: of the pairs that fit `where`, ordered by `signal`, those around `position`. */
export interface EdgeWish {
  readonly signal: string;
  readonly where: string;
  /** Position of the first value above the edge; values below it number as much. */
  readonly position: number;
  readonly known: number;
  /** Whether what is below the edge is dropped, or what is above it. */
  readonly drops: "below" | "above";
  /** What is told above each side. */
  readonly titles: { readonly below: string; readonly above: string };
  readonly unit: SignalDescriptor["unit"];
}

interface Shown {
  readonly wish: EdgeWish;
  readonly below: readonly GalleryRow[];
  readonly above: readonly GalleryRow[];
}

const besideEdge = 6;
const thumbnailSide = 160;
/** A brush that moves asks for nothing. */
const restMs = 80;

/** The pairs on both sides of an edge as tiles. */
export class Edge {
  readonly element = document.createElement("div");
  readonly #context: PanelContext;
  readonly #slot = createSlot();
  #opened: { readonly key: string; readonly view: OpenedView } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shown: Shown | undefined;
  /** What was wished for last: the same wish again asks for nothing. */
  #wished = "";

  constructor(context: PanelContext) {
    this.#context = context;
    this.element.className = "edge";
  }

  /** Wants the pairs at an edge; they come when no later wish follows at once. Undefined: there is no edge. */
  show(wish: EdgeWish | undefined): void {
    const wished = wish === undefined ? "" : JSON.stringify([wish, this.#state()]);
    if (wished === this.#wished) return;
    this.#wished = wished;
    clearTimeout(this.#timer);
    if (wish === undefined) {
      this.#slot.stop();
      this.#shown = undefined;
      this.#draw();
      return;
    }
    this.#timer = setTimeout(() => void this.#read(wish), restMs);
  }

  /** Takes back what was wished for and is not here yet. */
  stop(): void {
    this.#wished = "";
    clearTimeout(this.#timer);
    this.#slot.stop();
  }

  async #read(wish: EdgeWish): Promise<void> {
    try {
      const page = await this.#slot.run((signal) => this.#readPage(wish, signal));
      if (page === undefined) return;
      const below = wish.position - page.from;
      this.#shown = { wish, below: page.rows.slice(0, below), above: page.rows.slice(below) };
      this.#draw();
    } catch (error) {
      this.#wished = "";
      this.#context.fail(error);
    }
  }

  async #readPage(wish: EdgeWish, signal: AbortSignal): Promise<{ from: number; rows: readonly GalleryRow[] }> {
    const from = Math.max(0, wish.position - besideEdge);
    const to = Math.min(wish.known, wish.position + besideEdge);
    const read = async ({ view }: OpenedView): Promise<{ from: number; rows: readonly GalleryRow[] }> =>
      this.#context.host.call("readPage", { view, from, to, fields: [wish.signal] }, { signal });
    const key = JSON.stringify([this.#state(), wish.where, wish.signal]);
    const opened = this.#opened?.key === key ? this.#opened.view : undefined;
    if (opened !== undefined) {
      try {
        return await read(opened);
      } catch (error) {
        if (signal.aborted) throw error; // else: the engine forgot the view, which it may; the next one tells whether anything is wrong
      }
    }
    const view = await this.#context.host.call(
      "openView",
      { unit: "pair", sort: wish.signal, ...(wish.where === "" ? {} : { where: wish.where }) },
      { signal },
    );
    this.#opened = { key, view };
    return read(view);
  }

  /** Equal for equal answers of the engine. */
  #state(): string {
    const { state, analysed } = this.#context.snapshot().overview;
    return JSON.stringify([state, analysed?.generation]);
  }

  #draw(): void {
    render(this.#shown === undefined ? nothing : this.#template(this.#shown), this.element);
  }

  #template({ wish, below, above }: Shown): TemplateResult {
    const [belowFate, aboveFate] = wish.drops === "below" ? (["dropped", "kept"] as const) : (["kept", "dropped"] as const);
    return html`
      ${this.#side({ title: wish.titles.below, fate: belowFate, rows: below, wish })}
      ${this.#side({ title: wish.titles.above, fate: aboveFate, rows: above, wish })}
    `;
  }

  #side({ title, fate, rows, wish }: { title: string; fate: string; rows: readonly GalleryRow[]; wish: EdgeWish }): TemplateResult {
    return html`<section class="edge-side ${fate}" aria-label="${title}, ${fate}">
      <h2 class="edge-title">${title} <span class="fate ${fate}">${fate}</span></h2>
      ${rows.length === 0 ? html`<p class="quiet">No pair</p>` : nothing}
      <ul class="edge-tiles">
        ${repeat(
          rows,
          ({ captions }) => captions[0]?.pair,
          (row) => this.#tile(row, wish),
        )}
      </ul>
    </section>`;
  }

  #tile({ sample, captions }: GalleryRow, { signal, unit }: EdgeWish): TemplateResult {
    const caption = captions[0];
    const value = formatSignal(caption?.signals[signal], unit);
    return html`<li>
      <button class="edge-tile" title=${caption?.text ?? ""} @click=${() => this.#context.inspect(sample)}>
        <winnow-thumbnail .source=${this.#context.thumbnails} .sample=${sample} .side=${thumbnailSide} .alt=${""}></winnow-thumbnail>
        <span class="edge-value">${value}</span>
        <span class="edge-caption">${caption?.text ?? "no caption"}</span>
      </button>
    </li>`;
  }
}
