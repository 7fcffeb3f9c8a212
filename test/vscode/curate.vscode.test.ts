/// <reference lib="dom" />
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

describeEditor("curating the sample", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample({ theme: "dark" });
    ({ workbench } = sample);
  });
  afterAll(() => workbench?.dispose());

  const count = async (where: string): Promise<number> => {
    const written = await winnow(workbench.environment, ["rows", sample.root, "--where", where, "--quiet"]);
    return written.split("\n").filter((line) => line !== "").length;
  };

  /** Takes every part out of the filter. */
  const clearFilter = async (): Promise<void> => {
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-gallery").click();
    const field = frame.getByRole("combobox", { name: "Filter" });
    await field.fill("");
    await field.press("Enter");
    await frame.locator(".foot-status", { hasText: /^(?:299 pairs|300 pictures)/ }).waitFor();
  };

  it("opens the panel filtered to a bucket that was clicked", async () => {
    await workbench.treeItem("Low score:").click();
    const frame = await workbench.panelFrame();
    await frame.locator(".foot-status", { hasText: /^15 of 299 pairs/ }).waitFor();
  });

  it("drops a selection with the keyboard, and takes it back", async () => {
    const frame = await workbench.panelFrame();
    await frame.locator("#gallery-row-0").click();
    await frame.locator("#gallery-row-2").click({ modifiers: ["Shift"] });
    await frame.locator("body").press("d");
    await workbench.treeItem("Dropped: 3 pairs").waitFor();
    expect(await count("verdict = drop and actor = person")).toBe(3);
    await frame.locator("body").press("Control+z");
    await workbench.treeItem("Dropped: 0 pairs").waitFor();
    expect(await count("verdict = drop")).toBe(0);
  });

  it("tells while the brush moves what would be kept, and drops it by a rule", async () => {
    await clearFilter();
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-scores").click();
    await frame.getByRole("button", { name: "Drop worst 10 %" }).click();
    const handle = frame.getByRole("slider").first();
    await handle.focus();
    const before = await frame.locator(".stats").innerText();
    await handle.press("ArrowRight");
    await expect.poll(() => frame.locator(".stats").innerText()).not.toBe(before);
    await frame.locator(".edge-side img").first().waitFor();
    await workbench.screenshot("curate-scores");
    const dropped = Number(/Dropped\s*(\d+)/.exec(await frame.locator(".stats").innerText())![1]);
    await frame.getByRole("button", { name: /^Drop \d+ below/ }).click();
    await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Drop", exact: true }).click();
    await workbench.treeItem(`Dropped: ${dropped} pairs`).waitFor();
    expect(await count("verdict = drop and actor = rule")).toBe(dropped);
    // After the dialog the keys are the page's again, without a click.
    await frame.waitForFunction(() => document.hasFocus());
    await workbench.page.keyboard.press("Control+z");
    await workbench.treeItem("Dropped: 0 pairs").waitFor();
  });

  it("opens a confusable group, and keeps it as a hard negative", async () => {
    await workbench.treeItem("Confusable groups:").click();
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-groups").click();
    await frame.locator('[data-cell="0,1"]').click();
    await frame.locator(".compare mark.differs").first().waitFor();
    await frame.getByRole("button", { name: "Keep as hard negative" }).click();
    await frame.locator(".heat .codicon-flame").first().waitFor();
    await workbench.screenshot("curate-groups");
  });

  it("finds pictures by a text", async () => {
    await clearFilter();
    const frame = await workbench.panelFrame();
    await frame.getByPlaceholder("Search pictures by text").fill("a red circle");
    await frame.getByPlaceholder("Search pictures by text").press("Enter");
    const hits = JSON.parse(
      await winnow(workbench.environment, ["search", sample.root, "--text", "a red circle", "--limit", "1", "--json"]),
    ) as {
      readonly sample: string;
    }[];
    await frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
    await expect
      .poll(async () => {
        await frame.locator("#gallery-row-0").dblclick();
        return await frame.locator(".inspector-head h2").getAttribute("title");
      })
      .toBe(hits[0]!.sample);
    await frame.locator(".nearest-pictures img").first().waitFor();
    await workbench.screenshot("curate-inspector");
  });

  it("changes a caption in its file, and takes it back to the byte", async () => {
    const frame = await workbench.panelFrame();
    await frame.locator("vscode-button[aria-label='Edit the caption']").first().click();
    await frame.locator(".caption-draft").fill("a caption of my own");
    await frame.locator(".caption-draft").press("Control+Enter");
    await workbench.treeItem("Edited: 1 pair").waitFor();
    await frame.locator(".inspector-head h2").click();
    await frame.locator("body").press("Control+z");
    await workbench.treeItem("Edited: 0 pairs").waitFor();
  });

  it("lays the pictures out, and takes what is seen to the gallery", async () => {
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-map").click();
    await frame.locator(".legend .ramp").waitFor();
    await frame.locator(".plot").focus();
    await frame.locator(".plot").press("Enter");
    await frame.locator(".selection-count").waitFor();
    await frame.getByRole("button", { name: "Show in gallery" }).click();
    await frame.locator("#tab-gallery[aria-selected=true]").waitFor();
    await frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
  });

  it("draws a spot check near a cut, and keeps the labels", async () => {
    await clearFilter();
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-scores").click();
    await frame.getByRole("button", { name: "Spot-check this cut" }).click();
    await frame.getByRole("button", { name: /^Draw/ }).first().click();
    await frame.locator("#view-spotCheck img").first().waitFor();
    for (const key of ["m", "m", "n"]) await frame.locator("body").press(key);
    const labels = join(sample.root, ".winnow/labels.csv");
    await expect.poll(async () => (await readFile(labels, "utf8").catch(() => "")).trim().split("\n").length).toBe(4);
    await workbench.screenshot("curate-spotCheck");
  });

  it("had no error in the console and broke no policy", () => {
    expect(workbench.problems).toEqual([]);
  });
});
