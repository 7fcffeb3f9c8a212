import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

/** What the page measures of itself: the time of each frame, and of each call of what listens to scrolling. */
interface Measured {
  readonly frames: number[];
  readonly scrolls: number[];
}

const count = 1_000_000;
let fake: FakeHost;
let open: OpenPage;

beforeAll(async () => {
  fake = createFakeHost(makeUp(count));
  open = await openPage(fake);
  await open.page.waitForSelector(".tile:not(.skeleton)");
  await open.page.waitForTimeout(500);
  await measureScrolling();
});

afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open.dispose();
});

/** Measures the work of a scroll event from the first listener of the page (in its way down) to the last (on its way up). */
async function measureScrolling(): Promise<void> {
  await open.page.evaluate(() => {
    const measured: Measured = { frames: [], scrolls: [] };
    Object.assign(globalThis, { measured });
    let last = performance.now();
    const frame = (): void => {
      const now = performance.now();
      measured.frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const list = document.querySelector(".tiles")!;
    let began = 0;
    list.addEventListener("scroll", () => (began = performance.now()), { capture: true });
    list.addEventListener("scroll", () => measured.scrolls.push(performance.now() - began));
  });
}

async function measured(): Promise<Measured> {
  return open.page.evaluate(() => {
    const { frames, scrolls } = (globalThis as unknown as { measured: Measured }).measured;
    return { frames: frames.splice(0), scrolls: scrolls.splice(0) };
  });
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor(share * (values.length - 1))] ?? 0;
}

/** How far the list is scrolled, counted from where its tiles lie: lines of tiles, and pixels. */
function placeOfList(): Promise<{ readonly row: number; readonly offsetPx: number }> {
  return open.page.evaluate(() => {
    const clip = document.querySelector(".tiles-clip")!.getBoundingClientRect();
    const tiles = [...document.querySelectorAll(".tile")]
      .map((tile) => ({ position: Number(tile.id.split("-").at(-1)), box: tile.getBoundingClientRect() }))
      .sort((left, right) => left.position - right.position);
    const columns = new Set(tiles.map(({ box }) => Math.round(box.x))).size;
    const lineHeightPx = tiles[columns]!.box.y - tiles[0]!.box.y;
    const line = tiles[0]!.position / columns;
    const seen = tiles.find(({ box }) => box.bottom > clip.y)!;
    return { row: seen.position, offsetPx: line * lineHeightPx - (tiles[0]!.box.y - clip.y) };
  });
}

describe("a gallery of a million rows", () => {
  it("has few of them in the page", async () => {
    expect(await open.page.locator(".tile").count()).toBeLessThan(150);
    expect(await open.page.textContent(".foot-status")).toContain("1,000,000 pairs");
  });

  it("goes to the middle by the scroll bar, and asks for what is seen there alone", async () => {
    await measured();
    const asked = fake.calls.get("readPage")!;
    const began = performance.now();
    await open.page.evaluate(() => {
      const list = document.querySelector(".tiles")!;
      list.scrollTop = (list.scrollHeight - list.clientHeight) / 2;
    });
    await open.page.waitForFunction(() => {
      const tiles = [...document.querySelectorAll(".tile")];
      return (
        tiles.length > 0 && tiles.every(({ id, classList }) => Number(id.split("-").at(-1)) > 400_000 && !classList.contains("skeleton"))
      );
    });
    console.log(`to the middle: rows after ${(performance.now() - began).toFixed(0)} ms`);
    expect(Math.abs((await placeOfList()).row - count / 2)).toBeLessThan(1000);
    expect(fake.calls.get("readPage")! - asked).toBeLessThanOrEqual(3);
  });

  it("scrolls by the wheel pixel for pixel, with few rows in the page, and tells what a frame costs", async () => {
    const before = (await placeOfList()).offsetPx;
    const box = (await open.page.locator(".tiles").boundingBox())!;
    await open.page.mouse.move(box.x + 400, box.y + 300);
    await measured();
    const began = performance.now();
    let wheelPx = 0;
    while (performance.now() - began < 2000) {
      await open.page.mouse.wheel(0, 60);
      wheelPx += 60;
      await open.page.waitForTimeout(8);
    }
    const { frames, scrolls } = await measured();
    await expect.poll(async () => (await placeOfList()).offsetPx - before).toBeCloseTo(wheelPx, 0);
    const dropped = frames.filter((ms) => ms > 25).length;
    console.log(
      `wheel, ${frames.length} frames in 2 s: ${dropped} longer than 25 ms, 95 % within ${quantile(frames, 0.95).toFixed(1)} ms; ` +
        `scroll work: median ${quantile(scrolls, 0.5).toFixed(2)} ms, 95 % within ${quantile(scrolls, 0.95).toFixed(2)} ms, at most ${Math.max(...scrolls).toFixed(1)} ms`,
    );
    expect(await open.page.locator(".tile").count()).toBeLessThan(150);
    await open.page.waitForSelector(".tile.skeleton", { state: "detached" });
  });

  it("reaches the last row and the first", async () => {
    await open.page.focus(".tiles");
    await open.page.keyboard.press("End");
    await open.page.waitForSelector(`#gallery-row-${count - 1}:not(.skeleton)`);
    expect(await open.page.getAttribute(`#gallery-row-${count - 1}`, "aria-posinset")).toBe(String(count));
    await open.page.keyboard.press("ArrowUp");
    await open.page.keyboard.press("Home");
    await open.page.waitForSelector("#gallery-row-0:not(.skeleton)");
    await expect.poll(async () => (await placeOfList()).row).toBe(0);
  });

  it("drags the scroll bar's thumb through all of it without a request a frame", async () => {
    await measured();
    const asked = fake.calls.get("readPage")!;
    await open.page.evaluate(async () => {
      const list = document.querySelector(".tiles")!;
      for (let step = 1; step <= 60; step += 1) {
        list.scrollTop = (step / 60) * (list.scrollHeight - list.clientHeight);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await open.page.waitForSelector(`#gallery-row-${count - 1}:not(.skeleton)`);
    const { scrolls } = await measured();
    console.log(
      `thumb, 60 jumps: ${fake.calls.get("readPage")! - asked} requests; scroll work: median ${quantile(scrolls, 0.5).toFixed(2)} ms, at most ${Math.max(...scrolls).toFixed(1)} ms`,
    );
    expect(fake.calls.get("readPage")! - asked).toBeLessThan(40);
  });
});
