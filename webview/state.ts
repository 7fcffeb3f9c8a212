import type { Unit } from "../src/protocol/gallery.ts";
import type { Destination, Search } from "../src/protocol/panelApi.ts";

/** The views of the panel. */
export type ViewId = Destination["view"];

/** Where a person is in the panel. It survives a reload; data never does. `details` is each view's own part of it. */
export interface PanelState {
  readonly root: string;
  readonly view: ViewId;
  /** The filter's text (grammar of `parseWhere`); "" is no filter. */
  readonly where: string;
  /** Fields with `-` for downwards; "" is the dataset's own order. */
  readonly sort: string;
  readonly unit: Unit;
  readonly search: Search | null;
  /** The sample that the inspector shows; null where it is closed. */
  readonly inspected: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The state with its listeners. */
export interface Store {
  readonly get: () => PanelState;
  /** Changes some of it; listeners hear of it with the state before. */
  readonly set: (change: Partial<Omit<PanelState, "root">>) => void;
  /** A view's own part, as it left it. It came from outside the page: a view must not trust its form. */
  readonly detail: (view: string) => unknown;
  readonly setDetail: (view: string, detail: unknown) => void;
  readonly subscribe: (listener: (state: PanelState, before: PanelState) => void) => () => void;
}

/** The state of a panel that was never opened before. */
export function initialState(root: string): PanelState {
  return { root, view: "gallery", where: "", sort: "", unit: "pair", search: null, inspected: null, details: {} };
}

/** Makes a store; `keep` is called with every new state, to be remembered. */
export function createStore(initial: PanelState, keep: (state: PanelState) => void): Store {
  let state = initial;
  const listeners = new Set<(state: PanelState, before: PanelState) => void>();
  const replace = (next: PanelState): void => {
    const before = state;
    state = next;
    keep(state);
    for (const listener of listeners) listener(state, before);
  };
  return {
    get: () => state,
    set: (change) => replace({ ...state, ...change }),
    detail: (view) => state.details[view],
    setDetail: (view, detail) => {
      // a view's own part is nobody else's business
      state = { ...state, details: { ...state.details, [view]: detail } };
      keep(state);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const viewIds: ReadonlySet<unknown> = new Set<ViewId>([
  "gallery",
  "scores",
  "groups",
  "map",
  "recipe",
  "spotCheck",
  "edits",
  "rewrites",
  "worksheet",
  "runs",
]);

/** Reads a remembered state; what has not its form is left at the beginning. */
export function parseState(value: unknown, root: string): PanelState {
  const initial = initialState(root);
  if (typeof value !== "object" || value === null) return initial;
  const { root: kept, view, where, sort, unit, search, inspected, details } = value as Record<string, unknown>;
  if (kept !== root) return initial;
  return {
    root,
    view: viewIds.has(view) ? (view as ViewId) : initial.view,
    where: typeof where === "string" ? where : "",
    sort: typeof sort === "string" ? sort : "",
    unit: unit === "sample" ? "sample" : "pair",
    search: parseSearch(search),
    inspected: typeof inspected === "string" ? inspected : null,
    details: typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {},
  };
}

function parseSearch(value: unknown): Search | null {
  if (typeof value !== "object" || value === null) return null;
  const { kind, text, sample, path } = value as Record<string, unknown>;
  if (kind === "text" && typeof text === "string") return { kind, text };
  if (kind === "sample" && typeof sample === "string") return { kind, sample };
  return kind === "image" && typeof path === "string" ? { kind, path } : null;
}
