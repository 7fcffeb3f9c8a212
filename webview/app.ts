import { render } from "lit-html";
import type { Decision } from "../src/core/verdict.ts";
import type { Targets } from "../src/protocol/gallery.ts";
import type { Destination, PanelAction, PanelSnapshot, PanelToHost } from "../src/protocol/panelApi.ts";
import { RemoteError, type Peer } from "../src/protocol/rpc.ts";
import type { ChosenCaptions, CreateView, PanelContext, View } from "./context.ts";
import { formatCounted } from "./format.ts";
import { headTemplate } from "./head.ts";
import { actionOfKey, isTyping } from "./keys.ts";
import { createToasts, type Toasts } from "./parts/toasts.ts";
import type { Store, ViewId } from "./state.ts";
import type { Thumbnails } from "./thumbnails.ts";

/** A view as the tabs show it. */
export interface ViewTab {
  readonly id: ViewId;
  readonly title: string;
  readonly icon: string;
  /** Tabs of one group stand together. */
  readonly group: "look" | "decide" | "captions" | "train";
  readonly about: string;
  readonly create: CreateView;
}

/** The pane beside the views. */
export interface InspectorPane {
  readonly element: HTMLElement;
  show(sample: string | null): void;
  /** Opens a caption of the sample that is shown for editing, as soon as it is there. */
  edit(captionIndex: number): void;
  onSnapshot(snapshot: PanelSnapshot, before: PanelSnapshot): void;
}

/** What the page is made of. */
export interface AppParts {
  readonly root: HTMLElement;
  readonly host: Pick<Peer<PanelToHost>, "call">;
  readonly store: Store;
  readonly thumbnails: Thumbnails;
  readonly tabs: readonly ViewTab[];
  readonly createInspector: (context: PanelContext) => InspectorPane;
  readonly snapshot: PanelSnapshot;
}

