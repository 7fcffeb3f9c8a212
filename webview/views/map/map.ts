import { html, nothing, render } from "lit-html";
import type { Points, Projection, SampleColumn } from "../../../src/protocol/map.ts";
import type { PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { type Coloured, colourNames, colourNumbers, type Rgb } from "../../draw/colours.ts";
import { createFilterBar, type FilterBar } from "../../parts/filterBar.ts";
import { createSlot } from "../../slots.ts";
import { type DragMode, legendTemplate, mapBarTemplate, selectionTemplate } from "./mapTools.ts";
import { Plot } from "./plot.ts";

const verdictColours: Readonly<Record<string, Rgb>> = { keep: [110, 140, 170], drop: [214, 84, 84], review: [240, 190, 60] };

const faint = 0.25;

/** Makes the map: pictures laid out by what they show, coloured by a field; a lasso selects. */
export function createMap(context: PanelContext): View {
  return new MapView(context);
}

class MapView implements View {
  readonly id = "map";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #filterBar: FilterBar;
  readonly #bar = document.createElement("div");
  readonly #plot: Plot;
  readonly #legend = document.createElement("div");
  readonly #tip = document.createElement("div");
  readonly #foot = document.createElement("div");
  readonly #slots = { layout: createSlot(), colour: createSlot(), filter: createSlot(), tip: createSlot() };
  #projection: Projection;
  #field: string;
  #points: Points | undefined;
  #coloured: Coloured | undefined;
  #fitting: ReadonlySet<number> | undefined;
  #making: { readonly done: number; readonly total: number } | null = null;
  #selected: Uint32Array = new Uint32Array();
  #mode: DragMode = "pan";
  /** Every sample in the order of the dataset: the position of a row is the row. */
  #allView: Promise<string> | undefined;
  #hovered: number | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    const kept = parseDetail(context.store.detail("map"));
    this.#projection = kept.projection;
    this.#field = kept.field;
    this.#filterBar = createFilterBar(context, { search: false });
    this.#plot = new Plot({
      onSelect: (rows) => this.#select(rows),
      onHover: (row, at) => void this.#hover(row, at),
      onOpen: (row) => void this.#open(row),
    });
    this.element.className = "map-view";
    this.#bar.className = "view-bar";
    this.#legend.className = "legend";
    this.#tip.className = "map-tip";
    this.#tip.hidden = true;
    this.#foot.className = "map-foot";
    const ground = document.createElement("div");
    ground.className = "map-ground";
    ground.append(this.#plot.element, this.#legend, this.#tip, this.#foot);
    this.element.append(this.#filterBar.element, this.#bar, ground);
    context.store.subscribe((state, before) => {
      if (state.view === "map" && state.where !== before.where) void this.#applyFilter();
    });
  }

  show(): void {
    this.#filterBar.update();
    this.#drawBar();
    if (this.#points === undefined) void this.#load();
    else this.#plot.draw();
    void this.#applyFilter();
  }

  hide(): void {
    this.#slots.tip.stop();
    this.#tip.hidden = true;
  }

  onSnapshot({ overview }: PanelSnapshot, { overview: before }: PanelSnapshot): void {
    this.#filterBar.update();
    if (overview.analysed?.generation !== before.analysed?.generation) {
      this.#points = undefined;
      this.#allView = undefined;
      this.#select(new Uint32Array());
      if (this.element.isConnected) void this.#load();
    } else if (overview.state !== before.state && this.#field === "verdict") void this.#colour();
    this.#drawBar();
  }

  perform(action: PanelAction): boolean {
    if (action === "focusFilter") this.#filterBar.focus();
    else if (action === "selectAll") this.#plot.selectSeen();
    else if ((action === "keep" || action === "drop" || action === "review") && this.#selected.length > 0) void this.#decide(action);
    else return false;
    return true;
  }

  async #load(): Promise<void> {
    const { host, snapshot, fail } = this.#context;
    if (snapshot().overview.analysed === null) return;
    try {
      const points = await this.#slots.layout.run((signal) =>
        host.call(
          "project",
          { projection: this.#projection },
          {
            signal,
            onProgress: (making) => {
              this.#making = making;
              this.#drawBar();
            },
          },
        ),
      );
      this.#making = null;
      if (points === undefined || points.generation !== snapshot().overview.analysed?.generation) return;
      this.#points = points;
      this.#plot.setPoints(points.xy);
      await this.#colour();
    } catch (error) {
      this.#making = null;
      fail(error);
    }
    this.#drawBar();
  }

  async #colour(): Promise<void> {
    const { host, fail } = this.#context;
    try {
      const column = await this.#slots.colour.run((signal) => host.call("readSampleColumn", { field: this.#field }, { signal }));
      if (column === undefined || column.generation !== this.#points?.generation) return;
      this.#coloured = colour(column);
      this.#paint();
    } catch (error) {
      fail(error);
    }
  }

  /** Only pictures that fit the filter are drawn. */
  async #applyFilter(): Promise<void> {
    const { host, store, fail } = this.#context;
    const { where } = store.get();
    try {
      const members =
        where.trim() === ""
          ? null
          : await this.#slots.filter.run(async (signal) => {
              const { view } = await host.call("openView", { unit: "sample", where }, { signal });
              return (await host.call("readMembers", { view }, { signal })).members;
            });
      if (members === undefined) return;
      this.#fitting = members === null ? undefined : new Set(members);
      this.#paint();
    } catch (error) {
      fail(error);
    }
  }

  #paint(): void {
    if (this.#coloured === undefined) return;
    const { rgba, legend } = this.#coloured;
    this.#plot.setColours(withOpacity(rgba, { fitting: this.#fitting, selected: this.#selected }));
    render(legendTemplate(legend, this.#fieldNamed(this.#field)), this.#legend);
  }

  #fieldNamed(name: string): ReturnType<typeof this.fields>[number] | undefined {
    return this.fields().find((field) => field.name === name);
  }

  /** The fields of the dataset. */
  fields(): NonNullable<PanelSnapshot["overview"]["analysed"]>["fields"] {
    return this.#context.snapshot().overview.analysed?.fields ?? [];
  }

  #drawBar(): void {
    const bar = mapBarTemplate({
      projection: this.#projection,
      field: this.#field,
      fields: this.fields(),
      mode: this.#mode,
      making: this.#making,
      onProjection: (projection) => {
        this.#projection = projection;
        this.#keep();
        void this.#load();
      },
      onField: (field) => {
        this.#field = field;
        this.#keep();
        void this.#colour();
      },
      onMode: (mode) => {
        this.#mode = mode;
        this.#plot.mode = mode;
        this.#drawBar();
      },
      onZoom: (factor) => this.#plot.zoom(factor),
      onFit: () => this.#plot.fit(),
      onSelectSeen: () => this.#plot.selectSeen(),
      onStop: () => {
        this.#slots.layout.stop();
        this.#making = null;
        this.#drawBar();
      },
    });
    render(bar, this.#bar);
    this.#drawFoot();
  }

  #drawFoot(): void {
    const analysed = this.#context.snapshot().overview.analysed;
    const empty = html`<span>Nothing to lay out yet: analyse the dataset first</span>`;
    const about = this.#points === undefined ? nothing : html`<span class="quiet map-about">${this.#points.about}</span>`;
    const selection = selectionTemplate(this.#selected.length, {
      onGallery: () => void this.#showInGallery(),
      onDecide: (decision) => void this.#decide(decision),
      onClear: () => this.#select(new Uint32Array()),
    });
    render(html`${analysed === null ? empty : about}${selection}`, this.#foot);
  }

  #keep(): void {
    this.#context.store.setDetail("map", { projection: this.#projection, field: this.#field });
    this.#drawBar();
  }

  #select(rows: Uint32Array): void {
    const fitting = this.#fitting;
    this.#selected = fitting === undefined ? rows : rows.filter((row) => fitting.has(row));
    this.#plot.setSelected(this.#selected);
    this.#paint();
    this.#drawFoot();
  }

  async #saveSelected(): Promise<string | undefined> {
    const generation = this.#points?.generation;
    if (generation === undefined) return undefined;
    const { set } = await this.#context.host.call("saveSet", { generation, sampleRows: this.#selected });
    return `set = "${set}"`;
  }

  async #showInGallery(): Promise<void> {
    try {
      const where = await this.#saveSelected();
      if (where !== undefined) this.#context.go({ view: "gallery", unit: "sample", where });
    } catch (error) {
      this.#context.fail(error);
    }
  }

  async #decide(decision: "keep" | "drop" | "review"): Promise<void> {
    const { host, decide, fail } = this.#context;
    try {
      const where = await this.#saveSelected();
      if (where === undefined) return;
      const { view, count } = await host.call("openView", { unit: "sample", where });
      await decide({ kind: "view", view, ranges: [[0, count]] }, decision);
    } catch (error) {
      fail(error);
    }
  }

  async #open(row: number): Promise<void> {
    try {
      this.#context.inspect((await this.#readRow(row)).sample);
    } catch (error) {
      this.#context.fail(error);
    }
  }

  async #hover(row: number | undefined, at: { x: number; y: number }): Promise<void> {
    if (row === this.#hovered) return;
    this.#hovered = row;
    if (row === undefined) {
      this.#slots.tip.stop();
      this.#tip.hidden = true;
      return;
    }
    const found = await this.#slots.tip.run((signal) => this.#readRow(row, signal)).catch(() => undefined); // a tip that can't be read is left out
    if (found === undefined || this.#hovered !== row) return;
    const text = found.captions[0]?.text ?? "No caption";
    render(
      html`<winnow-thumbnail .source=${this.#context.thumbnails} .sample=${found.sample} .side=${160} .alt=${text}></winnow-thumbnail>
        <div>${text}</div>
        <div class="quiet">${found.sample}</div>`,
      this.#tip,
    );
    this.#tip.hidden = false;
    const { clientWidth, clientHeight } = this.#plot.element;
    this.#tip.style.left = `${Math.max(4, Math.min(at.x + 14, clientWidth - this.#tip.offsetWidth - 4))}px`;
    this.#tip.style.top = `${Math.max(4, Math.min(at.y + 14, clientHeight - this.#tip.offsetHeight - 4))}px`;
  }

  async #readRow(row: number, signal?: AbortSignal): Promise<{ sample: string; captions: readonly { text: string }[] }> {
    const { host } = this.#context;
    this.#allView ??= host.call("openView", { unit: "sample" }).then(({ view }) => view);
    try {
      const page = await host.call("readPage", { view: await this.#allView, from: row, to: row + 1, fields: [] }, { signal });
      return page.rows[0]!;
    } catch (error) {
      this.#allView = undefined; // views are forgotten when others are opened: the next time it is opened anew
      throw error;
    }
  }
}

/** Points that don't fit the filter are not there; beside a selection the others are faint. */
function withOpacity(
  rgba: Uint8Array,
  { fitting, selected }: { fitting: ReadonlySet<number> | undefined; selected: Uint32Array },
): Uint8Array {
  if (fitting === undefined && selected.length === 0) return rgba;
  const shown = rgba.slice();
  if (selected.length > 0) {
    for (let row = 0; row < rgba.length / 4; row += 1) shown[4 * row + 3] = rgba[4 * row + 3]! * faint;
    for (const row of selected) shown[4 * row + 3] = 255;
  }
  if (fitting !== undefined) for (let row = 0; row < rgba.length / 4; row += 1) if (!fitting.has(row)) shown[4 * row + 3] = 0;
  return shown;
}

function colour({ field, values, names }: SampleColumn): Coloured {
  return names === null ? colourNumbers(values) : colourNames(values, names, field === "verdict" ? verdictColours : {});
}

function parseDetail(detail: unknown): { projection: Projection; field: string } {
  const { projection, field } = (typeof detail === "object" && detail !== null ? detail : {}) as Record<string, unknown>;
  return { projection: projection === "umap" ? "umap" : "pca", field: typeof field === "string" ? field : "clipScore" };
}
