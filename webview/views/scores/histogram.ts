import { render } from "lit-html";
import type { Cut, CutMode } from "./cut.ts";
import { barsOf, chartTemplate, type Frame, margins } from "./bars.ts";
import { type Binned, boundAt, positionOfBound, type Scale } from "./scale.ts";
import { stepOfKey, steppedBound } from "./steps.ts";

/** What the histogram shows. `sorted` are the values where they are known; `format` writes one. */
export interface Picture {
  readonly scale: Scale;
  readonly binned: Binned;
  readonly sorted: Float32Array | undefined;
  readonly isLog: boolean;
  readonly name: string;
  readonly format: (value: number) => string;
}

/** What the histogram's owner is told and asked. */
export interface HistogramEvents {
  /** A bound was moved; `which` was it. */
  readonly onMove: (cut: Cut, which: Bound) => void;
  /** What a bound does now, for screen readers. */
  readonly describe: (which: Bound) => string;
}

export type Bound = "min" | "max";

const height = 240;

/** A histogram with a brush: one or two bounds that are dragged, clicked to, or moved with keys. Nothing here asks anybody: it draws with every move. */
export class Histogram {
  readonly element = document.createElement("div");
  readonly #events: HistogramEvents;
  readonly #chart = document.createElement("div");
  readonly #readout = document.createElement("p");
  readonly #handles: Readonly<Record<Bound, HTMLElement>>;
  #picture: Picture | undefined;
  #bars: { readonly picture: Picture; readonly path: string; readonly width: number } | undefined;
  #cut: Cut = { min: null, max: null };
  #mode: CutMode = "min";
  #dragged: Bound | undefined;
  /** Known from the last change of size: reading it while drawing would lay the page out anew. */
  #width = 0;

