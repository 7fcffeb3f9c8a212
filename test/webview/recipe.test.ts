import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOfRules } from "../../webview/views/recipe/drafts.ts";
import type { CompareRequest } from "../../src/protocol/recipes.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";
import { createRulesHost, ruleFrom } from "./madeUpRules.ts";

const made = makeUp(2000);
const beginning = [
  ruleFrom("unreadable"),
  ruleFrom("deduplicate"),
  ruleFrom("threshold", { min: 0.15 }),
  ruleFrom("threshold", { signal: "imageRank", max: 5 }),
];
const compared: Omit<CompareRequest, "root">[] = [];
const host = createRulesHost(made, beginning, {
  compare: (request) => {
    compared.push(request);
    const part = (captions: number, set: string): { captions: number; set: string } => ({ captions, set });
    return { parts: { both: part(1500, "b"), leftOnly: part(300, "l"), rightOnly: part(50, "r"), neither: part(150, "n") } };
  },
  chooseRecipe: () => ({ path: "/elsewhere/other.json" }),
});
/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;

const below = (cut: number): number => made.score.filter((value) => value < Math.fround(cut)).length;
const text = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const sentences = (): Promise<string[]> => open.page.locator(".rule-sentence").allInnerTexts();
const button = (label: string): string => `vscode-button:has-text("${label}")`;
const isDisabled = async (selector: string): Promise<boolean> => (await open.page.getAttribute(selector, "disabled")) !== null;
const rule = (place: number): string => `.rule >> nth=${place}`;

async function settle(): Promise<void> {
  await eventually(() => open.page.locator(".waiting").count()).toBe(0);
}

async function fill(place: number, label: string, value: string): Promise<void> {
  const field = open.page.locator(`${rule(place)} >> vscode-text-field[aria-label="${label}"] input`);
  await field.fill(value);
  await field.press("Enter");
}

beforeAll(async () => {
  open = await openPage(host.fake, { state: { root: "/made-up", view: "recipe" } });
  await open.page.waitForSelector(".totals");
});

afterAll(() => open.dispose());

