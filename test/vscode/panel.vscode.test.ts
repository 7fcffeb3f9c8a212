import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenSample, openSample } from "./sample.ts";
import { farServer } from "./slowLink.ts";
import { describeEditor, openWorkbench, type Workbench } from "./workbench.ts";

describeEditor("the panel's page", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample();
    ({ workbench } = sample);
  });
  afterAll(() => workbench?.dispose());

  it("comes back as it was after another editor hid it", async () => {
    await (await workbench.panelFrame()).locator("#tab-recipe").click();
    await workbench.settle();
    await workbench.runCommand("File: New Untitled Text File");
    await workbench.page.waitForFunction(() => document.querySelector("iframe.webview") === null);
    await workbench.runCommand("View: Close Editor");
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-recipe[aria-selected=true]").waitFor();
  });

  it("is one a dataset: opening it again brings it to the front", async () => {
    await workbench.runCommand("Winnow: Open Panel");
    await workbench.settle();
    expect(await workbench.page.locator(".tab", { hasText: "folder" }).count()).toBe(1);
  });

  it("goes where a command sends it", async () => {
    await workbench.runCommand("Winnow: Open Histogram");
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-scores[aria-selected=true]").waitFor();
  });

  it("undoes one operation with Ctrl+Z, and none while a person types", async () => {
    await workbench.runCommand("Winnow: Open Panel");
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-gallery").click();
    for (const [index, said] of ["Dropped: 1 pair", "Dropped: 2 pairs", "Dropped: 3 pairs"].entries()) {
      await frame.locator("#view-gallery img").nth(index).click();
      await frame.locator("body").press("d");
      await workbench.treeItem(said).waitFor();
    }
    await frame.locator("body").press("Control+z");
    await workbench.treeItem("Dropped: 2 pairs").waitFor();
    await workbench.settle();
    expect(await workbench.treeItem("Dropped: ").getAttribute("aria-label")).toContain("Dropped: 2 pairs");
    await frame.locator("body").press("/");
    await workbench.page.keyboard.type("dog");
    await workbench.page.keyboard.press("Control+z");
    await workbench.settle();
    expect(await workbench.treeItem("Dropped: ").getAttribute("aria-label")).toContain("Dropped: 2 pairs");
  });

  it("opens a caption's file beside itself", async () => {
    await workbench.runCommand("Winnow: Open Panel");
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-gallery").click();
    await frame.locator("#view-gallery img").first().click();
    await frame.locator("body").press("i");
    const link = frame.locator(".inspector-pane").getByText(/\.txt:\d+$/);
    const [name] = (await link.first().innerText()).split(":");
    await link.first().click();
    await workbench.page.locator(".editor-group-container .tab.active", { hasText: name! }).waitFor();
    expect(await workbench.page.locator(".editor-group-container").count()).toBe(2);
    await (await workbench.panelFrame()).locator(".inspector-pane img").first().waitFor();
  });

  it("had no error in the console and broke no policy", () => {
    expect(workbench.problems).toEqual([]);
  });
});

describeEditor("a panel over a slow link", () => {
  let sample: OpenSample;
  beforeAll(async () => {
    sample = await openSample({ link: farServer });
  });
  afterAll(() => sample?.workbench.dispose());

  it("shows pictures within three seconds of a change of the view, and takes few bytes for it", async () => {
    const { workbench } = sample;
    const frame = await workbench.panelFrame();
    await frame.locator("#view-gallery img").first().waitFor();
    const before = workbench.link!.bytes.down;
    const startMs = performance.now();
    await frame.locator("#tab-groups").click();
    await frame.locator("#view-groups img").first().waitFor();
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(workbench.link!.bytes.down - before).toBeLessThan(2_000_000);
  });

  it("leaves out what a person scrolled past, and shows where they are within three seconds", async () => {
    const { workbench } = sample;
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-gallery").click();
    await frame.locator("#view-gallery img").first().hover();
    for (let turn = 0; turn < 40; turn++) await workbench.page.mouse.wheel(0, 600);
    const startMs = performance.now();
    await frame.waitForFunction(() => {
      const inSight = [...document.querySelectorAll("#view-gallery winnow-thumbnail")].filter((element) => element.checkVisibility());
      return inSight.length > 0 && inSight.every((element) => element.querySelector("img")?.complete === true);
    });
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});

describeEditor("a workspace that isn't trusted", () => {
  let sample: OpenSample;
  beforeAll(async () => {
    sample = await openSample({ isTrusted: false });
  });
  afterAll(() => sample?.workbench.dispose());

  it("shows an analysis that is there, and changes nothing", async () => {
    const { frame } = sample;
    await frame.locator("#view-gallery img").first().waitFor();
    await frame.locator("#view-gallery img").first().click();
    await frame.locator("body").press("d");
    await frame.getByText("not trusted").first().waitFor();
  });
});

describeEditor("two windows on one dataset", () => {
  let sample: OpenSample;
  let second: Workbench;
  beforeAll(async () => {
    sample = await openSample();
    second = await openWorkbench({ beside: sample.workbench });
    await second.openSidebar();
    await second.treeItem("Overview").waitFor();
  });
  afterAll(async () => {
    await second?.dispose();
    await sample?.workbench.dispose();
  });

  it("tells the one what was decided in the other", async () => {
    const { frame } = sample;
    await frame.locator("#view-gallery img").first().click();
    await frame.locator("body").press("d");
    await second.page.locator(".part.sidebar .monaco-list-row[aria-label^='Dropped: 1 pair']").waitFor();
  });
});
