import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAccessibilityViolations } from "./axe.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { createCaptionsHost, nameOf } from "./madeUpCaptions.ts";

const host = createCaptionsHost();
/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;
const text = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const drawn = Array.from({ length: 3 }, (_, at) => ((at * 37 + 4) % 600) * 2);
const at = (place: number): Promise<unknown> => open.page.waitForSelector(`.check-progress:text-is("${place} of 3")`);
const write = async (caption: string): Promise<void> => {
  await open.page.fill("#sheet-caption", caption);
  await open.page.press("#sheet-caption", "Enter");
};

beforeAll(async () => {
  const worksheet = { count: 3, seed: 4 };
  open = await openPage(host.fake, { state: { root: "/made-up", view: "worksheet", inspected: nameOf(6), details: { worksheet } } });
  await open.page.waitForSelector(".sheet-setup");
});

afterAll(() => open.dispose());

describe("the blind worksheet", () => {
  it("shows a picture beside its nearest siblings, and no text of the dataset's", async () => {
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.click(".sheet-begin");
    await at(1);
    await open.page.waitForSelector(".sheet-picture img");
    await eventually(() => open.page.locator(".sheet-siblings img").count()).toBe(4);
    await open.page.waitForSelector(".inspector-pane", { state: "hidden" });
    const shown = await open.page.locator(".sheet").evaluate((element) => element.outerHTML);
    expect(shown).not.toContain(host.made.textOf(drawn[0]!));
    for (const hint of ["pictures/", "0000"]) expect(shown).not.toContain(hint);
    expect(await open.page.evaluate("document.activeElement.id")).toBe("sheet-caption");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("keeps what is written as a person's proposal, and only then tells the old text and what it adds", async () => {
    await write("a bright shape");
    await at(2);
    await eventually(() => host.rewrites).toMatchObject([{ pair: drawn[0], after: "a bright shape", preset: "blind", author: "human" }]);
    await eventually(() => text(".written-before")).toBe(`was: ${host.made.textOf(drawn[0]!)}`);
    expect(await text(".written")).toContain("score +0.100");
  });

  it("shows the old one where it is asked for, and says so in the record", async () => {
    expect(await open.page.locator(".sheet-old").count()).toBe(0);
    await open.page.click(".show-old");
    await eventually(() => text(".sheet-old")).toContain(host.made.textOf(drawn[1]!));
    await write("another shape");
    await at(3);
    await eventually(() => host.rewrites[1]).toMatchObject({ pair: drawn[1], preset: "seen" });
    expect(await open.page.locator(".sheet-old").count()).toBe(0);
  });

  it("keeps what can't be saved, also over a reload, and saves it when it is tried again", async () => {
    host.problem = "The disk is full";
    await write("the last shape");
    await open.page.waitForSelector("#sheet-title:has-text('Done')");
    await eventually(() => text(".written")).toContain("The disk is full");
    const kept = await open.page.evaluate("winnowState");
    host.problem = undefined;
    const again = await openPage(host.fake, { theme: "highContrast", state: kept });
    try {
      await eventually(() => host.rewrites.map(({ after }) => after)).toEqual(["a bright shape", "another shape", "the last shape"]);
      await expect.poll(() => again.page.locator(".written-before").count(), { timeout: 20_000 }).toBe(3);
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
  });

  it("passes a picture over, goes on where it was after a reload, and leads to the review", async () => {
    await open.page.click(".written vscode-button:has-text('Leave it out')");
    await open.page.click(".sheet-begin");
    await at(1);
    await open.page.click("button:has-text('Pass it over')");
    await at(2);
    await open.page.fill("#sheet-caption", "half a sen");
    const again = await openPage(host.fake, { theme: "light", state: await open.page.evaluate("winnowState") });
    try {
      await again.page.waitForSelector('.check-progress:text-is("2 of 3")');
      expect(await again.page.inputValue("#sheet-caption")).toBe("half a sen");
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      await again.page.click("vscode-button:has-text('End the worksheet')");
      await again.page.waitForSelector(".sheet-setup");
      await again.page.click("#tab-rewrites");
      await again.page.waitForSelector(".rewrites-bar");
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
    expect(open.errors).toEqual([]);
  });
});
