import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinThumbnails } from "../../src/engine/requests/thumbnailBatch.ts";
import type { ListedTuneRun, TuneCurve } from "../../src/protocol/tuneRuns.ts";
import { tuneRunOf } from "../unit/host/entries.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { drawPicture, makeUp } from "./madeUp.ts";

/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });

let runs: readonly ListedTuneRun[] = [];
let epochs = 3;
const asked: string[] = [];
/** Checkpoints that have painted, and the pictures that their trainer is writing still. */
let painted = 2;
const unfinished = new Set<string>();
const fake = createRunsHost();
let open: OpenPage;

/** An extension with runs that a test sets. */
function createRunsHost(): FakeHost {
  const host = createFakeHost(makeUp(60, 1), {
    readTuneCurves: ({ runs: ids }) => ids.map(curveOf),
    stopTuneRun: ({ run }) => {
      asked.push(`stop ${run}`);
      return null;
    },
    readTuneSamples: ({ run }) => ({
      prompts: ["a cat in the snow", "a dog on a red sofa beside a very tall lamp that is on"],
      checkpoints: Array.from({ length: painted }, (_, at) => ({ unit: "epoch", at: at + 1 })),
      pictures: Array.from({ length: 2 * painted }, (_, at) => {
        const name = `${run}-${at}.png`;
        return { row: at % 2, column: Math.floor(at / 2), name, version: unfinished.has(name) ? "half" : "whole" };
      }),
    }),
    readTuneSampleThumbnails: async ({ names, side }) =>
      joinThumbnails(
        names,
        await Promise.all(
          names.map(async (name) => (unfinished.has(name) ? "is cut off" : await drawPicture(name.length + Number(name.at(-5)), side))),
        ),
      ),
    openTuneSample: ({ run, name }) => {
      asked.push(`open ${run} ${name}`);
      return null;
    },
    resumeTuneRun: ({ run }) => {
      asked.push(`resume ${run}`);
      return null;
    },
  });
  const snapshot = host.snapshot.bind(host);
  let version = 0;
  host.snapshot = () => {
    const told = snapshot();
    version += 1;
    return { ...told, version, overview: { ...told.overview, tuneRuns: runs } };
  };
  return host;
}

function curveOf(id: string): TuneCurve {
  const run = runs.find((each) => each.id === id) ?? tuneRunOf({ id });
  const points = Array.from({ length: epochs + 1 }, (_, epoch) => {
    const recall = run.recallBest === null ? null : 0.1 + 0.05 * epoch;
    const canary = id === "a" ? { canary: 0.9 - 0.1 * epoch } : {};
    return { epoch, loss: epoch === 0 ? null : 2 / epoch, imageToText: recall, textToImage: recall, ...canary };
  });
  return { run, points, options: {} };
}

const rows = (): Promise<string[]> => open.page.locator(".runs-list li").allInnerTexts();
const spoken = (place: number): Promise<string | null> => open.page.locator(".curve-chart svg").nth(place).getAttribute("aria-label");

beforeAll(async () => {
  open = await openPage(fake, { state: { root: "/made-up", view: "runs" } });
});

afterAll(() => open.dispose());

