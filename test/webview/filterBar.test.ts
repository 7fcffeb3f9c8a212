import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SavedView } from "../../src/protocol/gallery.ts";
import type { PanelToHost } from "../../src/protocol/panelApi.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";
import type { PanelState } from "../../webview/state.ts";

const made = makeUp(1000);
let opened: PanelToHost["openView"]["params"][];
let views: readonly SavedView[];
let refusal: string | null;
let open: OpenPage;

beforeAll(async () => {
  open = await openPage(createFakeHost(made));
});

beforeEach(() => begin());

afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open.dispose();
});

/** Loads the page anew, so that no test stands on what another left. */
async function begin(state: Partial<PanelState> = {}): Promise<void> {
  opened = [];
  views = [{ name: "Bad ones", where: "clipScorePercentile < 2", sort: "clipScore", unit: "sample" }];
  refusal = null;
  await open.reload(createWatchedHost(), { root: "/made-up", ...state });
  await open.page.waitForSelector(".tile:not(.skeleton)");
}

function createWatchedHost(): FakeHost {
  const fake = createFakeHost(made, {
    readViews: () => views,
    saveViews: (params) => {
      views = params.views;
      return null;
    },
    choosePicture: () => ({ path: "/pictures/query.png" }),
  });
  const { openView } = fake.handlers;
  Object.assign(fake.handlers, {
    openView: (params: PanelToHost["openView"]["params"], watching: never) => {
      opened.push(params);
      if (refusal !== null) throw new Error(refusal);
      return openView(params, watching);
    },
  });
  return fake;
}

const field = "[role=combobox]";
const where = (): Promise<string> =>
  open.page.evaluate(() => (globalThis as unknown as { winnowState: { where: string } }).winnowState.where);
const chips = (): Promise<string[]> => open.page.$$eval(".chip-label", (labels) => labels.map(({ textContent }) => textContent ?? ""));
const completions = (): Promise<string[]> =>
  open.page.$$eval(".completion-label", (labels) => labels.map(({ textContent }) => textContent ?? ""));