describe("the recipe", () => {
  it("lists the rules in words, with what each adds and why one can't be tried", async () => {
    await eventually(sentences).toEqual([
      "Drop pictures that can’t be decoded",
      "Keep the first of each group of near-duplicates",
      "Keep pairs whose CLIP score is at least 0.15",
      "Keep pairs whose imageRank is at most 5",
    ]);
    await eventually(() => text(`${rule(2)} >> .rule-effect`)).toBe(`drops ${below(0.15)}`);
    await eventually(() => text(`${rule(3)} >> .rule-effect`)).toContain("Expected a signal that is computed");
    await eventually(() => isDisabled(button("Apply"))).toBe(true);
    await eventually(() => text(".recipe-difference")).toContain("this is what holds");
    await eventually(() => text(".totals tbody tr:first-child")).toContain((2000 - below(0.15) - 3).toLocaleString("en"));
  });

  it("tries an edit live, and tells the difference to what holds", async () => {
    await open.page.click(`${rule(2)} >> .rule-title`);
    await fill(2, "The least score that is kept", "0.17");
    await eventually(() => text(`${rule(2)} >> .rule-effect`)).toBe(`drops ${below(0.17)}`);
    await settle();
    const fewer = below(0.17) - below(0.15);
    await eventually(() => text(".recipe-difference")).toContain(`${fewer} fewer than now`);
    await eventually(() => text(".totals tbody tr:first-child")).toContain(`−${fewer}`);
    expect(host.rules).toEqual(beginning);
    await eventually(() => isDisabled(button("Apply"))).toBe(false);
  });

  it("keeps the edits when the page is left and loaded again", async () => {
    await open.page.click("#tab-scores");
    await open.page.click("#tab-recipe");
    await eventually(async () => (await sentences())[2]).toContain("0.17");
    const kept = await open.page.evaluate("winnowState");
    const again = await openPage(host.fake, { theme: "light", state: kept });
    try {
      await again.page.waitForSelector(".recipe-difference:has-text('fewer than now')");
      expect((await again.page.locator(".rule-sentence").allInnerTexts())[2]).toContain("0.17");
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
    } finally {
      await again.dispose();
    }
    host.fake.onChange = () => void open.host.call("snapshot", host.fake.snapshot()).catch(() => undefined);
  });

  it("says what a rule lacks, and applies nothing before it is there", async () => {
    await open.page.click(button("Add rule"));
    await open.page.click(".menu button:has-text('best share')");
    await eventually(() => text(`${rule(4)} >> .rule-problem`)).toContain("Expected keep");
    await eventually(() => isDisabled(button("Apply"))).toBe(true);
    await fill(4, "How much is kept: 70% (with ties) or 700 (exact)", "90%");
    await eventually(async () => (await sentences())[4]).toBe("Keep the best 90 % of pairs by CLIP score");
    await open.page.click(`${rule(4)} >> vscode-button[aria-label="Remove rule 5"]`);
    await eventually(() => open.page.locator(".rule").count()).toBe(4);
  });

  it("switches a rule off, which stays in the recipe", async () => {
    await open.page.click(`${rule(3)} >> vscode-checkbox`);
    await eventually(() => text(`${rule(3)} >> .rule-effect`)).toBe("off");
    await settle();
    await eventually(() => host.tried.at(-1)?.[3]).toMatchObject({ signal: "imageRank", off: true });
  });

  it("changes the order by keys, by buttons and by dragging", async () => {
    await open.page.focus(`${rule(2)} >> .rule-title`);
    await open.page.keyboard.press("Alt+ArrowUp");
    await eventually(async () => (await sentences())[1]).toContain("0.17");
    await open.page.keyboard.press("Alt+ArrowUp");
    await eventually(async () => (await sentences())[0]).toContain("0.17");
    await eventually(() => open.page.evaluate("document.activeElement.className")).toBe("rule-title");
    await open.page.click(`${rule(0)} >> vscode-button[aria-label="Move rule 1 down"]`);
    await eventually(async () => (await sentences())[1]).toContain("0.17");
    await open.page.locator(`${rule(1)} >> .rule-grip`).dragTo(open.page.locator(rule(3)), { targetPosition: { x: 100, y: 30 } });
    await eventually(async () => (await sentences())[3]).toContain("0.17");
    await settle();
    await eventually(() => host.tried.at(-1)?.[3]).toMatchObject({ min: 0.17 });
  });

  it("takes back edits step by step", async () => {
    await open.host.call("perform", { action: "undo" });
    await eventually(async () => (await sentences())[1]).toContain("0.17");
    expect(host.fake.calls.get("undo")).toBeUndefined();
  });

  it("applies the edits as one, and undoes them", async () => {
    await settle();
    const edited = host.tried.at(-1)!;
    await open.page.click(button("Apply"));
    await eventually(() => host.applied.length).toBe(1);
    expect(textOfRules(host.applied[0]!)).toBe(textOfRules(edited));
    await eventually(() => text(".recipe-difference")).toContain("this is what holds");
    await eventually(async () => (await sentences())[1]).toContain("0.17");
    await eventually(() => isDisabled(button("Undo last operation"))).toBe(false);
    await open.page.click(button("Undo last operation"));
    await eventually(async () => (await sentences())[2]).toContain("0.15");
    expect(host.rules).toEqual(beginning);
  });

  it("tells when the recipe was changed elsewhere, and takes what holds on demand", async () => {
    await open.page.click(`${rule(0)} >> vscode-checkbox`);
    host.rules = [ruleFrom("deduplicate")];
    host.fake.onChange();
    await open.page.waitForSelector(".recipe-overtaken");
    await eventually(() => open.page.locator(".rule").count()).toBe(4);
    await open.page.click(button("Take the recipe as it is now"));
    await eventually(sentences).toEqual(["Keep the first of each group of near-duplicates"]);
    host.rules = beginning;
    host.fake.onChange();
    await eventually(() => open.page.locator(".rule").count()).toBe(4);
  });

  it("compares with what holds, with a recipe's file, and with what was before", async () => {
    await open.page.click(`${rule(0)} >> vscode-checkbox`);
    await open.page.click(button("Compare with…"));
    await open.page.click(".menu button:has-text('What holds now')");
    await open.page.waitForSelector(".comparison-parts");
    expect(compared[0]).toMatchObject({ left: { kind: "current" }, right: { kind: "rules" } });
    await eventually(() => text(".comparison-parts")).toMatch(/Both keep\s+1,500\s+75.0 %/);
    const shares = await open.page
      .locator(".comparison-diagram rect:not(.whole)")
      .evaluateAll((bars) => bars.map((bar) => bar.getAttribute("width")));
    expect(shares).toEqual(["90%", "77.5%"]);
    await open.page.click(button("Revert edits"));
    await open.page.click(button("Compare with…"));
    await open.page.click(".menu button:has-text('file')");
    await eventually(() => compared.length).toBe(2);
    expect(compared[1]).toEqual({ left: { kind: "recipe", path: "/elsewhere/other.json" }, right: { kind: "current" } });
    await open.page.click(button("Compare with…"));
    await open.page.click(".menu button:has-text('before any operation')");
    await eventually(() => compared.length).toBe(3);
    expect(compared[2]?.left).toEqual({ kind: "operation", operation: null });
    await eventually(() => open.page.locator(".comparison-parts").count()).toBe(1);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click("vscode-button[aria-label^='Show in gallery: Only “everything']");
    await open.page.waitForSelector("#tab-gallery[aria-selected=true]");
    expect((await open.page.evaluate<{ where: string }>("winnowState")).where).toBe('set = "l"');
  });

  it("writes no errors", () => expect(open.errors).toEqual([]));
});
