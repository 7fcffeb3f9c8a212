import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SetVerdictsRequest } from "../../src/protocol/gallery.ts";
import type { PanelToHost } from "../../src/protocol/panelApi.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { type MadeUp, makeUp } from "./madeUp.ts";

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

const made = makeUp(1000);
let watched: Watched;
let open: OpenPage;

beforeAll(async () => {
  watched = watch(made);
  open = await openPage(watched.fake);
  open.page.setDefaultTimeout(5000);
  await open.page.waitForSelector(".tile winnow-thumbnail img");
});

afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open.dispose();
});

const row = (position: number): string => `#gallery-row-${position}`;
const chosen = (): Promise<string[]> =>
  open.page.$$eval(".tile[aria-selected=true]", (tiles) => tiles.map(({ id }) => id.split("-").at(-1)!));
const focused = (): Promise<string | null> => open.page.getAttribute(".tiles", "aria-activedescendant");
const status = async (): Promise<string> => (await open.page.textContent(".foot-status"))!;

async function rest(): Promise<void> {
  await open.page.waitForTimeout(250);
}

describe("the gallery", () => {
  it("asks for the list, its first rows and their pictures, and draws them", async () => {
    expect(watched.asked("openView")).toEqual([{ unit: "pair" }]);
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
    expect(await chosen()).toEqual(["2"]);
    await open.page.click(row(5), { modifiers: ["Shift"] });
    expect((await chosen()).sort()).toEqual(["2", "3", "4", "5"]);
    await open.page.click(row(4), { modifiers: ["Control"] });
    expect((await chosen()).sort()).toEqual(["2", "3", "5"]);
    expect(await status()).toBe("1,000 pairs · 3 selected · 970 kept");
  });

  it("chooses by keys as people know it", async () => {
    await open.page.click(row(2));
    await open.page.keyboard.press("Shift+ArrowRight");
    await open.page.keyboard.press("Control+ArrowRight");
    expect((await chosen()).sort()).toEqual(["2", "3"]);
    expect(await focused()).toBe("gallery-row-4");
    await open.page.keyboard.press("Space");
    expect((await chosen()).sort()).toEqual(["2", "3", "4"]);
    await open.page.keyboard.press("Control+a");
    expect(await status()).toBe("1,000 pairs · 1,000 selected · 970 kept");
    await open.page.keyboard.press("Escape");
    expect(await chosen()).toEqual([]);
  });

  it("goes to both ends and by pages, and keeps the focus in sight", async () => {
    await open.page.focus(".tiles");
    await open.page.keyboard.press("End");
    await open.page.waitForSelector(`${row(999)}:not(.skeleton)`);
    expect(await focused()).toBe("gallery-row-999");
    const box = (await open.page.locator(row(999)).boundingBox())!;
    const list = (await open.page.locator(".tiles").boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(list.y + list.height);
    await open.page.keyboard.press("PageUp");
    expect(await focused()).not.toBe("gallery-row-999");
    await open.page.keyboard.press("Home");
    expect(await focused()).toBe("gallery-row-0");
    expect(await open.page.locator(row(0)).isVisible()).toBe(true);
  });

  it("drops with a key what is focused, marks it at once and goes on", async () => {
    await open.page.click(row(3));
    await open.page.keyboard.press("d");
    await open.page.waitForSelector(`${row(3)}.dropped .verdict.drop`);
    expect(await focused()).toBe("gallery-row-4");
    expect(await chosen()).toEqual(["4"]);
    const [request] = watched.asked("setVerdicts") as SetVerdictsRequest[];
    expect(request).toMatchObject({ targets: { kind: "view", view: "v0", ranges: [[3, 4]] }, decision: "drop" });
    await expect.poll(status).toContain("969 kept");
    await open.page.waitForSelector("text=Dropped 1 pair");
  });

  it("decides of all that is chosen, and takes it back with Ctrl+Z", async () => {
    await open.page.click(row(10));
    await open.page.click(row(12), { modifiers: ["Shift"] });
    await open.page.keyboard.press("r");
    await open.page.waitForSelector(`${row(12)} .verdict.review.person`);
    expect(watched.asked("setVerdicts").at(-1)).toMatchObject({ targets: { ranges: [[10, 13]] }, decision: "review" });
    expect(await focused()).toBe("gallery-row-13");
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
    expect(await undoButtons.count()).toBe(1);
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
    expect(watched.asked("setVerdicts").at(-1)).toMatchObject({ decision: "clear" });
  });

  it("inspects with Enter and by a double click, and follows the focus while the inspector is open", async () => {
    const inspected = (): Promise<unknown> =>
      open.page.evaluate(() => (globalThis as unknown as { winnowState: { inspected: unknown } }).winnowState.inspected);
    await open.page.click(row(6));
    await open.page.keyboard.press("Enter");
    expect(await inspected()).toBe("pictures/0000006.jpg");
    await open.page.keyboard.press("ArrowRight");
    await expect.poll(inspected).toBe("pictures/0000007.jpg");
    await open.page.keyboard.press("i");
    expect(await inspected()).toBeNull();
    await open.page.dblclick(row(1));
    expect(await inspected()).toBe("pictures/0000001.jpg");
    await open.page.keyboard.press("i");
    await rest();
  });

  it("leaves the inspector with the sample that it was sent to while a list opens, until a person chooses another", async () => {
    const inspected = (): Promise<unknown> =>
      open.page.evaluate(() => (globalThis as unknown as { winnowState: { inspected: unknown } }).winnowState.inspected);
    await open.host.call("show", { view: "gallery", unit: "sample", sample: "pictures/0000009.jpg" });
    await open.page.waitForSelector(`${row(0)}:not(.skeleton)`);
    await open.page.waitForTimeout(400); // longer than the inspector takes to follow
    expect(await inspected()).toBe("pictures/0000009.jpg");
    await open.page.click(row(0));
    await expect.poll(inspected).toBe("pictures/0000000.jpg");
    await open.page.keyboard.press("i");
    await open.host.call("show", { view: "gallery", unit: "pair" });
    await rest();
  });

  it("keeps in sight what is chosen when the inspector takes a part of its width", async () => {
    await open.page.click(row(0));
    await open.page.keyboard.press("End");
    await open.page.keyboard.press("Home");
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
    await expect.poll(isInSight).toBe(true);
    await open.page.keyboard.press("i");
    await open.page.keyboard.press("Home");
    await rest();
  });

  it("has a menu for the row, by mouse and by Shift+F10", async () => {
    await open.page.click(row(8), { button: "right" });
    expect(await chosen()).toEqual(["8"]);
    await open.page.click("[role=menuitem]:has-text('Open the caption beside')");
    expect(watched.asked("openFile")).toEqual([{ sample: "pictures/0000008.jpg", what: "caption", captionIndex: 0 }]);
    await open.page.focus(".tiles");
    await open.page.keyboard.press("Shift+F10");
    expect(await open.page.evaluate(() => document.activeElement?.textContent.trim())).toContain("Keep");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.keyboard.press("Escape");
    expect(await open.page.evaluate(() => document.activeElement?.className)).toContain("tiles");
    await open.page.waitForSelector("[role=menu]", { state: "detached" });
  });

  it("finds similar pictures: the list is ordered by similarity and says so", async () => {
    await open.page.click(row(8));
    await open.page.keyboard.press("s");
    await open.page.waitForSelector(".chip:has-text('Similar to pictures/0000008.jpg')");
    expect(watched.asked("openView").at(-1)).toEqual({
      unit: "pair",
      sort: "-similarity",
      search: { kind: "sample", sample: "pictures/0000008.jpg" },
    });
    await open.page.waitForSelector(`${row(0)} [title^=Similarity]`);
    await open.page.click(".chip-remove");
    expect(watched.asked("openView").at(-1)).toEqual({ unit: "pair" });
  });
});

describe("the gallery's list", () => {
  afterEach(() => rest());

  it("is sorted by any signal, in both directions", async () => {
    await open.page.click("vscode-dropdown[aria-label='Sort by']");
    await open.page.click("vscode-option[value=clipScore]");
    await rest();
    expect(watched.asked("openView").at(-1)).toEqual({ unit: "pair", sort: "clipScore" });
    const least = made.score.indexOf(Math.min(...made.score));
    await expect.poll(() => open.page.textContent(row(0))).toContain(made.textOf(least));
    await open.page.click("vscode-button[aria-label^='Upwards']");
    expect(watched.asked("openView").at(-1)).toEqual({ unit: "pair", sort: "-clipScore" });
  });

  it("is a table with columns that can be sorted by", async () => {
    await open.page.click("[role=radio][aria-label=Table]");
    expect(await open.page.getAttribute(".tiles", "role")).toBe("grid");
    expect(await open.page.getAttribute(".tiles", "aria-rowcount")).toBe("1001");
    expect(await open.page.getAttribute(row(0), "aria-rowindex")).toBe("2");
    const header = open.page.locator("[role=columnheader]:has-text('CLIP score')").first();
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    await open.page.click("[role=columnheader] button:has-text('Caption rank')");
    await rest();
    expect(watched.asked("openView").at(-1)).toEqual({ unit: "pair", sort: "-captionRank" });
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("shows the signals that a person chooses as columns", async () => {
    await open.page.click("vscode-button:has-text('Columns')");
    await open.page.click("[role=menuitemcheckbox]:has-text('Truncated')");
    await open.page.waitForSelector("[role=columnheader]:has-text('Truncated')");
    await expect.poll(() => open.page.textContent(`${row(0)} [role=gridcell]:nth-last-child(3)`)).toMatch(/yes|no/);
    expect(watched.asked("readPage").at(-1)!.fields).toContain("truncated");
  });

  it("has a row for each picture where that is wanted, and cards with whole captions", async () => {
    await open.page.click("[role=radio][aria-label^=Cards]");
    await open.page.click("[role=radio]:has-text('Pictures')");
    await rest();
    expect(watched.asked("openView").at(-1)).toMatchObject({ unit: "sample" });
    expect(await status()).toContain("1,000 pictures");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click("[role=radio]:has-text('Pairs')");
  });

  it("keeps the topmost row on top when the pictures' size changes", async () => {
    await open.page.click("[role=radio][aria-label=Tiles]");
    await open.page.focus(".tiles");
    await open.page.evaluate(() => (document.querySelector(".tiles")!.scrollTop = 9000));
    await rest();
    const top = (): Promise<number> =>
      open.page.$$eval(".tile", (tiles) => {
        const { top: edge } = document.querySelector(".tiles")!.getBoundingClientRect();
        const seen = tiles.filter((tile) => tile.getBoundingClientRect().bottom > edge + 60);
        return Math.min(...seen.map(({ id }) => Number(id.split("-").at(-1))));
      });
    const before = await top();
    await open.page.focus("input[type=range]");
    await open.page.keyboard.press("ArrowRight");
    await rest();
    const columns = await open.page.$$eval(".tile", (tiles) => new Set(tiles.map((tile) => tile.getBoundingClientRect().x)).size);
    expect(await top()).toBe(Math.floor(before / columns) * columns);
    await open.page.keyboard.press("ArrowLeft");
    await rest();
  });

  it("stands where it stood after another view was in front", async () => {
    await open.page.evaluate(() => (document.querySelector(".tiles")!.scrollTop = 9000));
    await rest();
    await open.page.click("#tab-spotCheck");
    await open.page.click("#tab-gallery");
    await rest();
    expect(await open.page.evaluate(() => document.querySelector(".tiles")!.scrollTop)).toBe(9000);
    await open.page.locator(".tiles").hover();
    await open.page.mouse.wheel(0, 100);
    await rest();
    await expect.poll(() => open.page.evaluate(() => document.querySelector(".tiles")!.scrollTop)).toBe(9100);
  });

  it("stays as it is while verdicts change, says how many no longer match, and is refreshed on demand", async () => {
    await open.host.call("show", { view: "gallery", where: "verdict = review", unit: "pair" });
    await rest();
    const before = (await status()).split(" ")[0]!;
    await open.page.click(row(0));
    await open.page.click(row(2), { modifiers: ["Shift"] });
    await open.page.keyboard.press("k");
    await open.page.waitForSelector(".stale-note:has-text('3 no longer match')");
    expect((await status()).split(" ")[0]).toBe(before);
    await open.page.click(".stale-note a");
    await rest();
    expect(Number((await status()).split(" ")[0])).toBe(Number(before) - 3);
    expect(await open.page.locator(".stale-note").count()).toBe(0);
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
    const opened = watched.asked("openView").length;
    const readPage = watched.fake.handlers.readPage.bind(undefined);
    let refused = 0;
    Object.assign(watched.fake.handlers, {
      readPage: (params: never, watching: never) => {
        if (refused > 0) return readPage(params, watching);
        refused += 1;
        throw new Error("There is no such list");
      },
    });
    // a connection takes its handlers when it is made, so that the refusal needs a page of its own
    const again = await openPage(watched.fake);
    await again.page.waitForSelector(`${row(0)}:not(.skeleton)`);
    expect(refused).toBe(1);
    expect(watched.asked("openView").length).toBe(opened + 2);
    expect(again.errors).toEqual([]);
    await again.dispose();
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
    const slow = await openPage(fake);
    await slow.page.waitForSelector(".tile:not(.skeleton)");
    await slow.page.locator(".tiles").hover();
    let skeletons = 0;
    for (let step = 0; step < 40; step += 1) {
      await slow.page.mouse.wheel(0, 400);
      await slow.page.waitForTimeout(16);
      skeletons = Math.max(skeletons, await slow.page.locator(".tile.skeleton").count());
    }
    expect(skeletons).toBeGreaterThan(0);
    await slow.page.waitForSelector(".tile.skeleton", { state: "detached", timeout: 1500 });
    expect(asked("readPage").length).toBeLessThan(25);
    expect(slow.errors).toEqual([]);
    await slow.dispose();
  });
});

describe("the gallery before the first analysis", () => {
  it("has one sentence and one button", async () => {
    const { fake, asked } = watch(made);
    const snapshot = fake.snapshot.bind(fake);
    fake.snapshot = () => ({ ...snapshot(), overview: { ...snapshot().overview, analysed: null } });
    const bare = await openPage(fake, { theme: "highContrast" });
    await bare.page.click(".empty-state vscode-button:has-text('Analyse')");
    expect(asked("run")).toHaveLength(1);
    expect(asked("openView")).toHaveLength(0);
    expect(await findAccessibilityViolations(bare.page)).toEqual([]);
    await bare.screenshot("gallery-before-highContrast");
    await bare.dispose();
  });
});
