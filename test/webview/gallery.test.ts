import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PanelToHost } from "../../src/protocol/panelApi.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { type MadeUp, makeUp } from "./madeUp.ts";
import type { PanelState } from "../../webview/state.ts";

interface Watched {
  readonly fake: FakeHost;
  /** The parameters of the requests of a method, as they came. */
  readonly asked: <Method extends keyof PanelToHost>(method: Method) => PanelToHost[Method]["params"][];
}

/** A made-up extension whose requests are kept. */
function watch(made: MadeUp): Watched {
  const fake = createFakeHost(made);
  const log: { method: string; params: unknown }[] = [];
  for (const [method, handler] of Object.entries(fake.handlers)) {
    const kept = (params: never, watching: never): unknown => {
      log.push({ method, params });
      return (handler as (params: never, watching: never) => unknown)(params, watching);
    };
    Object.assign(fake.handlers, { [method]: kept });
  }
  return {
    fake,
    asked: <Method extends keyof PanelToHost>(method: Method) =>
      log.filter((entry) => entry.method === method).map(({ params }) => params as PanelToHost[Method]["params"]),
  };
}

let made: MadeUp;
let watched: Watched;
let open: OpenPage;

beforeAll(async () => {
  open = await openPage(createFakeHost(makeUp(1000)));
});

beforeEach(() => begin());

afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open.dispose();
});

/** Loads the page with a dataset that nobody has touched, so that no test stands on what another left. */
async function begin(state: Partial<PanelState> = {}): Promise<void> {
  made = makeUp(1000);
  watched = watch(made);
  await open.reload(watched.fake, { root: "/made-up", ...state });
  await open.page.waitForSelector(".tile winnow-thumbnail img");
}

const row = (position: number): string => `#gallery-row-${position}`;
const chosen = (): Promise<string[]> =>
  open.page.$$eval(".tile[aria-selected=true]", (tiles) => tiles.map(({ id }) => id.split("-").at(-1)!).sort());
const focused = (): Promise<string | null> => open.page.getAttribute(".tiles", "aria-activedescendant");
const status = async (): Promise<string> => (await open.page.textContent(".foot-status"))!;
const state = (): Promise<PanelState> => open.page.evaluate("winnowState");
const inspected = async (): Promise<string | null> => (await state()).inspected;
const keptOfGallery = async (): Promise<unknown> => (await state()).details["gallery"];
const lastAsked = (method: keyof PanelToHost): unknown => watched.asked(method).at(-1);

/** Waits for a list: asked for as expected, and here. */
async function opened(query: PanelToHost["openView"]["params"]): Promise<void> {
  await expect.poll(() => lastAsked("openView")).toEqual(query);
  await open.page.waitForSelector(".tiles[aria-busy=false]");
}