describe("the filter's field", () => {
  it("applies a filter while it is typed, after a pause, and never what can't be read", async () => {
    const before = opened.length;
    await open.page.click(field);
    await open.page.keyboard.type("clipScorePercentile < 50", { delay: 5 });
    await expect.poll(where).toBe("clipScorePercentile < 50");
    expect(opened.length - before).toBeLessThanOrEqual(2); // of 24 letters
    await open.page.keyboard.type(" and");
    await open.page.waitForTimeout(250);
    await expect.poll(where).toBe("clipScorePercentile < 50");
    await expect.poll(chips).toEqual(["CLIP score percentile < 50"]);
    await expect.poll(() => open.page.textContent(".foot-status")).toContain("500 of 1,000 pairs");
  });

  it("applies it at once with Enter", async () => {
    await open.page.fill(field, "verdict = drop");
    await open.page.keyboard.press("Enter");
    await expect.poll(where).toBe("verdict = drop");
  });

  it("says below it what is wrong, and where, and leaves the list as it is", async () => {
    const before = opened.length;
    await open.page.fill(field, "clipscore < 0.2");
    await open.page.waitForSelector(".filter-error:has-text('did you mean clipScore?')");
    await expect.poll(() => open.page.textContent(".filter-error mark")).toBe("clipscore");
    await expect.poll(() => open.page.getAttribute(field, "aria-invalid")).toBe("true");
    expect(opened.length).toBe(before);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.fill(field, "");
    await open.page.keyboard.press("Enter");
    await expect.poll(() => open.page.textContent(".filter-error")).toBe("");
  });

  it("says what the engine refused, and keeps the list", async () => {
    refusal = "The field hidden can't be asked for";
    await open.page.fill(field, "verdict = keep");
    await open.page.waitForSelector(".filter-error:has-text('The field hidden')");
    expect(await open.page.locator(".tile").count()).toBeGreaterThan(0);
    refusal = null;
    await open.page.fill(field, "verdict = review");
    await expect.poll(() => open.page.textContent(".filter-error")).toBe("");
  });

  it("completes fields, operators and values by the keyboard alone", async () => {
    await open.page.click(field);
    await open.page.keyboard.type("verd");
    await expect.poll(async () => (await completions())[0]).toBe("verdict");
    await expect.poll(() => open.page.getAttribute(field, "aria-expanded")).toBe("true");
    await open.page.keyboard.press("ArrowDown");
    await open.page.waitForSelector(`${field}[aria-activedescendant]`);
    const active = await open.page.getAttribute(field, "aria-activedescendant");
    expect(await open.page.textContent(`#${active}`)).toContain("verdict");
    await open.page.keyboard.press("Enter");
    await expect.poll(completions).toContain("!=");
    await open.page.keyboard.type("= ");
    await expect.poll(completions).toEqual(["keep", "drop", "review"]);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.keyboard.press("ArrowDown");
    await open.page.keyboard.press("ArrowDown");
    await open.page.keyboard.press("Enter");
    await expect.poll(() => open.page.inputValue(field)).toBe('verdict = "drop" ');
    await open.page.keyboard.press("Escape");
    await expect.poll(completions).toEqual([]);
    await expect.poll(where).toBe('verdict = "drop"');
  });

  it("completes by the mouse too, and keeps the focus", async () => {
    await open.page.click(field);
    await open.page.keyboard.type("trunc");
    await open.page.click(".completion:has-text('truncated')");
    await expect.poll(() => open.page.inputValue(field)).toBe("truncated ");
    await expect.poll(() => open.page.evaluate(() => document.activeElement?.role)).toBe("combobox");
  });

  it("looks for plain words in the captions", async () => {
    await open.page.fill(field, "red dog");
    await open.page.keyboard.press("Enter");
    await expect.poll(where).toBe('caption ~ "red dog"');
    await expect.poll(chips).toEqual(["Caption contains “red dog”"]);
  });

  it("shows a filter that was set elsewhere, and takes letters as letters", async () => {
    await open.host.call("show", { view: "gallery", where: "clipScorePercentile < 5", unit: "pair" });
    await expect.poll(() => open.page.inputValue(field)).toBe("clipScorePercentile < 5");
    await open.page.click(".tile >> nth=0");
    await open.page.keyboard.press("/");
    await expect.poll(() => open.page.evaluate(() => document.activeElement?.role)).toBe("combobox");
    await open.page.keyboard.press("d");
    await expect.poll(() => open.page.inputValue(field)).toBe("d");
  });
});

describe("the filter's parts", () => {
  const range = "clipScorePercentile >= 10 and clipScorePercentile <= 20.5";
  const choice = "verdict in (drop, review)";

  it("are added by a form: a range with its spread", async () => {
    await open.page.click("button:has-text('Add filter')");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click("[role=menuitem]:has-text('CLIP score percentile')");
    await open.page.waitForSelector(".part-editor .sliders path");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.keyboard.type("10");
    await open.page.locator(".part-editor vscode-text-field >> nth=1").click();
    await open.page.keyboard.type("20,5");
    await open.page.keyboard.press("Enter");
    await expect.poll(where).toBe(range);
    await expect.poll(chips).toEqual(["10 ≤ CLIP score percentile ≤ 20.5"]);
    await open.page.waitForSelector(".part-editor", { state: "detached" });
  });

  it("are added by a form: a choice", async () => {
    await begin({ where: range });
    await open.page.click("button:has-text('Add filter')");
    await open.page.click("[role=menuitem]:has-text('Verdict')");
    await open.page.click(".part-editor vscode-checkbox:has-text('drop')");
    await open.page.click(".part-editor vscode-checkbox:has-text('review')");
    await open.page.click(".part-editor vscode-button:has-text('Apply')");
    await expect.poll(chips).toEqual(["10 ≤ CLIP score percentile ≤ 20.5", "Verdict is drop or review"]);
  });

  it("are changed at their chip, by a slider too", async () => {
    await begin({ where: `${range} and ${choice}` });
    await open.page.click(".chip-text >> nth=0");
    await open.page.waitForSelector(".part-editor .sliders path");
    await open.page.focus(".sliders input >> nth=0");
    await open.page.keyboard.press("Home");
    await open.page.click(".part-editor vscode-button:has-text('Apply')");
    await expect.poll(chips).toEqual(["CLIP score percentile ≤ 20.5", "Verdict is drop or review"]);
  });

  it("say what can't be read in them", async () => {
    await begin({ where: "clipScorePercentile <= 20.5" });
    await open.page.click(".chip-text >> nth=0");
    await open.page.click(".part-editor vscode-text-field >> nth=0");
    await open.page.keyboard.type("x1");
    await open.page.click(".part-editor vscode-button:has-text('Apply')");
    await expect.poll(() => open.page.textContent(".part-editor .filter-error")).toBe('Expected a number but received "x1"');
    await open.page.keyboard.press("Escape");
    await open.page.waitForSelector(".part-editor", { state: "detached" });
    expect(await where()).toBe("clipScorePercentile <= 20.5");
  });

  it("are removed one by one and all together", async () => {
    await begin({ where: `${range} and ${choice}` });
    await open.page.click(".chip-remove >> nth=0");
    await expect.poll(chips).toEqual(["Verdict is drop or review"]);
    await open.page.click("button:has-text('Clear all')");
    await expect.poll(where).toBe("");
    await expect.poll(chips).toEqual([]);
  });

  it("are text in the caption by the first entry, with the field at hand", async () => {
    await open.page.click("button:has-text('Add filter')");
    await open.page.keyboard.press("Enter");
    await open.page.keyboard.type("dog");
    await open.page.keyboard.press("Enter");
    await expect.poll(where).toBe('caption ~ "dog"');
  });
});

