import { afterEach, describe, expect, it } from "vitest";
import { explainedOf, inspectionOf, nearestOf } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";
import type { Theme } from "./themes.ts";
import type { PanelToHost } from "../../src/protocol/panelApi.ts";
import type { Handlers } from "../../src/protocol/rpc.ts";

type Explain = Handlers<PanelToHost>["explainWords"];

const made = makeUp(400, 3);
/** Of the first caption's five words; the encoder reads four. */
const supports = [0.024, -0.021, 0.062, null];
const summary = "summary:text-is('Words that the picture supports')";

let open: OpenPage | undefined;
afterEach(async () => {
  await open?.dispose();
  open = undefined;
});

async function inspect(explainWords: Explain, theme: Theme = "dark"): Promise<{ page: OpenPage["page"]; fake: FakeHost }> {
  const rowOfName = (sample: string): number => Number(/(\d+)\.jpg/.exec(sample)![1]);
  const fake = createFakeHost(made, {
    inspect: ({ sample }) => inspectionOf(made, rowOfName(sample)),
    nearest: ({ sample }) => nearestOf(made, rowOfName(sample)),
    explainWords,
  });
  open = await openPage(fake, { theme, state: { root: "/made-up", view: "gallery", inspected: "pictures/0000007.jpg" } });
  await open.page.waitForSelector(summary);
  return { page: open.page, fake };
}

const explain: Explain = ({ text }) => explainedOf(text, supports);

describe("the words that a picture supports", () => {
  it("are asked for when somebody opens them, and for the caption that is chosen then", async () => {
    const { page, fake } = await inspect(explain);
    await page.waitForSelector(".nearest-pictures img");
    expect(fake.calls.get("explainWords")).toBeUndefined();
    await page.click(summary);
    await page.waitForSelector(".caption >> nth=0 >> .word");
    expect(await page.locator(".caption >> nth=1 >> .word").count()).toBe(0);
    await page.click(".caption >> nth=1 >> .caption-text");
    await page.waitForSelector(".caption >> nth=1 >> .word");
    expect(fake.calls.get("explainWords")).toBe(2);
    await page.click(summary);
    await expect.poll(() => page.locator(".caption .word").count()).toBe(0);
  });

  it("are told by lines, in numbers and in a sentence, and can be used by everybody", async () => {
    const { page } = await inspect(explain);
    await page.click(summary);
    await page.waitForSelector(".caption >> nth=0 >> .word");
    expect(await page.textContent(".caption >> nth=0 >> .caption-words")).toBe(made.textOf(21));
    const words = await page
      .locator(".caption >> nth=0 >> .word")
      .evaluateAll((all) => all.map((word) => [word.getAttribute("class"), word.getAttribute("title")]));
    expect(words).toEqual([
      ["word some", '"a": the score falls by 0.024 without it'],
      ["word against", expect.stringContaining("the score rises by 0.021 without it")],
      ["word much", expect.stringContaining("the score falls by 0.062 without it")],
      ["word unknown", expect.stringContaining("nothing is known of it")],
      ["word cut-off", expect.stringContaining("is cut off: the encoder doesn't read so far")],
    ]);
    const rows = await page
      .locator("table.words tbody tr")
      .evaluateAll((all) => all.map((row) => Array.from(row.children, (cell) => cell.textContent?.trim())));
    expect(rows.map(([, value, level]) => [value, level])).toEqual([
      ["0.024", "in part"],
      ["-0.021", "against it"],
      ["0.062", "supported"],
      ["unknown", "unknown"],
      ["unknown", "not read"],
    ]);
    expect(await page.textContent(".words-about")).toContain("a wrong word is among the three least supported");
    await open!.screenshot("inspector-words-dark");
    expect(await findAccessibilityViolations(page)).toEqual([]);
    expect(open!.errors).toEqual([]);
  });

  it("are told apart without colours, by the lines' thickness and dashes, in high contrast", async () => {
    const { page } = await inspect(explain, "highContrast");
    await page.click(summary);
    await page.waitForSelector(".caption >> nth=0 >> .word");
    const lines = await page.locator(".words-legend .word").evaluateAll((all) =>
      all.map((word) => {
        const { textDecorationStyle, textDecorationThickness } = getComputedStyle(word);
        return `${textDecorationStyle} ${textDecorationThickness}`;
      }),
    );
    expect(new Set(lines).size).toBe(4);
    expect(await findAccessibilityViolations(page)).toEqual([]);
    await open!.screenshot("inspector-words-highContrast");
  });

  it("are of patches where the encoder has such, say why where nobody can tell, and are asked of one caption at a time", async () => {
    const seen: AbortSignal[] = [];
    const { page } = await inspect(({ text }, { signal }) => {
      seen.push(signal);
      if (text === made.textOf(21))
        return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
      if (text === made.textOf(22)) return explainedOf(text, [0.1, 0.3, 0.4], "tokenPatch");
      throw new Error("The vectors of this analysis were imported");
    });
    await page.click(summary);
    await expect.poll(() => seen.length).toBe(1);
    await page.click(".caption >> nth=1 >> .caption-text");
    await page.waitForSelector(".caption >> nth=1 >> .word");
    await expect.poll(() => seen.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(await page.textContent(".words-about")).toContain("the part of the picture that it fits best");
    expect(await page.getAttribute(".caption >> nth=1 >> .word >> nth=2", "title")).toContain("0.400 with the part of the picture");
    await page.click(".caption >> nth=2 >> .caption-text");
    await page.waitForSelector("[role=status]:has-text('The vectors of this analysis were imported')");
    expect(await page.locator(".caption .word").count()).toBe(0);
    expect(await page.locator("[role=status]:has-text('stopped')").count()).toBe(0);
  });
});
