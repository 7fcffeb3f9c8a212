import { describe, expect, it, vi } from "vitest";
import { createPages, type PanelFacts } from "../../../../src/host/panel/pages.ts";
import { openPageConnection } from "../../../../src/host/panel/pageConnection.ts";
import type { Destination, HostToPanel, PanelAction, PanelSnapshot, PanelToHost } from "../../../../src/protocol/panelApi.ts";
import { connect, type Handlers, type Watching } from "../../../../src/protocol/rpc.ts";

type Facts = PanelFacts & { readonly changedFiles: number };

/** A panel whose state is one number, with a hand on what arrives at its pages. */
function openPanel({
  readFacts,
  slow,
}: { readFacts?: () => Promise<PanelFacts>; slow?: (watching: Watching<unknown>) => Promise<null> } = {}) {
  let changedFiles = 0;
  let deliver: ((message: unknown) => void) | undefined;
  const facts = (): Facts => ({ overview: {} as PanelFacts["overview"], run: null, changedFiles, trusted: true });
  const posted: unknown[] = [];
  const gone: AbortSignal[] = [];
  const pages = createPages({
    post: (message) => {
      posted.push(message);
      queueMicrotask(() => deliver?.(structuredClone(message)));
      return Promise.resolve(true);
    },
    serve: (page) => {
      gone.push(page.gone);
      const handlers = { ready: () => page.readSnapshot(), run: (_: null, watching: Watching<unknown>) => slow?.(watching) ?? null };
      return handlers as unknown as Handlers<PanelToHost>;
    },
    readFacts: readFacts ?? (() => Promise.resolve(facts())),
    knownFacts: facts,
  });
  const openPage = () => {
    const snapshots: PanelSnapshot[] = [];
    const shown: Destination[] = [];
    const performed: PanelAction[] = [];
    const { connection, receive } = openPageConnection((message) => {
      pages.receive(structuredClone(message));
      return Promise.resolve();
    });
    deliver = receive;
    const host = connect<HostToPanel, PanelToHost>(connection, {
      snapshot: (snapshot) => (snapshots.push(snapshot), null),
      show: (destination) => (shown.push(destination), null),
      perform: ({ action }) => (performed.push(action), null),
    });
    return { host, snapshots, shown, performed };
  };
  const change = (): void => {
    changedFiles += 1;
    pages.changed();
  };
  return { pages, posted, gone, openPage, change };
}

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("createPages", () => {
  it("says nothing before a page is ready", async () => {
    const panel = openPanel();
    panel.change();
    panel.pages.show({ view: "groups" });
    panel.pages.perform("drop");
    await nextTick();
    expect(panel.posted).toEqual([]);
  });

  it("answers ready with the state, then sends the page where the extension wants it", async () => {
    const panel = openPanel();
    panel.pages.show({ view: "gallery" });
    panel.pages.show({ view: "groups", group: "g1" });
    const page = panel.openPage();
    expect(await page.host.call("ready", { state: null })).toMatchObject({ version: 1, changedFiles: 0 });
    await vi.waitFor(() => expect(page.shown).toEqual([{ view: "groups", group: "g1" }]));
    expect(page.snapshots).toEqual([]);
  });

  it("sends a change that came while the first state was read", async () => {
    let give: (facts: PanelFacts) => void = () => undefined;
    const old = { overview: {}, run: null, changedFiles: 0, trusted: true } as PanelFacts;
    const panel = openPanel({ readFacts: () => new Promise((resolve) => (give = resolve)) });
    const page = panel.openPage();
    const ready = page.host.call("ready", { state: null });
    await nextTick();
    panel.change();
    give(old);
    expect(await ready).toMatchObject({ version: 1, changedFiles: 0 });
    await vi.waitFor(() => expect(page.snapshots).toMatchObject([{ version: 2, changedFiles: 1 }]));
  });

  it("tells why there is nothing to show", async () => {
    const page = openPanel({ readFacts: () => Promise.reject(new Error("The dataset is no longer there")) }).openPage();
    await expect(page.host.call("ready", { state: null })).rejects.toThrow("The dataset is no longer there");
  });

  it("gives the next page higher versions, and none of the answers that the page before waited for", async () => {
    let end: () => void = () => undefined;
    const panel = openPanel({ slow: () => new Promise((resolve) => (end = () => resolve(null))) });
    const first = panel.openPage();
    await first.host.call("ready", { state: null });
    void first.host.call("run", null).catch(() => undefined);
    await nextTick();
    const second = panel.openPage();
    expect(await second.host.call("ready", { state: null })).toMatchObject({ version: 2 });
    const before = panel.posted.length;
    end();
    await nextTick();
    expect(panel.posted.length).toBe(before);
    expect(panel.gone.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("keeps quiet after its page was thrown away, and keeps the way to the next one", async () => {
    const panel = openPanel();
    const first = panel.openPage();
    await first.host.call("ready", { state: null });
    await nextTick();
    panel.pages.close();
    const before = panel.posted.length;
    panel.change();
    panel.pages.perform("keep");
    panel.pages.show({ view: "map" });
    await nextTick();
    expect(panel.posted.length).toBe(before);
    const second = panel.openPage();
    await second.host.call("ready", { state: null });
    await vi.waitFor(() => expect(second.shown).toEqual([{ view: "map" }]));
    expect(second.performed).toEqual([]);
  });

  it("has the page in front carry out an action", async () => {
    const panel = openPanel();
    const page = panel.openPage();
    await page.host.call("ready", { state: null });
    await nextTick();
    panel.pages.perform("undo");
    await vi.waitFor(() => expect(page.performed).toEqual(["undo"]));
  });
});
