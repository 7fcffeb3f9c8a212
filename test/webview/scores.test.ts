import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAccessibilityViolations } from "./axe.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";
import { createRulesHost, ruleFrom } from "./madeUpRules.ts";

const made = makeUp(4000);
const asked: { message: string; detail: string; action: string }[] = [];
let isAgreed = false;
const host = createRulesHost(made, [ruleFrom("unreadable")], {
  confirm: (question) => {
    asked.push(question);
    return isAgreed;
  },
  estimateSpotCheck: () => ({
    precision: null,
    recall: null,
    mismatchRate: null,
    labelled: { match: 0, mismatch: 0, unsure: 0 },
    droppedLabelled: 0,
    keptLabelled: 0,
  }),
});
const { fake } = host;
/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;

const below = (cut: number): number => made.score.filter((value) => value < Math.fround(cut)).length;
const told = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const calls = (method: string): number => fake.calls.get(method) ?? 0;
const slider = (which: "min" | "max"): string => `.histogram-handle.${which}`;
const valueOf = async (which: "min" | "max"): Promise<number> => Number(await open.page.getAttribute(slider(which), "aria-valuenow"));

async function dropped(): Promise<number> {
  return Number((await told(".stat.dropped strong")).replaceAll(",", ""));
}

async function choose(label: string, option: string): Promise<void> {
  await open.page.click(`vscode-dropdown[aria-label="${label}"]`);
  await open.page.click(`vscode-dropdown[aria-label="${label}"] vscode-option:text-is("${option}")`);
}

beforeAll(async () => {
  open = await openPage(fake, { state: { root: "/made-up", view: "scores" } });
  await open.page.waitForSelector(".edge-tile");
});

afterAll(() => open.dispose());

