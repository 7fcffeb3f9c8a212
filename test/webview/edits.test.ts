import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAccessibilityViolations } from "./axe.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { createCaptionsHost } from "./madeUpCaptions.ts";

const host = createCaptionsHost();
/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;
const text = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const field = (about: string) => open.page.locator(`vscode-text-field[aria-label^="${about}"] input`);
const cats = Array.from({ length: 1200 }, (_, pair) => host.made.textOf(pair)).filter((caption) => caption.includes("cat")).length;

beforeAll(async () => {
  open = await openPage(host.fake, { state: { root: "/made-up", view: "edits" } });
  await open.page.waitForSelector(".edit-form");
});

afterAll(() => open.dispose());

describe("edits of many captions", () => {
  it("offer every operation with a form of its own options, and say what is missing", async () => {
    await eventually(() => open.page.locator("#edit-operation vscode-option").count()).toBeGreaterThan(10);
    await field("What is looked for").waitFor();
    await eventually(() => text(".work-side")).toContain("Nothing would change");
    expect(await open.page.getAttribute(".edit-apply", "disabled")).not.toBeNull();
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("show while a person types what would change, with words that go and come, and counts", async () => {
    await field("What is looked for").fill("cat");
    await field("What stands there then").fill("kitten");
    await eventually(() => text(".edit-counts")).toContain(`${cats}`);
    await eventually(() => open.page.locator(".work-row ins").first().innerText()).toBe("kitten");
    expect(await open.page.locator(".work-row del").first().innerText()).toBe("cat");
    const counts = await text(".edit-counts");
    for (const part of [
      "captions would change",
      "stay as they are",
      "of the evaluation split",
      "it lies in an archive",
      "cut off by the encoder at 77",
    ])
      expect(counts).toContain(part);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("turn pages, and move by the keyboard alone", async () => {
    await eventually(() => text(".pager")).toContain(`1–100 of ${cats}`);
    await open.page.focus(".work-list");
    await open.page.keyboard.press("ArrowDown");
    await eventually(() => open.page.getAttribute(".work-list", "aria-activedescendant")).toBe("change-1");
    await open.page.keyboard.press("Enter");
    await open.page.waitForSelector(".inspector-pane:not([hidden])");
    await open.page.keyboard.press("i");
    await open.page.waitForSelector(".inspector-pane", { state: "hidden" });
    await open.page.click("vscode-button[aria-label='Page after']");
    await eventually(() => text(".pager")).toContain(`101–${cats} of ${cats}`);
  });

  it("tell why an operation can't be carried out, and apply nothing then", async () => {
    await field("What is looked for").fill("(");
    await eventually(() => text(".edit-form")).toContain("a parenthesis is not closed");
    expect(await open.page.getAttribute(".edit-apply", "disabled")).not.toBeNull();
    await field("What is looked for").press("Control+Enter");
    expect(host.edits).toEqual([]);
    await field("What is looked for").fill("cat");
    await eventually(() => text(".edit-apply")).toBe(`Change ${cats} captions`);
  });

  it("are applied as one operation, list what was left, and are undone", async () => {
    await eventually(() => open.page.getAttribute(".edit-apply", "disabled")).toBeNull();
    await field("What stands there then").press("Control+Enter");
    await eventually(() => host.edits.length).toBe(1);
    expect(host.edits[0]).toMatchObject({ scope: { kind: "dataset" }, operation: "replace", options: { find: "cat", with: "kitten" } });
    await eventually(() => text(".toasts")).toContain(`Changed ${cats - 1} captions`);
    expect(await text(".edit-left")).toContain("pictures/0000001.jpg #1 its file says something else by now");
    await eventually(() => text(".work-side")).toContain("Nothing would change");
    await open.page.click(".toast vscode-button:has-text('Undo')");
    await eventually(() => host.undone).toEqual(["edit0"]);
    await eventually(() => text(".pager")).toContain(`of ${cats}`);
  });

  it("are about what is chosen in the gallery, its filter, or a bucket", async () => {
    await open.host.call("show", { view: "gallery", where: "clipScore < 0.15" });
    await open.page.waitForSelector("#gallery-row-1");
    await open.page.click("#gallery-row-0");
    await open.page.click("#gallery-row-1", { modifiers: ["Shift"] });
    await open.page.click("#gallery-row-1", { button: "right" });
    await open.page.click(".menu button:has-text('Edit the captions of 2')");
    await eventually(() => open.page.locator("#edit-scope").evaluate((element) => (element as HTMLInputElement).value)).toBe("chosen");
    await eventually(() => open.page.locator("#edit-scope vscode-option").allTextContents()).toContain("2 pairs chosen in the gallery");
    await open.host.call("show", { view: "edits", bucket: "lowScore" });
    await eventually(() => open.page.locator("#edit-scope").evaluate((element) => (element as HTMLInputElement).value)).toBe(
      "bucket:lowScore",
    );
    await eventually(() => text(".edit-form")).toContain("60 captions");
  });

  it("are as they were after a reload, in high contrast too, without an error", async () => {
    const kept = await open.page.evaluate("winnowState");
    const again = await openPage(host.fake, { theme: "highContrast", state: kept });
    try {
      await again.page.waitForSelector(".work-row ins");
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
    expect(open.errors).toEqual([]);
  });
});
