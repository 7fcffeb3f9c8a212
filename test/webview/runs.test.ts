import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ListedTuneRun, TuneCurve } from "../../src/protocol/tuneRuns.ts";
import { tuneRunOf } from "../unit/host/entries.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });

let runs: readonly ListedTuneRun[] = [];
let epochs = 3;
const asked: string[] = [];
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
    return { epoch, loss: epoch === 0 ? null : 2 / epoch, imageToText: recall, textToImage: recall };
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
    await eventually(() => open.page.locator(".curve-chart svg path.curve").count()).toBe(6);
    expect(await spoken(0)).toBe(
      "R@1 on held-out pairs by epoch: dcl, linear from 10.0 % to 25.0 %; sigLip, adapter from 10.0 % to 25.0 %; infoNce, lowRank unknown",
    );
    expect(await spoken(1)).toContain("Loss by epoch: dcl, linear from 2.00 to 0.667");
    expect((await rows())[1]).toMatch(/sigLip, adapter[^]*done · R@1 12.0 % → 19.5 %/);
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
    await eventually(() => open.page.locator(".curve-chart svg path.curve").count()).toBe(4);
    const again = await openPage(fake, { theme: "highContrast", state: await open.page.evaluate("winnowState") });
    try {
      await eventually(() => again.page.locator(".curve-chart svg path.curve").count()).toBe(4);
      expect(await again.page.locator(".runs-list input").nth(2).isChecked()).toBe(false);
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
  });
});
