import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectionOf, nearestOf } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

const made = makeUp(400, 3);
const edits: unknown[] = [];
let open: OpenPage;

beforeAll(async () => {
  const rowOfName = (sample: string): number => Number(/(\d+)\.jpg/.exec(sample)![1]);
  const fake = createFakeHost(made, {
    inspect: ({ sample }) => inspectionOf(made, rowOfName(sample)),
    nearest: ({ sample }) => nearestOf(made, rowOfName(sample)),
    editCaption: (params) => {
      edits.push(params);
      return { operation: "e1", file: "/made-up/pictures/0000007.txt" };
    },
  });
  open = await openPage(fake, { state: { root: "/made-up", view: "map", inspected: "pictures/0000007.jpg" } });
  await open.page.waitForSelector(".nearest-pictures img");
});

afterAll(() => open.dispose());

describe("the inspector", () => {
  it("shows the picture, its facts, all captions, signals with their places, problems and groups", async () => {
    await open.page.waitForSelector(".zoom-picture img");
    await expect.poll(() => open.page.locator(".caption").count()).toBe(3);
    expect(await open.page.textContent(".facts")).toContain("turned by EXIF (6)");
    expect(await open.page.locator(".signals tbody tr").count()).toBe(5);
    expect(await open.page.textContent(".inspector")).toContain("open_clip's CSV loader does not turn it");
    await open.screenshot("inspector-dark");
  });

  it("marks the tail of a caption that the encoder cuts off", async () => {
    expect(await open.page.textContent(".caption >> nth=0 >> .cut-off")).toBe(made.textOf(21).split(/(?= )/).slice(4).join(""));
  });

  it("shows the signals of the caption that is chosen", async () => {
    const score = (): Promise<string | null> => open.page.textContent(".signals .value >> nth=0");
    const first = await score();
    await open.page.click(".caption >> nth=1 >> .caption-text");
    await expect.poll(score).not.toBe(first);
  });

  it("saves a caption with what it was before, and refuses one that can't be changed", async () => {
    const editButtons = open.page.locator("vscode-button[aria-label='Edit the caption']");
    expect(await editButtons.nth(1).getAttribute("disabled")).not.toBeNull();
    await editButtons.nth(0).click();
    await open.page.fill(".caption-draft", "a dog");
    await open.page.keyboard.press("Control+Enter");
    await open.page.waitForSelector("text=Saved the caption in 0000007.txt");
    await expect.poll(() => edits).toEqual([{ sample: "pictures/0000007.jpg", captionIndex: 0, before: made.textOf(21), after: "a dog" }]);
  });

  it("takes letters in a draft as letters, and Escape as giving up", async () => {
    await open.page.locator("vscode-button[aria-label='Edit the caption']").nth(0).click();
    await open.page.focus(".caption-draft");
    await open.page.keyboard.type("dkr");
    expect(made.verdicts.has(21)).toBe(false);
    await open.page.keyboard.press("Escape");
    await expect.poll(() => open.page.locator(".caption-draft").count()).toBe(0);
    expect(await open.page.locator(".inspector-head").count()).toBe(1);
  });

  it("goes to a neighbour, drops it, and takes it back with Ctrl+Z", async () => {
    await open.page.click(".picture-button >> nth=0");
    await open.page.waitForSelector("h2:text-is('0000047.jpg')");
    await open.page.waitForSelector(".decide");
    await open.page.click(".decide vscode-button:text-is('Drop')");
    await open.page.waitForSelector(".caption.dropped");
    await open.page.keyboard.press("Control+z");
    await open.page.waitForSelector(".toast:has-text('Undone')");
    await open.page.waitForSelector(".caption:not(.dropped)");
  });

  it("zooms by keys and goes back", async () => {
    await open.page.focus(".zoom-picture");
    await open.page.keyboard.press("+");
    await expect.poll(() => open.page.locator(".zoom-picture.zoomed").count()).toBe(1);
    await open.page.keyboard.press("0");
    await expect.poll(() => open.page.locator(".zoom-picture.zoomed").count()).toBe(0);
  });

  it("can be used by everybody, breaches no rule of the page, and closes with Escape", async () => {
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    await open.page.focus(".inspector-head vscode-button >> nth=0");
    await open.page.keyboard.press("Escape");
    await open.page.waitForSelector(".inspector-pane", { state: "hidden" });
    expect(open.errors).toEqual([]);
  });
});
