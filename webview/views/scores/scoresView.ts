import { html, render, type TemplateResult } from "lit-html";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { Analysed } from "../../../src/protocol/overview.ts";
import type { PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import { RemoteError } from "../../../src/protocol/rpc.ts";
import type { PanelContext, View } from "../../context.ts";
import { formatCount } from "../../format.ts";
import { createFilterBar, type FilterBar } from "../../parts/filterBar.ts";
import { formatShare } from "../../parts/shareBar.ts";
import { withCut } from "../spotCheck/detail.ts";
import { ColumnSource } from "./columnSource.ts";
import { type Cut, type CutCounts, type CutMode, countCut } from "./cut.ts";
import { cutOfRules } from "./cutRule.ts";
import { droppedWhere, flagWhere, unknownWhere } from "./cutWhere.ts";
import { type KeptCut, parseDetail, type ScoresDetail } from "./detail.ts";
import { dropByCut } from "./dropByCut.ts";
import { Edge } from "./edge.ts";
import { dropsOf, flagTemplate } from "./flagChart.ts";
import { type Bound, Histogram } from "./histogram.ts";
import { presetsOf } from "./presetChoices.ts";
import { estimateCut } from "./scale.ts";
import { actionsTemplate, presetsTemplate, type ScoresControls, tallyTemplate, toolbarTemplate } from "./scoresTemplate.ts";
import { edgeTitles, formatBound, modeOf, readBound, whyNoSpotCheck } from "./signalCut.ts";
import { type Spread, Spreads } from "./spread.ts";

const keepMs = 200;

/** The view of one signal. */
export class ScoresView implements View {
  readonly id = "scores";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #filterBar: FilterBar;
  readonly #body = document.createElement("div");
  readonly #histogram: Histogram;
  readonly #edge: Edge;
  readonly #source: ColumnSource;
  readonly #spreads = new Spreads();
  #detail: ScoresDetail;
  #edgeBound: Bound = "min";
  #loaded = "";
  #isShown = false;
  #isBusy = false;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("scores"));
    this.#filterBar = createFilterBar(context, { search: false });
    this.#histogram = new Histogram({ onMove: (cut, which) => this.#move(cut, which), describe: (which) => this.#describe(which) });
    this.#edge = new Edge(context);
    this.#source = new ColumnSource(context, { change: () => this.#draw(), error: (error) => this.#fail(error) });
    this.element.className = "scores";
    this.#body.className = "scores-body";
    this.element.append(this.#filterBar.element, this.#body);
    context.store.subscribe((state, before) => {
      if (state.where !== before.where) this.#load();
    });
  }

  show(): void {
    this.#isShown = true;
    this.#filterBar.update();
    this.#load();
  }

  hide(): void {
    this.#isShown = false;
    this.#edge.stop();
    this.#source.stop();
    if (this.#source.known.column === undefined) this.#loaded = "";
  }

  onSnapshot(next: PanelSnapshot, before: PanelSnapshot): void {
    this.#filterBar.update();
    if (next.overview !== before.overview) this.#load();
  }

  perform(action: PanelAction): boolean {
    if (action === "focusFilter") this.#filterBar.focus();
    else if (action === "refresh") {
      this.#loaded = "";
      this.#load();
    } else return false;
    return true;
  }

  /** Reads what is wanted and not here yet; a filter may depend on anything that `.winnow` says. */
  #load(): void {
    const analysed = this.#analysed();
    if (!this.#isShown) return;
    const signal = this.#signal();
    if (analysed !== null && signal !== undefined) {
      const where = this.#context.store.get().where;
      const { state } = this.#context.snapshot().overview;
      const key = JSON.stringify([analysed.generation, signal.id, where, where === "" ? "" : state]);
      if (key !== this.#loaded) {
        const [generation, id] = this.#loaded === "" ? [] : (JSON.parse(this.#loaded) as string[]);
        this.#loaded = key;
        this.#source.load({ field: signal.id, where }, { keep: generation === analysed.generation && id === signal.id });
      }
    }
    this.#draw();
  }

  #analysed(): Analysed | null {
    return this.#context.snapshot().overview.analysed;
  }

  #signals(): SignalDescriptor[] {
    return (this.#analysed()?.fields ?? []).flatMap(({ signal }) => (signal === null ? [] : [signal]));
  }

  #signal(): SignalDescriptor | undefined {
    const all = this.#signals();
    return all.find(({ id }) => id === this.#detail.signal) ?? all.find(({ id }) => id === "clipScore") ?? all[0];
  }

  #cut(signal: SignalDescriptor): KeptCut {
    const known = this.#detail.cuts[signal.id] ?? cutOfRules(this.#context.snapshot().overview.recipe.rules, signal.id);
    return known ?? { mode: modeOf(signal), min: null, max: null };
  }

  #spreadOf(signal: SignalDescriptor): Spread | undefined {
    return this.#spreads.of(signal, this.#source.known);
  }

  #counts(signal: SignalDescriptor, cut: Cut): CutCounts | undefined {
    const spread = this.#spreadOf(signal);
    const { column } = this.#source.known;
    if (column?.field === signal.id) return countCut(column.values, cut);
    return spread && estimateCut(spread.binned, cut, spread.scale.isWhole);
  }

  #draw(): void {
    if (!this.#isShown) return;
    const signal = this.#signal();
    if (signal === undefined) {
      render(html`<p class="scores-empty quiet">There are no scores yet: analyse the dataset first</p>`, this.#body);
      return;
    }
    const cut = this.#cut(signal);
    const controls = this.#controls(signal, cut);
    render(
      html`${toolbarTemplate(controls)} ${this.#chart(signal, cut)} ${tallyTemplate(controls)} ${presetsTemplate(controls)}
      ${actionsTemplate(controls)} ${this.#edge.element}`,
      this.#body,
    );
    const spread = this.#spreadOf(signal);
    if (spread !== undefined && signal.unit !== "flag") {
      const { column } = this.#source.known;
      const picture = { ...spread, sorted: column?.values, isLog: this.#detail.isLog, name: signal.name };
      this.#histogram.show({ ...picture, format: (value) => formatBound(value, signal.unit) }, cut.mode, cut);
    }
    this.#showEdge(signal, cut);
  }

  #chart(signal: SignalDescriptor, cut: KeptCut): TemplateResult | HTMLElement {
    const spread = this.#spreadOf(signal);
    const { column, bins } = this.#source.known;
    const unknown = (column ?? bins)?.unknown ?? 0;
    if (spread === undefined) {
      if (this.#source.failure !== null)
        return html`<p class="scores-empty quiet">The values could not be read: ${this.#source.failure}</p>`;
      if (column === undefined && bins === undefined)
        return html`<div class="histogram-wait" role="status">
          <vscode-progress-ring aria-label="Reading the values"></vscode-progress-ring>
        </div>`;
      return html`<p class="scores-empty quiet">
        ${unknown === 0 ? "No pair fits the filter" : "The signal is unknown of every pair that fits the filter"}
      </p>`;
    }
    if (signal.unit !== "flag") return this.#histogram.element;
    const { below, kept, above } = this.#counts(signal, { min: 1, max: null })!;
    return flagTemplate({
      name: signal.name,
      no: below,
      yes: kept + above,
      unknown,
      cut,
      onCut: (next) => this.#setCut({ ...next, mode: next.min === null ? "max" : "min" }),
    });
  }

  #controls(signal: SignalDescriptor, cut: KeptCut): ScoresControls {
    const { column, bins } = this.#source.known;
    const analysed = this.#analysed()!;
    return {
      signal,
      signals: this.#signals(),
      isLog: this.#detail.isLog,
      cut,
      counts: this.#counts(signal, cut),
      unknown: (column ?? bins)?.unknown ?? 0,
      presets: presetsOf(signal, column?.values ?? new Float32Array(0), analysed.encoder),
      isFiltered: this.#context.store.get().where !== "",
      isBusy: this.#isBusy,
      readOnly: this.#context.snapshot().overview.readOnly,
      whyNoSpotCheck: whyNoSpotCheck(signal, cut),
      onSignal: (id) => this.#change({ signal: id }),
      onLog: (isLog) => this.#change({ isLog }),
      onMode: (mode) => this.#setMode(mode, cut),
      onBound: (which, text) => this.#setCut({ ...cut, [which]: readBound(text, cut[which]) }, which),
      onPreset: ({ cut: next }) => this.#setCut({ ...next, mode: next.min === null ? "max" : "min" }),
      onDrop: () => void this.#drop(signal, cut),
      onGallery: () => this.#goTo(() => this.#droppedWhere(signal, cut)),
      onUnknown: () => this.#goTo(() => unknownWhere(signal.id, this.#context.store.get().where)),
      onSpotCheck: () => this.#spotCheck(signal, cut),
    };
  }

  #move(next: Cut, which: Bound): void {
    const signal = this.#signal();
    if (signal !== undefined) this.#setCut({ ...next, mode: this.#cut(signal).mode }, which);
  }

  #setMode(mode: CutMode, { min, max }: KeptCut): void {
    // the other bound takes over: what was cut off at one end says nothing of the other
    this.#setCut({ mode, min: mode === "max" ? null : min, max: mode === "min" ? null : max });
  }

  #setCut(cut: KeptCut, which: Bound = cut.mode === "max" ? "max" : "min"): void {
    const signal = this.#signal();
    if (signal === undefined) return;
    this.#edgeBound = which;
    this.#change({ cuts: { ...this.#detail.cuts, [signal.id]: cut } });
  }

  #change(change: Partial<ScoresDetail>): void {
    this.#detail = { ...this.#detail, ...change };
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => this.#context.store.setDetail("scores", this.#detail), keepMs);
    this.#load();
  }

  #describe(which: Bound): string {
    const signal = this.#signal();
    const counts = signal && this.#counts(signal, this.#cut(signal));
    if (counts === undefined) return "";
    const dropped = which === "min" ? counts.below : counts.above;
    const total = counts.below + counts.kept + counts.above;
    return `drops ${counts.isExact ? "" : "about "}${formatCount(dropped)} of ${formatCount(total)}, ${formatShare(dropped, total)}`;
  }

  #showEdge(signal: SignalDescriptor, cut: KeptCut): void {
    const { column } = this.#source.known;
    if (column?.field !== signal.id || column.values.length === 0) {
      this.#edge.show(undefined);
      return;
    }
    const which: Bound = cut.mode === "both" ? this.#edgeBound : cut.mode;
    const { below, kept } = countCut(column.values, cut);
    const bound = cut[which] ?? (which === "min" ? column.values[0]! : column.values.at(-1)!);
    this.#edge.show({
      signal: signal.id,
      where: this.#context.store.get().where,
      position: which === "min" ? below : below + kept,
      known: column.values.length,
      drops: which === "min" ? "below" : "above",
      titles: edgeTitles(signal, bound, which),
      unit: signal.unit,
    });
  }

  #droppedWhere(signal: SignalDescriptor, cut: Cut): string {
    const within = this.#context.store.get().where;
    if (signal.unit !== "flag")
      return droppedWhere(signal.id, cut, { within, sorted: this.#source.known.column?.values ?? new Float32Array(0) });
    const isBoolean = this.#analysed()?.fields.find(({ name }) => name === signal.id)?.type === "boolean";
    return flagWhere(signal.id, dropsOf(cut) === "yes", { within, isBoolean });
  }

  #goTo(where: () => string): void {
    try {
      this.#context.go({ view: "gallery", unit: "pair", where: where() });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #drop(signal: SignalDescriptor, cut: Cut): Promise<void> {
    this.#isBusy = true;
    this.#draw();
    try {
      await dropByCut(this.#context, signal, cut);
    } catch (error) {
      this.#context.fail(error);
    } finally {
      this.#isBusy = false;
      this.#draw();
    }
  }

  #spotCheck(signal: SignalDescriptor, cut: Cut): void {
    const { store } = this.#context;
    store.setDetail("spotCheck", withCut(store.detail("spotCheck"), { signal: signal.id, cut: cut.min ?? cut.max }));
    this.#context.go({ view: "spotCheck" });
  }

  /** What is wrong with the filter is told at the filter. */
  #fail(error: unknown): void {
    if (error instanceof RemoteError && (error.kind === "WhereError" || error.kind === "FieldError"))
      this.#filterBar.showError(error.message);
    else this.#context.fail(error);
  }
}