describe("the view of a signal", () => {
  it("draws the values with their axis, and tells what the signal is", async () => {
    await eventually(() => open.page.locator(".bars-kept").getAttribute("d")).toMatch(/^M/);
    await eventually(() => told(".scores-about")).toContain("Radford");
    await eventually(() => told(".direction")).toContain("higher is better");
    await eventually(() => told(".stat.kept strong")).toBe("4,000");
    await eventually(() => told(".stat.unknown strong")).toBe("0");
  });

  it("counts at once while the bound is dragged, and asks for nothing before it rests", async () => {
    const box = (await open.page.locator(".histogram").boundingBox())!;
    const before = ["readBins", "readSortedColumn", "openView", "readPage"].map(calls);
    const y = box.y + 120;
    await open.page.mouse.move(box.x + 60, y);
    await open.page.mouse.down();
    const seen: number[] = [];
    for (let step = 1; step <= 12; step += 1) {
      await open.page.mouse.move(box.x + 60 + step * 40, y);
      await eventually(async () => (await dropped()) - below(await valueOf("min"))).toBe(0);
      seen.push(await dropped());
    }
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
    expect(seen.at(-1)).toBeGreaterThan(seen[0]!);
    expect(["readBins", "readSortedColumn"].map(calls)).toEqual(before.slice(0, 2));
    await open.page.mouse.up();
    await eventually(() => calls("readPage")).toBeGreaterThan(before[3]!);
    expect(calls("openView")).toBe(before[2]);
  });

  it("moves the bound with keys, by a bin, by a value, and to the ends", async () => {
    await open.page.focus(slider("min"));
    const start = await valueOf("min");
    await open.page.keyboard.press("ArrowRight");
    await eventually(() => valueOf("min")).toBeGreaterThan(start);
    const binned = await valueOf("min");
    await open.page.keyboard.press("Shift+ArrowRight");
    const sorted = Float32Array.from(made.score).sort();
    await eventually(async () => Math.fround(await valueOf("min"))).toBe(sorted.find((value) => value > Math.fround(binned)));
    await eventually(() => open.page.getAttribute(slider("min"), "aria-valuetext")).toMatch(/drops [\d,]+ of 4,000, [\d.]+ %/);
    await open.page.keyboard.press("End");
    await eventually(dropped).toBe(3999);
    await open.page.keyboard.press("Home");
    await eventually(dropped).toBe(0);
    await eventually(() => open.page.locator("vscode-button:has-text('Drop 0')").getAttribute("disabled")).not.toBeNull();
  });

  it("takes a typed cut, and shows the pairs on both sides of it", async () => {
    const field = open.page.locator("vscode-text-field.bound input");
    await field.fill("0.17");
    await field.press("Enter");
    await eventually(dropped).toBe(below(0.17));
    const nearest = [...made.score]
      .filter((value) => value < Math.fround(0.17))
      .sort((left, right) => left - right)
      .slice(-6);
    await eventually(async () => (await open.page.locator(".edge-side.dropped .edge-value").allInnerTexts()).map(Number)).toEqual(
      nearest.map((value) => Number(value.toPrecision(5))),
    );
    await eventually(() => told(".edge-title >> nth=0")).toMatch(/^Just below 0.17\s+dropped$/);
    await eventually(() => open.page.locator(".edge-side.kept .edge-tile").count()).toBe(6);
  });

  it("offers shares, and tells why published cuts are not offered", async () => {
    await open.page.click("text=Keep best 70 %");
    await eventually(dropped).toBe(1200);
    await eventually(() => told(".withheld >> nth=0")).toContain("CLIP ViT-B/32");
    expect(await open.page.locator(".presets vscode-button").allInnerTexts()).not.toContain("DataComp: at least 0.25");
  });

  it("puts the cut into the recipe after a person saw what it does, beside the other rules", async () => {
    await open.page.click("text=Drop 1,200 below");
    await eventually(() => asked.length).toBe(1);
    expect(asked[0]).toMatchObject({ action: "Drop" });
    expect(asked[0]?.message).toMatch(/^Drop what has CLIP score below 0\.\d+\?$/);
    expect(asked[0]?.detail).toContain("drops 1,200 pairs");
    expect(host.applied).toEqual([]);
    isAgreed = true;
    await open.page.click("text=Drop 1,200 below");
    await eventually(() => host.applied.length).toBe(1);
    expect(host.applied[0]).toEqual([
      ruleFrom("unreadable"),
      { ...ruleFrom("threshold", { min: 0.1 }), min: expect.any(Number) as number },
    ]);
    expect(below(Number(host.applied[0]![1]!["min"]))).toBe(1200);
    await open.page.waitForSelector(".toast-message:has-text('1,200 pairs')");
  });

  it("cuts off two ends, which don't cross", async () => {
    await choose("What is kept", "Keep between");
    await open.page.focus(slider("max"));
    for (let press = 0; press < 5; press += 1) await open.page.keyboard.press("PageDown");
    const [least, greatest] = [await valueOf("min"), await valueOf("max")];
    const kept = made.score.filter((value) => value >= Math.fround(least) && value <= Math.fround(greatest)).length;
    await eventually(dropped).toBe(4000 - kept);
    await open.page.keyboard.press("Home");
    await eventually(async () => (await valueOf("max")) - (await valueOf("min"))).toBe(0);
    await eventually(() => open.page.locator("vscode-button:has-text('Spot-check')").getAttribute("disabled")).not.toBeNull();
    await choose("What is kept", "Keep at least");
  });

  it("follows the filter", async () => {
    await open.host.call("show", { view: "scores", where: "clipScore >= 0.2" });
    const fitting = made.score.filter((value) => value >= 0.2).length;
    await eventually(async () => await told(".stat.kept strong")).toBe(fitting.toLocaleString("en"));
    await eventually(dropped).toBe(0);
    await open.host.call("show", { view: "scores", where: "" });
    await eventually(async () => await dropped()).toBe(1200);
  });

  it("shows ranks on a logarithmic axis, and flags as yes and no", async () => {
    await choose("Signal", "Caption rank");
    await open.page.waitForSelector(`${slider("max")}[aria-label="Greatest Caption rank that is kept"]`);
    await open.page.focus(slider("max"));
    for (let press = 0; press < 4; press += 1) await open.page.keyboard.press("PageDown");
    const cut = await valueOf("max");
    await eventually(dropped).toBe(made.rank.filter((value) => value > cut).length);
    await choose("Signal", "Truncated");
    await open.page.waitForSelector(".flag-chart");
    await open.page.click("vscode-radio:has-text('Drop “yes”')");
    await eventually(dropped).toBe(100);
    await eventually(() => open.page.locator(".flag-chart dd").first().innerText()).toContain("100");
    await choose("Signal", "CLIP score");
  });

  it("takes the cut to the spot check and what it drops to the gallery", async () => {
    await open.page.click("text=Spot-check this cut");
    await open.page.waitForSelector("#tab-spotCheck[aria-selected=true]");
    await open.page.click("#tab-scores");
    await open.page.click("vscode-button:has-text('Show 1,200 pairs in gallery')");
    await open.page.waitForSelector("#tab-gallery[aria-selected=true]");
    const state = await open.page.evaluate<{ where: string; details: { spotCheck: unknown } }>("winnowState");
    const [, cut] = /^clipScore < ([\d.]+)$/.exec(state.where)!;
    expect(made.score.filter((value) => value < Number(cut)).length).toBe(1200);
    expect(state.details.spotCheck).toMatchObject({ signal: "clipScore", cut: host.applied[0]![1]!["min"] });
    await open.host.call("show", { view: "scores", where: "" });
    await eventually(async () => await dropped()).toBe(1200);
  });

  it("can be used by everybody, and writes no errors", async () => {
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    expect(open.errors).toEqual([]);
  });
});

describe("a slow engine", () => {
  it("shows rough bins first, counts from them, and then exactly", async () => {
    let answer: () => void = () => undefined;
    const slow = createRulesHost(made, [], {});
    const read = slow.fake.handlers.readSortedColumn;
    const handlers = slow.fake.handlers as { readSortedColumn: typeof read };
    handlers.readSortedColumn = async (params, watching) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return read(params, watching);
    };
    const page = await openPage(slow.fake, {
      theme: "light",
      state: { root: "/made-up", view: "scores", details: { scores: { cuts: { clipScore: { mode: "min", min: 0.17, max: null } } } } },
    });
    try {
      await page.page.waitForSelector(".stat.dropped:has-text('≈')");
      const rough = Number((await page.page.locator(".stat.dropped strong").innerText()).replace(/[≈\s,]/g, ""));
      expect(Math.abs(rough - below(0.17))).toBeLessThan(40);
      answer();
      await page.page.waitForSelector(".stat.dropped:not(:has-text('≈'))");
      await eventually(() => page.page.locator(".stat.dropped strong").innerText()).toBe(below(0.17).toLocaleString("en"));
      expect(await findAccessibilityViolations(page.page)).toEqual([]);
    } finally {
      await page.dispose();
    }
  });
});