describe("the view of runs", () => {
  it("says how the first begins", async () => {
    await open.page.waitForSelector(".runs .work-empty");
    expect(await open.page.innerText(".runs")).toContain("Fine-Tune…");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("draws recall and loss of the newest by epoch, with words for who can't see them", async () => {
    runs = [
      tuneRunOf({ id: "a", title: "dcl, linear" }),
      tuneRunOf({ id: "b", title: "sigLip, adapter", state: "done", tuned: "/tuned" }),
      tuneRunOf({ id: "c", title: "infoNce, lowRank", state: "died", recallBefore: null, recallBest: null }),
    ];
    fake.onChange();
    await eventually(() => open.page.locator(".curve-chart svg path.curve").count()).toBe(9);
    expect(await spoken(0)).toBe(
      "R@1 on held-out pairs by epoch: dcl, linear from 10.0 % to 25.0 %; sigLip, adapter from 10.0 % to 25.0 %; infoNce, lowRank unknown",
    );
    expect(await spoken(1)).toContain("Loss by epoch: dcl, linear from 2.00 to 0.667");
    expect(await spoken(2)).toMatch(/^R@1 on Winnow's own pictures by epoch: dcl, linear from 90.0 % to 60.0 %; sigLip, adapter unknown/);
    expect((await rows())[1]).toMatch(/sigLip, adapter[^]*done · R@1 12.0 → 19.5 %/);
    await open.screenshot("runs");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("follows a run that goes on", async () => {
    epochs = 5;
    runs = [tuneRunOf({ id: "a", title: "dcl, linear", epoch: 5 }), ...runs.slice(1)];
    fake.onChange();
    await eventually(() => spoken(0)).toContain("dcl, linear from 10.0 % to 35.0 %");
    await eventually(() => open.page.innerText(".runs-cursor")).toContain("after epoch 5");
  });

  it("reads values of an epoch by the keys", async () => {
    await open.page.focus(".runs-cursor input");
    for (let back = 0; back < 3; back += 1) await open.page.keyboard.press("ArrowLeft");
    await eventually(() => open.page.innerText(".runs-cursor")).toContain("after epoch 2");
    expect((await rows())[0]).toContain("R@1 20.0 %, loss 1.00");
    expect((await rows())[2]).toContain("loss 1.00");
  });

  it("stops a run that goes on, and goes on with one that died; one that is done needs neither", async () => {
    await open.page.click("vscode-button[aria-label='Stop dcl, linear']");
    await open.page.click("vscode-button[aria-label='Resume infoNce, lowRank']");
    await eventually(() => asked).toEqual(["stop a", "resume c"]);
    expect(await open.page.locator(".runs-button").count()).toBe(2);
    // What another trainer starts is shown before it is resumed, which the side bar does.
    runs = runs.map((run) => ({ ...run, trainer: "full" }));
    fake.onChange();
    await eventually(() => open.page.locator(".runs-button").count()).toBe(1);
    expect(open.errors).toEqual([]);
  });

  it("leaves a run out of the charts, also after a reload", async () => {
    await open.page.locator(".runs-list input").nth(2).uncheck();
    await eventually(() => open.page.locator(".curve-chart svg path.curve").count()).toBe(6);
    const again = await openPage(fake, { theme: "highContrast", state: await open.page.evaluate("winnowState") });
    try {
      await eventually(() => again.page.locator(".curve-chart svg path.curve").count()).toBe(6);
      expect(await again.page.locator(".runs-list input").nth(2).isChecked()).toBe(false);
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
  });

  describe("with sample pictures", () => {
    const grid = (): ReturnType<OpenPage["page"]["locator"]> => open.page.locator(".sample-grid");
    const columns = (): Promise<string[]> => grid().locator("thead th").allInnerTexts();
    const focused = (): Promise<string | null> => open.page.evaluate("document.activeElement?.getAttribute('aria-label')");
    const run = (more: Partial<ListedTuneRun> = {}): ListedTuneRun =>
      tuneRunOf({
        ...{ id: "k", trainer: "kohya", title: "kohya", encoder: null, samples: true, recallBefore: null, recallBest: null },
        ...{ epoch: 2, epochs: 10, step: 40, steps: 200 },
        ...more,
      });

    // The page that was opened last is the one that is told of changes.
    beforeAll(async () => {
      await open.dispose();
      open = await openPage(fake, { state: { root: "/made-up", view: "runs" } });
    });

    it("draws them as a grid of prompts by checkpoint, each with a name to be spoken", async () => {
      runs = [run(), ...runs];
      unfinished.add("k-3.png");
      fake.onChange();
      await eventually(() => grid().locator("img").count()).toBe(3);
      expect(await columns()).toEqual(["Prompt", "epoch 1", "epoch 2"]);
      expect(await grid().locator(".sample-failed").count()).toBe(1);
      expect(await grid().getByRole("button", { name: "Open a cat in the snow, epoch 2" }).count()).toBe(1);
      expect((await rows())[0]).toContain("epoch 2 of 10, step 40 of 200");
      expect(
        await open.page.evaluate("[...document.querySelectorAll('.sample-grid img')].every(({ naturalWidth }) => naturalWidth > 0)"),
      ).toBe(true);
      expect(await findAccessibilityViolations(open.page)).toEqual([]);
    });

    it("shows what is painted while the run goes on, and a picture again that was not whole", async () => {
      painted = 3;
      unfinished.clear();
      fake.onChange();
      await eventually(columns).toEqual(["Prompt", "epoch 1", "epoch 2", "epoch 3"]);
      await eventually(() => grid().locator("img").count()).toBe(6);
      await open.screenshot("runs-samples");
    });

    it("is walked by the arrows, with one stop for Tab, and opens a picture by Enter or a click", async () => {
      expect(await grid().locator("button[tabindex='0']").count()).toBe(1);
      await grid().locator("button[tabindex='0']").focus();
      for (const key of ["ArrowRight", "ArrowDown", "End"]) await open.page.keyboard.press(key);
      await eventually(focused).toBe("Open a dog on a red sofa beside a very tall lamp that is on, epoch 3");
      await open.page.keyboard.press("Enter");
      await grid().getByRole("button", { name: "Open a cat in the snow, epoch 1" }).click();
      await eventually(() => asked.slice(-2)).toEqual(["open k k-5.png", "open k k-0.png"]);
      expect(await grid().locator("button[tabindex='0']").count()).toBe(1);
      expect(open.errors).toEqual([]);
    });

    it("can be read in a light theme, and is gone for a run that is not drawn", async () => {
      const again = await openPage(fake, { theme: "light", state: { root: "/made-up", view: "runs" } });
      try {
        await eventually(() => again.page.locator(".sample-grid img").count()).toBe(6);
        expect(await findAccessibilityViolations(again.page)).toEqual([]);
        await again.screenshot("runs-samples-light");
        await again.page.locator(".runs-list input").first().uncheck();
        await eventually(() => again.page.locator(".sample-grid").count()).toBe(0);
        expect(again.errors).toEqual([]);
      } finally {
        await again.dispose();
      }
    });
  });
});
