import { render } from "lit-html";
import type { Decision } from "../../../src/core/verdict.ts";
import type { Ranges } from "../../../src/protocol/gallery.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import type { PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { ChosenCaptions, PanelContext, View } from "../../context.ts";
import { formatCounted } from "../../format.ts";
import { createFilterBar, type FilterBar } from "../../parts/filterBar.ts";
import { openMenu } from "../../parts/menu.ts";
import type { Place } from "../../parts/popover.ts";
import type { PanelState } from "../../state.ts";
import { noListTemplate } from "./emptyStates.ts";
import { columnMenuItems } from "./columnMenu.ts";
import { columnFields, firstOrder, formatOrder, type Order, parseOrder } from "./fields.ts";
import { footTemplate } from "./foot.ts";
import { type GalleryDetail, parseDetail } from "./galleryDetail.ts";
import { OpenedList } from "./openedList.ts";
import { countRanges } from "./ranges.ts";
import { rowMenuItems } from "./rowMenu.ts";
import { RowList } from "./rowList.ts";
import { toolbarTemplate } from "./toolbar.ts";

/** A key that is held down moves on before the inspector would have asked for anything. */
const followMs = 100;

/** The gallery's parts and what goes between them. */
export class GalleryView implements View {
  readonly id = "gallery";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #bar: FilterBar;
  readonly #toolbar = document.createElement("div");
  readonly #stage = document.createElement("div");
  readonly #empty = document.createElement("div");
  readonly #foot = document.createElement("div");
  readonly #list: OpenedList;
  readonly #rows: RowList;
  #detail: GalleryDetail;
  #failure: string | null = null;
  #isRestoring = true;
  #reopened = false;
  #chosen: ChosenCaptions | null = null;
  #followTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("gallery"));
    this.#bar = createFilterBar(context, { search: true });
    this.#list = new OpenedList(context, {
      onOpened: (same) => this.#onOpened(same),
      onChange: () => this.#drawAround(),
      onError: (error) => this.#onRefused(error),
    });
    this.#rows = this.#createRows();
    this.#layOut();
    context.store.subscribe((state, before) => this.#onState(state, before));
  }

  show(): void {
    this.#bar.update();
    this.#drawAround();
    this.#rows.restoreScroll();
    this.#list.sync();
  }

  hide(): void {
    this.#keepDetail({});
  }

  onSnapshot(next: PanelSnapshot, before: PanelSnapshot): void {
    this.#bar.update();
    if (next.overview.analysed?.generation !== before.overview.analysed?.generation) {
      if (this.element.isConnected) this.#list.sync();
    } else if (next.overview.state !== before.overview.state) {
      this.#rows.refetch();
      this.#list.recount();
    }
    this.#drawAround();
  }

  perform(action: PanelAction): boolean {
    if (action === "focusFilter") this.#bar.focus();
    if (action === "focusFilter" || this.#list.view === null) return action === "focusFilter";
    switch (action) {
      case "keep":
      case "drop":
      case "review":
        void this.#decide(action);
        return true;
      case "clearVerdict":
        void this.#decide("clear");
        return true;
      case "selectAll":
        this.#rows.chooseAll();
        return true;
      case "findSimilar":
        this.#findSimilar();
        return true;
      case "refresh":
        this.#list.sync(true);
        return true;
      case "toggleInspector":
        return this.#inspectFocused();
      case "undo":
        return false;
    }
  }

  #createRows(): RowList {
    return new RowList({
      thumbnails: this.#context.thumbnails,
      read: (span, fields, signal) => this.#list.readRows(span, fields, signal),
      onError: (error) => this.#onUnreadable(error),
      onChoice: ({ byPerson }) => this.#onChoice(byPerson),
      onRest: () => this.#keepDetail({}),
      onInspect: (sample) => this.#context.inspect(sample),
      onMenu: (place) => this.#openRowMenu(place),
      onSort: (field) => this.#sortBy(field),
    });
  }

  #layOut(): void {
    this.element.className = "gallery";
    this.element.ariaLabel = "Gallery";
    this.#toolbar.className = "gallery-toolbar";
    this.#toolbar.role = "toolbar";
    this.#toolbar.ariaLabel = "How the list is shown";
    this.#stage.className = "gallery-stage";
    this.#empty.className = "gallery-empty";
    this.#foot.className = "gallery-foot";
    this.#stage.append(this.#rows.element, this.#empty);
    this.element.append(this.#bar.element, this.#toolbar, this.#stage, this.#foot);
  }

  get #fields(): readonly Field[] {
    return this.#context.snapshot().overview.analysed?.fields ?? [];
  }

  #onState(state: PanelState, before: PanelState): void {
    const { where, sort, unit, search } = state;
    if (where === before.where && sort === before.sort && unit === before.unit && search === before.search) return;
    if (this.#list.view === null) this.#isRestoring = false; // what is asked for now is another list
    if (!this.element.isConnected) return; // it is brought up to date when it is shown
    this.#list.sync();
    this.#drawAround();
  }

  #onOpened(same: boolean): void {
    this.#failure = null;
    this.#bar.showError(null);
    const keep = same || this.#isRestoring;
    const { top, focus } = this.#isRestoring ? this.#detail : this.#rows.place;
    this.#isRestoring = false;
    this.#applyLook();
    this.#rows.open(this.#list.view!.count, keep ? { top, focus } : { top: 0, focus: 0 });
    this.#keepDetail({});
    this.#drawAround();
  }

  #onRefused(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const { where, search } = this.#context.store.get();
    if (where !== "" || search !== null) this.#bar.showError(message);
    else if (this.#list.view !== null) this.#context.fail(error);
    if (this.#list.view === null) this.#failure = message;
    this.#drawAround();
  }

  /** The engine was started again, as a rule, and no longer knows the list: it is opened once more. */
  #onUnreadable(error: unknown): void {
    if (this.#reopened) {
      this.#context.fail(error);
      return;
    }
    this.#reopened = true;
    setTimeout(() => (this.#reopened = false), 10_000);
    this.#list.sync(true);
  }

  /** A list that opens has a focus that nobody chose: the inspector stays with what it was sent to. */
  #onChoice(byPerson: boolean): void {
    this.#tellChosen();
    if (byPerson) {
      clearTimeout(this.#followTimer);
      this.#followTimer = setTimeout(() => this.#follow(), followMs);
    }
    this.#drawFoot();
  }

  #work(view: "edits" | "rewrites" | "worksheet"): void {
    this.#context.choose(this.#captionsOf(this.#rows.targets));
    this.#context.go({ view, chosen: true });
  }

  #captionsOf(ranges: Ranges): ChosenCaptions | null {
    const { view } = this.#list;
    const count = countRanges(ranges);
    if (view === null || count === 0) return null;
    const noun = this.#context.store.get().unit === "pair" ? "pair" : "picture";
    return { targets: { kind: "view", view: view.view, ranges }, about: `${formatCounted(count, noun)} chosen in the gallery` };
  }

  /** What is chosen here can be worked on elsewhere; what another view has chosen stays. */
  #tellChosen(): void {
    const before = this.#chosen;
    this.#chosen = this.#captionsOf(this.#rows.chosen);
    if (this.#chosen !== null || this.#context.chosen() === before) this.#context.choose(this.#chosen);
  }

  /** While the inspector is open it shows where the keyboard stands. */
  #follow(): void {
    const { inspected } = this.#context.store.get();
    const sample = this.#rows.focusedRow?.sample;
    if (inspected !== null && sample !== undefined && sample !== inspected) this.#context.inspect(sample);
  }

  #inspectFocused(): boolean {
    const sample = this.#rows.focusedRow?.sample;
    if (sample === undefined || this.#context.store.get().inspected !== null) return false;
    this.#context.inspect(sample);
    return true;
  }

  #findSimilar(): void {
    const sample = this.#rows.focusedRow?.sample;
    if (sample !== undefined) this.#context.store.set({ search: { kind: "sample", sample } });
  }

  async #decide(decision: Decision | "clear"): Promise<void> {
    const { view } = this.#list;
    const ranges = this.#rows.targets;
    if (view === null || ranges.length === 0) return;
    if (decision !== "clear") this.#rows.showVerdicts(ranges, decision);
    this.#rows.advance();
    await this.#context.decide({ kind: "view", view: view.view, ranges }, decision);
    this.#rows.refetch();
  }

  #sortBy(field: string): void {
    const { sort, search } = this.#context.store.get();
    const order = parseOrder(sort);
    const next = search === null && order.field === field ? { field, down: !order.down } : firstOrder(field, this.#fields);
    this.#setOrder(next);
  }

  /** A search is an order too: another order takes its place. */
  #setOrder(order: Order): void {
    if (order.field !== "similarity") this.#context.store.set({ sort: formatOrder(order), search: null });
  }

  #setLook(change: Partial<GalleryDetail>): void {
    this.#keepDetail(change);
    this.#applyLook();
    this.#drawAround();
  }

  #applyLook(): void {
    const { layout, density, columns } = this.#detail;
    const { unit, search } = this.#context.store.get();
    const order = parseOrder(this.#context.store.get().sort);
    const known = columnFields(this.#fields);
    const shown = known.filter(({ name }) => columns.includes(name) || name === order.field);
    this.#rows.setLook({ layout, density, columns: shown, unit, order: search === null ? order : null });
  }

  #keepDetail(change: Partial<GalleryDetail>): void {
    const place = this.#isRestoring ? {} : this.#rows.place;
    this.#detail = { ...this.#detail, ...place, ...change };
    this.#context.store.setDetail("gallery", this.#detail);
  }

  #openColumns(anchor: HTMLElement): void {
    const items = columnMenuItems(this.#fields, this.#detail.columns, (columns) => this.#setLook({ columns }));
    openMenu(items, anchor, { owner: this.element, label: "Columns" });
  }

  #openRowMenu(place: Place): void {
    const row = this.#rows.focusedRow;
    if (row === undefined) return;
    const ask = (answer: Promise<unknown>): void => void answer.catch((error: unknown) => this.#context.fail(error));
    const items = rowMenuItems(row, {
      chosen: countRanges(this.#rows.targets),
      readOnly: this.#context.snapshot().overview.readOnly,
      decide: (decision) => void this.#decide(decision),
      findSimilar: () => this.#findSimilar(),
      work: (view) => this.#work(view),
      inspect: () => this.#context.inspect(row.sample),
      open: (what, captionIndex) => ask(this.#context.host.call("openFile", { sample: row.sample, what, captionIndex })),
      copy: (text) => ask(navigator.clipboard.writeText(text)),
    });
    openMenu(items, place, { owner: this.element, label: "What to do with the row" });
  }

  #drawAround(): void {
    const snapshot = this.#context.snapshot();
    const { analysed } = snapshot.overview;
    const isReady = analysed !== null;
    for (const part of [this.#bar.element, this.#toolbar, this.#foot]) part.hidden = !isReady;
    const isEmpty = !isReady || this.#failure !== null || this.#list.view?.count === 0;
    this.#rows.element.hidden = isEmpty;
    this.#empty.hidden = !isEmpty;
    this.#rows.element.ariaBusy = String(this.#list.isOpening);
    this.#stage.classList.toggle("opening", this.#list.isOpening);
    if (isEmpty) this.#drawEmpty(snapshot);
    this.#drawToolbar();
    this.#drawFoot();
  }

  #drawEmpty(snapshot: PanelSnapshot): void {
    const { host, store } = this.#context;
    const template = noListTemplate({
      snapshot,
      failure: this.#failure,
      isFiltered: store.get().where !== "",
      onRun: () => void host.call("run", null).catch(this.#context.fail),
      onRetry: () => this.#list.sync(true),
      onClear: () => store.set({ where: "" }),
    });
    render(template, this.#empty);
  }

  #drawToolbar(): void {
    const { unit, sort, search } = this.#context.store.get();
    const toolbar = toolbarTemplate({
      unit,
      order: parseOrder(sort),
      searching: search !== null,
      fields: this.#fields,
      layout: this.#detail.layout,
      density: this.#detail.density,
      onUnit: (next) => this.#context.store.set({ unit: next }),
      onOrder: (order) => this.#setOrder(order),
      onLayout: (layout) => this.#setLook({ layout }),
      onDensity: (density) => this.#setLook({ density }),
      onColumns: (anchor) => this.#openColumns(anchor),
      onRefresh: () => this.#list.sync(true),
    });
    render(toolbar, this.#toolbar);
  }

  #drawFoot(): void {
    const { analysed, readOnly } = this.#context.snapshot().overview;
    if (analysed === null) return;
    const foot = footTemplate({
      unit: this.#context.store.get().unit,
      view: this.#list.view,
      isOpening: this.#list.isOpening,
      analysed,
      chosen: countRanges(this.#rows.chosen),
      fewer: this.#list.fewer,
      readOnly,
      onDecide: (decision) => void this.#decide(decision),
      onRefresh: () => this.#list.sync(true),
    });
    render(foot, this.#foot);
  }
}