describe("buckets, views and searches", () => {
  it("lists the buckets with their counts and goes to one", async () => {
    await open.page.click("button:has-text('Buckets')");
    await expect.poll(() => open.page.textContent("[role=menuitemcheckbox]:has-text('Low score') .menu-detail")).toBe("50");
    await open.page.click("[role=menuitemcheckbox]:has-text('Low score')");
    await expect.poll(where).toBe("clipScorePercentile < 5");
    await open.page.click("button:has-text('Buckets')");
    await expect.poll(() => open.page.getAttribute("[role=menuitemcheckbox]:has-text('Low score')", "aria-checked")).toBe("true");
  });

  it("keeps the present view under a name, goes to another and deletes one", async () => {
    await begin({ where: "clipScorePercentile < 5" });
    await open.page.click("button:has-text('Views')");
    await open.page.fill("[aria-label='Name of the present view']", "Low");
    await open.page.keyboard.press("Enter");
    await expect.poll(() => views.map(({ name }) => name)).toEqual(["Bad ones", "Low"]);
    expect(views[1]).toEqual({ name: "Low", where: "clipScorePercentile < 5", sort: "", unit: "pair" });
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click(".saved-view:has-text('Bad ones')");
    await expect.poll(() => opened.at(-1)).toEqual({ unit: "sample", where: "clipScorePercentile < 2", sort: "clipScore" });
    await open.page.click("button:has-text('Views')");
    await open.page.click("[aria-label='Delete Bad ones']");
    await expect.poll(() => views.map(({ name }) => name)).toEqual(["Low"]);
  });

  it("searches by a text: the order is by similarity, the filter stays", async () => {
    await begin({ sort: "clipScore", unit: "sample" });
    await open.page.fill(field, "verdict = keep");
    await open.page.keyboard.press("Enter");
    await open.page.fill("[aria-label='Search pictures by text']", "a dog in the rain");
    await open.page.keyboard.press("Enter");
    await expect
      .poll(() => opened.at(-1))
      .toMatchObject({ where: "verdict = keep", sort: "-similarity", search: { kind: "text", text: "a dog in the rain" } });
    await expect.poll(async () => (await chips())[0]).toBe("Nearest to “a dog in the rain”");
    await open.screenshot("filter-search-dark");
    await open.page.click(".chip-remove >> nth=0");
    await expect.poll(() => open.page.inputValue("[aria-label='Search pictures by text']")).toBe("");
    await expect.poll(() => opened.at(-1)).toEqual({ unit: "sample", where: "verdict = keep", sort: "clipScore" });
  });

  it("searches by a picture that a person chooses", async () => {
    await open.page.click("[aria-label='Search by a picture']");
    await open.page.waitForSelector(".chip:has-text('Similar to query.png')");
    await expect.poll(() => opened.at(-1)).toMatchObject({ search: { kind: "image", path: "/pictures/query.png" } });
  });
});
