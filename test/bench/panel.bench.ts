import { join } from "node:path";
import type { PanelToHost } from "../../src/protocol/panelApi.ts";
import type { Handlers, Peer } from "../../src/protocol/rpc.ts";
import type { StoreApi } from "../../src/protocol/storeApi.ts";
import { forkChild } from "../engine/forkEngine.ts";
import { saveMadeAnalysis } from "../unit/engine/requests/analysisFixture.ts";
import { createFakeHost } from "../webview/fakeHost.ts";
import { openPage, type OpenPage } from "../webview/harness.ts";
import { makeUp } from "../webview/madeUp.ts";
import { envIn, inFolder } from "./compare.ts";
import { describeMachine, report } from "./peers.ts";

// node test/bench/panel.bench.ts [--quick]: the panel's page in Chromium before the real store process, over made-up pairs: from the load to the first
// rows, from a filter and from a sort to its rows, frames longer than 25 ms in two seconds of wheel scrolling, and the page's memory. Requests go
// over the tests' bridge (JSON and base64), which is slower than VS Code's own; small pictures are made up.
const quick = process.argv.includes("--quick");
const sizes = quick ? [1000] : [1000, 100_000, 1_000_000];

for (const size of sizes) await inFolder((folder) => benchSize(folder, size));

async function benchSize(folder: string, pairs: number): Promise<void> {
  const root = join(folder, "dataset");
  await saveMadeAnalysis(envIn(folder), root, { samples: pairs, problems: false });
  const store = forkChild<StoreApi>("src/engine/childMain.ts", ["store"], folder);
  const overview = await store.peer.call("readOverview", { root });
  const fake = createFakeHost(makeUp(1), relay(store.peer, root));
  fake.snapshot = () => ({ version: 1, overview, run: null, changedFiles: 0, trusted: true });
  Object.assign(fake.handlers, { ready: () => fake.snapshot() });
  const open = await openPage(fake);
  try {
    const common = { pairs, machine: describeMachine() };
    report({ name: "panel, from its load to the first rows", unit: "ms", ours: await timeOfFirstRows(open), ...common });
    report({ name: "panel, filter by score", unit: "ms", ours: await timeOfFilter(open, "clipScore < 0.2"), ...common });
    report({ name: "panel, sort by score", unit: "ms", ours: await timeOfSort(open), ...common });
    const { count, long } = await scrollForTwoSeconds(open);
    report({ name: "panel, wheel scrolling, frames over 25 ms in two seconds", unit: "frames", ours: long, frames: count, ...common });
    report({ name: "panel, the page's heap", unit: "MB", ours: await heapMb(open), ...common });
  } finally {
    await open.dispose();
    store.process.kill();
  }
}

type Relayed = "openView" | "readPage" | "readBins" | "readSortedColumn";

/** Hands the page's questions to the store, as the extension does. */
function relay(store: Pick<Peer<StoreApi>, "call">, root: string): Pick<Handlers<PanelToHost>, Relayed> {
  return {
    openView: ({ unit, where, sort }, { signal }) =>
      store.call(
        "openView",
        { root, unit, ...(where === undefined ? {} : { where }), ...(sort === undefined ? {} : { sort }) },
        { signal },
      ),
    readPage: (request, { signal }) => store.call("readPage", { root, ...request }, { signal }),
    readBins: (request, { signal }) => store.call("readBins", { root, ...request }, { signal }),
    readSortedColumn: (request, { signal }) => store.call("readSortedColumn", { root, ...request }, { signal }),
  };
}

async function rowsThere({ page }: OpenPage): Promise<void> {
  await page.waitForSelector("#gallery-row-0:not(.skeleton)", { timeout: 120_000 });
}

async function timeOfFirstRows(open: OpenPage): Promise<number> {
  const loadedMs = await open.page.evaluate(() => performance.timeOrigin);
  await rowsThere(open);
  return Math.round(Date.now() - loadedMs);
}

/** From Enter in the filter until the foot tells the new count and its rows are there. */
async function timeOfFilter(open: OpenPage, where: string): Promise<number> {
  const field = open.page.getByRole("combobox", { name: "Filter" });
  await field.fill(where);
  return await timeOfChange(open, () => field.press("Enter"));
}

/** From the choice of an order to its first rows. */
async function timeOfSort(open: OpenPage): Promise<number> {
  const field = open.page.getByRole("combobox", { name: "Sort by" });
  await field.click();
  return await timeOfChange(open, () => open.page.getByRole("option", { name: "CLIP score", exact: true }).click());
}

async function timeOfChange(open: OpenPage, change: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await change();
  await open.page.waitForFunction(() => document.querySelector(".tile.skeleton") === null);
  await rowsThere(open);
  return Math.round(performance.now() - beganMs);
}

async function scrollForTwoSeconds({ page }: OpenPage): Promise<{ count: number; long: number }> {
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { frames });
    let last = performance.now();
    const frame = (): void => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.locator("#gallery-row-0").hover();
  const beganMs = performance.now();
  while (performance.now() - beganMs < 2000) {
    await page.mouse.wheel(0, 120);
    await page.waitForTimeout(8);
  }
  const frames = await page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames);
  return { count: frames.length, long: frames.filter((ms) => ms > 25).length };
}

async function heapMb({ page }: OpenPage): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return Number((usedSize / 1e6).toFixed(1));
}
