import type { Destination, HostToPanel, PanelAction, PanelSnapshot, PanelToHost } from "../../protocol/panelApi.ts";
import { connect, type Handlers } from "../../protocol/rpc.ts";
import { methodOf, openPageConnection } from "./pageConnection.ts";
import { createSnapshots } from "./snapshots.ts";

/** A dataset's state as a page is told it. */
export type PanelFacts = Omit<PanelSnapshot, "version">;

/** What the pages of a panel are served with. */
export interface PagesParts {
  readonly post: (message: unknown) => PromiseLike<unknown>;
  /** Makes the handlers for one page; `gone` is aborted when the page goes. */
  readonly serve: (page: { readonly readSnapshot: () => Promise<PanelSnapshot>; readonly gone: AbortSignal }) => Handlers<PanelToHost>;
  /** Reads the state for a page that has just opened; rejects with the sentence to show instead. */
  readonly readFacts: () => Promise<PanelFacts>;
  /** The state as it is known now. */
  readonly knownFacts: () => PanelFacts | undefined;
}

/**
 * The pages of one panel, one at a time. VS Code throws a page away when it is hidden, moved or reloaded, and makes another from the same HTML;
 * each begins with `ready`, and is told nothing before.
 */
export interface Pages {
  receive(message: unknown): void;
  /** Sends the page somewhere: the one that is open, else the next. */
  show(destination: Destination): void;
  perform(action: PanelAction): void;
  /** The state has changed. */
  changed(): void;
  /** The page was thrown away. */
  close(): void;
}

/** At most some ten snapshots a second, also while a run tells of every batch. */
const snapshotIntervalMs = 100;

/** Makes the pages of a panel; none is open at first. */
export function createPages(parts: PagesParts): Pages {
  let page: Page | undefined;
  let version = 0;
  let destination: Destination | undefined;
  const numbered = (facts: PanelFacts): PanelSnapshot => ({ version: ++version, ...facts });
  const bring = (): void => {
    if (destination === undefined || page?.isReady() !== true) return;
    const wanted = destination;
    destination = undefined;
    page.peer.call("show", wanted).catch(() => (destination ??= wanted)); // it went meanwhile: the next one is sent there
  };
  const close = (): void => {
    page?.close();
    page = undefined;
  };
  return {
    receive: (message) => {
      if (methodOf(message) === "ready") {
        close();
        page = openPage(parts, { numbered, onReady: bring });
      }
      page?.receive(message);
    },
    show: (wanted) => {
      destination = wanted;
      bring();
    },
    perform: (action) => {
      if (page?.isReady() === true) page.peer.call("perform", { action }).catch(() => undefined); // a page that goes does nothing any more
    },
    changed: () => page?.changed(),
    close,
  };
}

type Page = ReturnType<typeof openPage>;

interface PageHooks {
  readonly numbered: (facts: PanelFacts) => PanelSnapshot;
  readonly onReady: () => void;
}

function openPage(parts: PagesParts, { numbered, onReady }: PageHooks) {
  const { connection, receive } = openPageConnection(parts.post);
  const gone = new AbortController();
  let state: "opening" | "ready" | "gone" = "opening";
  let missedChange = false;
  const snapshots = createSnapshots({
    read: () => {
      const facts = parts.knownFacts();
      return facts && numbered(facts);
    },
    send: (snapshot) => peer.call("snapshot", snapshot),
    intervalMs: snapshotIntervalMs,
  });
  const becomeReady = (): void => {
    if (state !== "opening") return;
    state = "ready";
    if (missedChange) snapshots.changed();
    onReady();
  };
  const readSnapshot = async (): Promise<PanelSnapshot> => {
    const facts = await parts.readFacts();
    setImmediate(becomeReady); // the answer goes first
    return numbered(facts);
  };
  const peer = connect<PanelToHost, HostToPanel>(connection, parts.serve({ readSnapshot, gone: gone.signal }));
  return {
    peer,
    receive,
    isReady: () => state === "ready",
    changed: () => {
      if (state === "ready") snapshots.changed();
      else missedChange = true;
    },
    close: () => {
      state = "gone";
      gone.abort(new Error("The panel's page is gone"));
      snapshots.dispose();
      peer.dispose();
    },
  };
}