/** Waits until the page has drawn what it was told to, and has heard of its new size. */
async function drawn(): Promise<void> {
  await open.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** How many tiles lie side by side. */
const columnCount = (): Promise<number> =>
  open.page.$$eval(".tile", (tiles) => new Set(tiles.map((tile) => tile.getBoundingClientRect().x)).size);

async function scrollTo(scrollTop: number): Promise<void> {
  await open.page.evaluate((top) => (document.querySelector(".tiles")!.scrollTop = top), scrollTop);
  await expect.poll(keptOfGallery).not.toMatchObject({ top: 0 }); // it has come to rest
}

describe("the gallery", () => {
  it("asks for the list, its first rows and their pictures, and draws them", async () => {
    await opened({ unit: "pair" });
    expect(watched.asked("openView")).toHaveLength(1);
    expect(watched.asked("readPage")[0]).toMatchObject({ view: "v0", from: 0, fields: expect.arrayContaining(["clipScore"]) as unknown });
    expect(await open.page.textContent(row(1))).toContain(made.textOf(1));
    expect(await open.page.getAttribute(row(1), "aria-posinset")).toBe("2");
    expect(await open.page.getAttribute(row(1), "aria-setsize")).toBe("1000");
    expect(await status()).toBe("1,000 pairs · 970 kept");
    expect(await open.page.getAttribute(row(0), "class")).toContain("dropped");
  });

  it("has nothing that axe finds wrong", async () => {
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("chooses by mouse as people know it", async () => {
    await open.page.click(row(2));
    await expect.poll(chosen).toEqual(["2"]);
    await open.page.click(row(5), { modifiers: ["Shift"] });
    await expect.poll(chosen).toEqual(["2", "3", "4", "5"]);
    await open.page.click(row(4), { modifiers: ["Control"] });
    await expect.poll(chosen).toEqual(["2", "3", "5"]);
    await expect.poll(status).toBe("1,000 pairs · 3 selected · 970 kept");
  });

  it("chooses by keys as people know it", async () => {
    await open.page.click(row(2));
    await open.page.keyboard.press("Shift+ArrowRight");
    await open.page.keyboard.press("Control+ArrowRight");
    await expect.poll(chosen).toEqual(["2", "3"]);
    await expect.poll(focused).toBe("gallery-row-4");
    await open.page.keyboard.press("Space");
    await expect.poll(chosen).toEqual(["2", "3", "4"]);
    await open.page.keyboard.press("Control+a");
    await expect.poll(status).toBe("1,000 pairs · 1,000 selected · 970 kept");
    await open.page.keyboard.press("Escape");
    await expect.poll(chosen).toEqual([]);
  });

  it("goes to both ends and by pages, and keeps the focus in sight", async () => {
    await open.page.focus(".tiles");
    await open.page.keyboard.press("End");
    await open.page.waitForSelector(`${row(999)}:not(.skeleton)`);
    await expect.poll(focused).toBe("gallery-row-999");
    const box = (await open.page.locator(row(999)).boundingBox())!;
    const list = (await open.page.locator(".tiles").boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(list.y + list.height);
    await open.page.keyboard.press("PageUp");
    await expect.poll(async () => Number((await focused())?.split("-").at(-1))).toBeLessThan(999);
    await open.page.keyboard.press("Home");
    await expect.poll(focused).toBe("gallery-row-0");
    await open.page.waitForSelector(row(0));
  });

  it("drops with a key what is focused, marks it at once and goes on", async () => {
    await open.page.click(row(3));
    await open.page.keyboard.press("d");
    await open.page.waitForSelector(`${row(3)}.dropped .verdict.drop`);
    await expect.poll(focused).toBe("gallery-row-4");
    await expect.poll(chosen).toEqual(["4"]);
    await expect
      .poll(() => lastAsked("setVerdicts"))
      .toMatchObject({ targets: { kind: "view", view: "v0", ranges: [[3, 4]] }, decision: "drop" });
    await expect.poll(status).toContain("969 kept");
    await open.page.waitForSelector("text=Dropped 1 pair");
    expect(watched.asked("setVerdicts")).toHaveLength(1);
  });

  it("decides of all that is chosen, and takes it back with Ctrl+Z", async () => {
    await open.page.click(row(10));
    await open.page.click(row(12), { modifiers: ["Shift"] });
    await open.page.keyboard.press("r");
    await open.page.waitForSelector(`${row(12)} .verdict.review.person`);
    await expect.poll(() => lastAsked("setVerdicts")).toMatchObject({ targets: { ranges: [[10, 13]] }, decision: "review" });
    await expect.poll(focused).toBe("gallery-row-13");
    await open.page.keyboard.press("Control+z");
    await open.page.waitForSelector(`${row(12)} .verdict`, { state: "detached" });
  });

  it("offers to take back the last operation alone", async () => {
    const undoButtons = open.page.locator(".toast vscode-button", { hasText: "Undo" });
    await open.page.click(row(14));
    await open.page.keyboard.press("r");
    await open.page.waitForSelector(".toast >> text=Put in review 1 pair");
    await open.page.click(row(15));
    await open.page.keyboard.press("d");
    await expect
      .poll(() => open.page.locator(".toast", { hasText: "Dropped 1 pair" }).locator("vscode-button", { hasText: "Undo" }).count())
      .toBe(1);
    await expect.poll(() => undoButtons.count()).toBe(1);
    await open.page.keyboard.press("Control+z");
    await expect.poll(() => undoButtons.count()).toBe(0);
    await open.page.keyboard.press("Control+z");
    await open.page.waitForSelector(`${row(14)} .verdict`, { state: "detached" });
  });

  it("offers at its foot what the keys do", async () => {
    await open.page.click(row(20));
    await open.page.click(".gallery-foot button:has-text('Review')");
    await open.page.waitForSelector(`${row(20)} .verdict.review`);
    await open.page.click(row(20));
    await open.page.keyboard.press("u");
    await open.page.waitForSelector(`${row(20)} .verdict`, { state: "detached" });
    await expect.poll(() => lastAsked("setVerdicts")).toMatchObject({ decision: "clear" });
  });

  it("inspects with Enter and by a double click, and follows the focus while the inspector is open", async () => {
    await open.page.click(row(6));
    await open.page.keyboard.press("Enter");
    await expect.poll(inspected).toBe("pictures/0000006.jpg");
    await open.page.keyboard.press("ArrowRight");
    await expect.poll(inspected).toBe("pictures/0000007.jpg");
    await open.page.keyboard.press("i");
    await open.page.waitForSelector(".inspector-pane", { state: "hidden" });
    expect(await inspected()).toBeNull();
    await drawn();
    await open.page.dblclick(row(1));
    await expect.poll(inspected).toBe("pictures/0000001.jpg");
  });

  it("leaves the inspector with the sample that it was sent to while a list opens, until a person chooses another", async () => {
    await open.host.call("show", { view: "gallery", unit: "sample", sample: "pictures/0000009.jpg" });
    await opened({ unit: "sample" });
    await open.page.waitForSelector(`${row(0)}:not(.skeleton)`);
    await open.page.waitForTimeout(400); // longer than the inspector takes to follow
    expect(await inspected()).toBe("pictures/0000009.jpg");
    await open.page.click(row(0));
    await expect.poll(inspected).toBe("pictures/0000000.jpg");
  });

  it("keeps in sight what is chosen when the inspector takes a part of its width", async () => {
    const before = await columnCount();
    const last = await open.page.evaluate(() => {
      const bottom = document.querySelector(".tiles")!.getBoundingClientRect().bottom;
      const whole = [...document.querySelectorAll(".tile")].filter((tile) => tile.getBoundingClientRect().bottom <= bottom);
      return Math.max(...whole.map(({ id }) => Number(id.split("-").at(-1))));
    });
    await open.page.click(row(last));
    await open.page.keyboard.press("Enter");
    const isInSight = (): Promise<boolean> =>
      open.page.evaluate((selector) => {
        const tile = document.querySelector(selector)?.getBoundingClientRect();
        const list = document.querySelector(".tiles")!.getBoundingClientRect();
        return tile !== undefined && tile.top >= list.top - 1 && tile.bottom <= list.bottom + 1;
      }, row(last));
    await open.page.waitForSelector(".inspector-pane:not([hidden])");
    await expect.poll(columnCount).toBeLessThan(before);
    await expect.poll(isInSight).toBe(true);
  });

  it("has a menu for the row, by mouse and by Shift+F10", async () => {
    await open.page.click(row(8), { button: "right" });
    await expect.poll(chosen).toEqual(["8"]);
    await open.page.click("[role=menuitem]:has-text('Open the caption beside')");
    await expect.poll(() => watched.asked("openFile")).toEqual([{ sample: "pictures/0000008.jpg", what: "caption", captionIndex: 0 }]);
    await open.page.focus(".tiles");
    await open.page.keyboard.press("Shift+F10");
    await expect.poll(() => open.page.evaluate(() => document.activeElement?.textContent.trim())).toContain("Keep");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.keyboard.press("Escape");
    await expect.poll(() => open.page.evaluate(() => document.activeElement?.className)).toContain("tiles");
    await open.page.waitForSelector("[role=menu]", { state: "detached" });
  });

  it("finds similar pictures: the list is ordered by similarity and says so", async () => {
    await open.page.click(row(8));
    await open.page.keyboard.press("s");
    await open.page.waitForSelector(".chip:has-text('Similar to pictures/0000008.jpg')");
    await opened({ unit: "pair", sort: "-similarity", search: { kind: "sample", sample: "pictures/0000008.jpg" } });
    await open.page.waitForSelector(`${row(0)} [title^=Similarity]`);
    await open.page.click(".chip-remove");
    await opened({ unit: "pair" });
  });
});

describe("the gallery's list", () => {
  it("is sorted by any signal, in both directions", async () => {
    await open.page.click("vscode-dropdown[aria-label='Sort by']");
    await open.page.click("vscode-option[value=clipScore]");
    await opened({ unit: "pair", sort: "clipScore" });
    const least = made.score.indexOf(Math.min(...made.score));
    await expect.poll(() => open.page.textContent(row(0))).toContain(made.textOf(least));
    await open.page.click("vscode-button[aria-label^='Upwards']");
    await opened({ unit: "pair", sort: "-clipScore" });
  });

  it("is a table with columns that can be sorted by", async () => {
    await begin({ sort: "-clipScore" });
    await open.page.click("[role=radio][aria-label=Table]");
    await expect.poll(() => open.page.getAttribute(".tiles", "role")).toBe("grid");
    expect(await open.page.getAttribute(".tiles", "aria-rowcount")).toBe("1001");
    expect(await open.page.getAttribute(row(0), "aria-rowindex")).toBe("2");
    const header = open.page.locator("[role=columnheader]:has-text('CLIP score')").first();
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    await open.page.click("[role=columnheader] button:has-text('Caption rank')");
    await opened({ unit: "pair", sort: "-captionRank" });
    await expect
      .poll(() => open.page.locator("[role=columnheader]:has-text('Caption rank')").first().getAttribute("aria-sort"))
      .toBe("descending");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("shows the signals that a person chooses as columns", async () => {
    await begin({ sort: "-captionRank", details: { gallery: { layout: "list" } } });
    await open.page.click("vscode-button:has-text('Columns')");
    await open.page.click("[role=menuitemcheckbox]:has-text('Truncated')");
    await open.page.waitForSelector("[role=columnheader]:has-text('Truncated')");
    await expect.poll(() => open.page.textContent(`${row(0)} [role=gridcell]:nth-last-child(3)`)).toMatch(/yes|no/);
    await expect.poll(() => watched.asked("readPage").at(-1)!.fields).toContain("truncated");
  });

  it("has a row for each picture where that is wanted, and cards with whole captions", async () => {
    await open.page.click("[role=radio][aria-label^=Cards]");
    await open.page.click("[role=radio]:has-text('Pictures')");
    await opened({ unit: "sample" });
    await expect.poll(status).toContain("1,000 pictures");
    await open.page.waitForSelector(`${row(0)}:not(.skeleton) .card-captions`);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("keeps the topmost row on top when the pictures' size changes", async () => {
    await scrollTo(9000);
    const top = (): Promise<number> =>
      open.page.$$eval(".tile", (tiles) => {
        const { top: edge } = document.querySelector(".tiles")!.getBoundingClientRect();
        const seen = tiles.filter((tile) => tile.getBoundingClientRect().bottom > edge + 60);
        return Math.min(...seen.map(({ id }) => Number(id.split("-").at(-1))));
      });
    const before = await top();
    await open.page.focus("input[type=range]");
    await open.page.keyboard.press("ArrowRight");
    await expect.poll(keptOfGallery).toMatchObject({ density: 256 });
    const columns = await columnCount();
    await expect.poll(top).toBe(Math.floor(before / columns) * columns);
  });

  it("stands where it stood after another view was in front", async () => {
    const scrollTop = (): Promise<number> => open.page.evaluate(() => document.querySelector(".tiles")!.scrollTop);
    await scrollTo(9000);
    await open.page.click("#tab-spotCheck");
    await open.page.waitForSelector("#view-spotCheck");
    await open.page.click("#tab-gallery");
    await open.page.waitForSelector("#view-gallery");
    await drawn();
    expect(await scrollTop()).toBe(9000);
    await open.page.locator(".tiles").hover();
    await open.page.mouse.wheel(0, 100);
    await expect.poll(scrollTop).toBe(9100);
  });

  it("stays as it is while verdicts change, says how many no longer match, and is refreshed on demand", async () => {
    await open.host.call("show", { view: "gallery", where: "verdict = review", unit: "pair" });
    await expect.poll(status).toMatch(/^29 of 1,000 pairs/);
    await open.page.click(row(0));
    await open.page.click(row(2), { modifiers: ["Shift"] });
    await open.page.keyboard.press("k");
    await open.page.waitForSelector(".stale-note:has-text('3 no longer match')");
    expect(await status()).toMatch(/^29 of/);
    await open.page.click(".stale-note a");
    await expect.poll(status).toMatch(/^26 of/);
    await open.page.waitForSelector(".stale-note", { state: "detached" });
    await open.host.call("perform", { action: "undo" });
    await open.page.waitForSelector(".stale-note:has-text('3 more match')");
    await open.host.call("perform", { action: "refresh" });
    await open.page.waitForSelector(".stale-note", { state: "detached" });
  });

  it("says so where nothing fits, and how to come back", async () => {
    await open.host.call("show", { view: "gallery", where: 'caption ~ "zebra"' });
    await open.page.waitForSelector("text=Nothing fits the filter");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click("vscode-button:has-text('Clear the filter')");
    await expect.poll(() => open.page.locator(".tile").count()).toBeGreaterThan(20);
  });

  it("is opened again when the engine no longer knows it", async () => {
    const { fake, asked } = watch(makeUp(1000));
    const { readPage } = fake.handlers;
    let refused = 0;
    Object.assign(fake.handlers, {
      readPage: (params: never, watching: never) => {
        if (refused > 0) return readPage(params, watching);
        refused += 1;
        throw new Error("There is no such list");
      },
    });
    await open.reload(fake);
    await open.page.waitForSelector(`${row(0)}:not(.skeleton)`);
    expect(refused).toBe(1);
    expect(asked("openView")).toHaveLength(2);
  });
});

describe("the gallery after a reload", () => {
  it("is where it was: layout, size, order, row and focus", async () => {
    const details = { gallery: { layout: "list", density: 256, columns: ["captionTokens"], top: 500, focus: 503 } };
    const { fake, asked } = watch(made);
    const again = await openPage(fake, { state: { root: "/made-up", sort: "-clipScore", unit: "sample", details }, theme: "light" });
    await again.page.waitForSelector(`${row(500)}:not(.skeleton)`);
    expect(asked("openView")).toEqual([{ unit: "sample", sort: "-clipScore" }]);
    expect(asked("readPage")[0]!.from).toBe(500);
    expect(await again.page.getAttribute(".tiles", "aria-activedescendant")).toBe("gallery-row-503");
    const list = (await again.page.locator(".tiles-clip").boundingBox())!;
    expect((await again.page.locator(row(500)).boundingBox())!.y).toBeCloseTo(list.y, 0);
    expect(await findAccessibilityViolations(again.page)).toEqual([]);
    await again.screenshot("gallery-list-light");
    await again.dispose();
  });
});

describe("the gallery over a slow link", () => {
  it("shows where rows will be while it scrolls, and has them soon after", async () => {
    const { fake, asked } = watch(made);
    for (const method of ["readPage", "readThumbnails"] as const) {
      const answer = fake.handlers[method].bind(undefined) as (params: never, watching: never) => unknown;
      const late = async (params: never, watching: never): Promise<unknown> => {
        await new Promise((resolve) => setTimeout(resolve, 120));
        return answer(params, watching);
      };
      Object.assign(fake.handlers, { [method]: late });
    }
    await open.reload(fake);
    await open.page.waitForSelector(".tile:not(.skeleton)");
    await open.page.locator(".tiles").hover();
    let skeletons = 0;
    for (let step = 0; step < 40; step += 1) {
      await open.page.mouse.wheel(0, 400);
      await open.page.waitForTimeout(16);
      skeletons = Math.max(skeletons, await open.page.locator(".tile.skeleton").count());
    }
    expect(skeletons).toBeGreaterThan(0);
    await open.page.waitForSelector(".tile.skeleton", { state: "detached" });
    expect(asked("readPage").length).toBeLessThan(25);
  });
});

describe("the gallery before the first analysis", () => {
  it("has one sentence and one button", async () => {
    const { fake, asked } = watch(made);
    const snapshot = fake.snapshot.bind(fake);
    fake.snapshot = () => ({ ...snapshot(), overview: { ...snapshot().overview, analysed: null } });
    const bare = await openPage(fake, { theme: "highContrast" });
    await bare.page.click(".empty-state vscode-button:has-text('Analyse')");
    await expect.poll(() => asked("run")).toHaveLength(1);
    expect(asked("openView")).toHaveLength(0);
    expect(await findAccessibilityViolations(bare.page)).toEqual([]);
    await bare.screenshot("gallery-before-highContrast");
    await bare.dispose();
  });
});