/** The page: tabs, the view in front, the inspector, and what is told. */
export class App {
  readonly #parts: AppParts;
  readonly #context: PanelContext;
  readonly #views = new Map<ViewId, View>();
  readonly #inspector: InspectorPane;
  readonly #toasts: Toasts;
  readonly #head = document.createElement("header");
  readonly #stage = document.createElement("main");
  readonly #aside = document.createElement("aside");
  #snapshot: PanelSnapshot;
  #chosen: ChosenCaptions | null = null;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.#snapshot = parts.snapshot;
    this.#toasts = createToasts({ onUndo: () => void this.#undo() });
    this.#context = this.#createContext();
    this.#inspector = parts.createInspector(this.#context);
    this.#layOut();
    this.#listen();
    this.#inspector.show(parts.store.get().inspected);
    this.#bringForward();
  }

  /** Takes a new snapshot; one that a later one overtook is dropped. */
  onSnapshot(next: PanelSnapshot): void {
    const before = this.#snapshot;
    if (next.version < before.version) return;
    this.#snapshot = next;
    if (next.overview.analysed?.generation !== before.overview.analysed?.generation) this.#parts.thumbnails.clear();
    for (const view of this.#views.values()) view.onSnapshot(next, before);
    this.#inspector.onSnapshot(next, before);
    this.#drawHead();
  }

  /** Goes to a view, with a filter, a group, a sample. */
  show(destination: Destination): void {
    const { view, where, unit, sample, search } = destination;
    this.#parts.store.set({
      view,
      ...(where === undefined ? {} : { where, search: null }),
      ...(unit === undefined ? {} : { unit }),
      ...(sample === undefined ? {} : { inspected: sample }),
      ...(search === undefined ? {} : { search: { kind: "text", text: search } }),
    });
    if (destination.edit !== undefined) this.#inspector.edit(destination.edit);
    this.#bringForward(destination);
  }

  /** Carries out an action: the view in front first. */
  perform(action: PanelAction): void {
    const { store } = this.#parts;
    if (this.#views.get(store.get().view)?.perform(action) === true) return;
    if (action === "undo") void this.#undo();
    else if (action === "toggleInspector" && store.get().inspected !== null) store.set({ inspected: null });
  }

  #createContext(): PanelContext {
    const { host, store, thumbnails } = this.#parts;
    return {
      host,
      store,
      thumbnails,
      snapshot: () => this.#snapshot,
      go: (destination) => this.show(destination),
      inspect: (sample) => store.set({ inspected: sample }),
      chosen: () => this.#chosen,
      choose: (chosen) => (this.#chosen = chosen),
      decide: (targets, decision) => this.#decide(targets, decision),
      undo: (operation) => this.#undo(operation),
      tell: (message, options) => this.#toasts.show(message, options ?? {}),
      fail: (error) => this.#fail(error),
    };
  }

  #layOut(): void {
    this.#head.className = "head";
    this.#stage.className = "stage";
    this.#aside.className = "inspector-pane";
    this.#aside.ariaLabel = "Inspector";
    this.#aside.hidden = this.#parts.store.get().inspected === null;
    this.#aside.append(this.#inspector.element);
    const body = document.createElement("div");
    body.className = "body";
    body.append(this.#stage, this.#aside);
    this.#parts.root.replaceChildren(this.#head, body, this.#toasts.element);
  }

  #listen(): void {
    this.#parts.store.subscribe((state, before) => {
      this.#aside.hidden = state.inspected === null;
      if (state.inspected !== before.inspected) this.#inspector.show(state.inspected);
      if (state.view !== before.view || state.inspected !== before.inspected) this.#drawHead();
    });
    document.addEventListener("keydown", (event) => {
      const action = event.defaultPrevented || isTyping(event) ? undefined : actionOfKey(event);
      if (action === undefined) return;
      event.preventDefault();
      this.perform(action);
    });
  }

  #bringForward(destination?: Destination): void {
    const view = this.#viewOf(this.#parts.store.get().view);
    const current = this.#stage.firstElementChild;
    if (current !== view.element) {
      for (const other of this.#views.values()) if (other.element === current) other.hide();
      this.#stage.replaceChildren(view.element);
    }
    view.show(destination);
    this.#drawHead();
  }

  #viewOf(id: ViewId): View {
    const known = this.#views.get(id);
    if (known !== undefined) return known;
    const created = this.#parts.tabs.find((tab) => tab.id === id)!.create(this.#context);
    created.element.id = `view-${id}`;
    created.element.role = "tabpanel";
    created.element.setAttribute("aria-labelledby", `tab-${id}`);
    this.#views.set(id, created);
    return created;
  }

  #drawHead(): void {
    const { host, tabs, store } = this.#parts;
    const ask = (method: "run" | "cancelRun"): void => void host.call(method, null).catch((error: unknown) => this.#fail(error));
    const head = headTemplate({
      tabs,
      state: store.get(),
      snapshot: this.#snapshot,
      onTab: (view) => this.show({ view }),
      onRun: () => ask("run"),
      onCancel: () => ask("cancelRun"),
      onUndo: () => void this.#undo(),
      onInspector: () => this.perform("toggleInspector"),
    });
    render(head, this.#head);
  }

  async #decide(targets: Targets, decision: Decision | "clear"): Promise<void> {
    try {
      const { applied, operation } = await this.#parts.host.call("setVerdicts", { targets, decision, reason: "" });
      const done = { keep: "Kept", drop: "Dropped", review: "Put in review", clear: "Cleared the verdict of" }[decision];
      const noun = this.#parts.store.get().unit === "pair" ? "pair" : "picture";
      if (operation === null) this.#toasts.show("Nothing changed: it was so already");
      else this.#toasts.show(`${done} ${formatCounted(applied, noun)}`, { undo: true });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #undo(operation?: string): Promise<void> {
    try {
      const named = operation === undefined ? {} : { operation };
      const { undone, left } = await this.#parts.host.call("undo", { ...named, cascade: false });
      const rest = left.length > 0 ? `; ${formatCounted(left.length, "file")} left alone: ${left[0]!.path} ${left[0]!.reason}` : "";
      this.#toasts.show(undone.length > 0 ? `Undone${rest}` : `Nothing was undone${rest}`);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const message = error instanceof Error ? error.message : String(error);
    this.#toasts.show(message, { kind: "error" });
    const detail = error instanceof RemoteError ? (error.detail ?? "") : error instanceof Error ? (error.stack ?? "") : "";
    this.#parts.host.call("report", { message, detail }).catch(() => undefined); // the log is the last resort
  }
}