  constructor(events: HistogramEvents) {
    this.#events = events;
    this.element.className = "histogram";
    this.#chart.className = "histogram-chart";
    this.#readout.className = "histogram-readout quiet";
    this.#handles = { min: this.#createHandle("min"), max: this.#createHandle("max") };
    this.element.append(this.#chart, this.#handles.min, this.#handles.max, this.#readout);
    this.#listen();
    new ResizeObserver(() => {
      this.#width = this.element.clientWidth;
      this.#draw();
    }).observe(this.element);
  }

  /** Shows values with a cut over them. */
  show(picture: Picture, mode: CutMode, cut: Cut): void {
    this.#picture = picture;
    this.#mode = mode;
    this.#cut = cut;
    this.#draw();
  }

  #draw(): void {
    const picture = this.#picture;
    const width = this.#width;
    if (picture === undefined || width === 0) return;
    const frame: Frame = { width, height };
    if (this.#bars?.picture.binned !== picture.binned || this.#bars.picture.isLog !== picture.isLog || this.#bars.width !== width)
      this.#bars = { picture, width, path: barsOf(picture, frame) };
    const bounds = { min: this.#position("min"), max: this.#position("max") };
    render(chartTemplate({ picture, frame, path: this.#bars.path, bounds }), this.#chart);
    this.#placeHandle("min", bounds.min ?? 0);
    this.#placeHandle("max", bounds.max ?? 1);
  }

  /** Where a bound's line is, 0 to 1; undefined where the cut has not that bound. */
  #position(which: Bound): number | undefined {
    if (this.#picture === undefined || (this.#mode !== "both" && this.#mode !== which)) return undefined;
    const bound = this.#cut[which];
    if (bound === null) return which === "min" ? 0 : 1;
    return positionOfBound(this.#picture.scale, bound, which);
  }

  #placeHandle(which: Bound, position: number): void {
    const handle = this.#handles[which];
    const picture = this.#picture!;
    handle.hidden = this.#mode !== "both" && this.#mode !== which;
    const inner = this.#width - margins.left - margins.right;
    handle.style.transform = `translateX(${margins.left + position * inner}px)`;
    const [least, greatest] = [this.#end("min"), this.#end("max")];
    const bound = this.#cut[which] ?? this.#end(which);
    handle.setAttribute("aria-label", `${which === "min" ? "Least" : "Greatest"} ${picture.name} that is kept`);
    handle.setAttribute("aria-valuemin", String(least));
    handle.setAttribute("aria-valuemax", String(greatest));
    handle.setAttribute("aria-valuenow", String(Math.min(greatest, Math.max(least, bound))));
    handle.setAttribute("aria-valuetext", `${picture.format(bound)}: ${this.#events.describe(which)}`);
    const flag = handle.firstElementChild!;
    flag.textContent = `${which === "min" ? "≥" : "≤"} ${picture.format(bound)}`;
    flag.classList.toggle("leftwards", position > 0.85);
  }

  /** The bound that keeps everything. */
  #end(which: Bound): number {
    return boundAt(this.#picture!.scale, which === "min" ? 0 : 1, { which, pixels: 1000 });
  }

  #createHandle(which: Bound): HTMLElement {
    const handle = document.createElement("div");
    handle.className = `histogram-handle ${which}`;
    handle.role = "slider";
    handle.tabIndex = 0;
    handle.hidden = true;
    const flag = document.createElement("span");
    flag.className = "histogram-flag";
    handle.append(flag);
    handle.addEventListener("keydown", (event) => this.#onKey(event, which));
    return handle;
  }

  #listen(): void {
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#picture === undefined) return;
      event.preventDefault();
      this.element.setPointerCapture(event.pointerId);
      this.#dragged = this.#nearest(this.#pointed(event));
      this.#handles[this.#dragged].focus();
      this.element.classList.add("dragged");
      this.#moveTo(this.#pointed(event));
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.#dragged !== undefined) this.#moveTo(this.#pointed(event));
      else this.#tellBin(this.#pointed(event));
    });
    for (const end of ["pointerup", "pointercancel"] as const)
      this.element.addEventListener(end, () => {
        this.#dragged = undefined;
        this.element.classList.remove("dragged");
      });
    this.element.addEventListener("pointerleave", () => (this.#readout.textContent = ""));
  }

  #pointed({ clientX }: PointerEvent): number {
    const { left, width } = this.element.getBoundingClientRect();
    return (clientX - left - margins.left) / (width - margins.left - margins.right);
  }

  /** The bound that a press means: the nearer one; of two at one place the one that can move towards the press. */
  #nearest(position: number): Bound {
    if (this.#mode !== "both") return this.#mode;
    const [min, max] = [this.#position("min") ?? 0, this.#position("max") ?? 1];
    const [toMin, toMax] = [Math.abs(position - min), Math.abs(position - max)];
    if (toMin === toMax) return position < min ? "min" : "max";
    return toMin < toMax ? "min" : "max";
  }

  #moveTo(position: number): void {
    if (this.#dragged === undefined) return;
    const pixels = this.#width - margins.left - margins.right;
    this.#set(this.#dragged, boundAt(this.#picture!.scale, position, { which: this.#dragged, pixels }));
  }

  #onKey(event: KeyboardEvent, which: Bound): void {
    const step = stepOfKey(event);
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || this.#picture === undefined) return;
    event.preventDefault();
    const { scale, binned, sorted } = this.#picture;
    const bound = this.#cut[which] ?? this.#end(which);
    this.#set(which, steppedBound(bound, step, { which, ground: { scale, edges: binned.edges, sorted } }));
  }

  /** Bounds don't cross, and one at its end is none. */
  #set(which: Bound, bound: number): void {
    const other = this.#cut[which === "min" ? "max" : "min"];
    const held = this.#mode !== "both" || other === null ? bound : which === "min" ? Math.min(bound, other) : Math.max(bound, other);
    const isOpen = which === "min" ? held <= this.#end("min") : held >= this.#end("max");
    const next = { ...this.#cut, [which]: isOpen ? null : held };
    if (next.min === this.#cut.min && next.max === this.#cut.max) return;
    this.#cut = next;
    this.#events.onMove(next, which); // the owner shows it
  }

  #tellBin(position: number): void {
    const { binned, scale, format } = this.#picture ?? {};
    if (binned === undefined || scale === undefined || format === undefined || position < 0 || position > 1) return;
    const { edges, counts } = binned;
    const at = edges.findLastIndex((edge) => positionOfBound({ ...scale, isWhole: false }, edge, "min") <= position);
    const count = counts[Math.min(at, counts.length - 1)];
    if (count === undefined) return;
    const half = scale.isWhole ? 0.5 : 0;
    const [from, to] = [format(edges[at]! + half), format((edges[at + 1] ?? edges[at]!) - half)];
    this.#readout.textContent = `${from === to ? from : `${from} to ${to}`}: ${count.toLocaleString("en")}`;
  }
}
