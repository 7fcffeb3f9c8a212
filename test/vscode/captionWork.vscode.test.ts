/// <reference lib="dom" />
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findAccessibilityViolations } from "../webview/axe.ts";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

/** A caption of the sample that rules can mend, once it is made worse. */
const opened = "The image shows four yellow diamonds\n";
const mended = "Four yellow diamonds\n";

describeEditor("work on captions in the panel", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  let frame: Frame;
  let file: string;
  beforeAll(async () => {
    sample = await openSample({ settings: { "files.autoSave": "off" } });
    ({ workbench, frame } = sample);
    file = join(sample.root, "garden", "scene-0001.txt");
  });
  afterAll(() => workbench?.dispose());

  const go = async (view: string): Promise<void> => {
    await frame.locator(`#tab-${view}`).click();
    await frame.locator(`#view-${view}`).waitFor();
  };
  const field = (about: string) => frame.locator(`vscode-text-field[aria-label^="${about}"] input`);
  const count = (filter: string) => frame.locator(`[role=radio][data-value=${filter}]`);

  it("edits many captions after a preview, as one operation that Ctrl+Z takes back", async () => {
    const before = await readFile(file, "utf8");
    expect(before).toContain("yellow");
    await go("edits");
    await field("What is looked for").fill("yellow");
    await field("What stands there then").fill("golden");
    await frame.locator(".work-row ins", { hasText: "golden" }).first().waitFor();
    const told = await frame.locator(".edit-apply").innerText();
    expect(told).toMatch(/^Change [1-9]\d* captions$/);
    expect(await findAccessibilityViolations(frame)).toEqual([]);
    await workbench.screenshot("captionWork-edits");
    await expect.poll(() => frame.locator(".edit-apply").getAttribute("disabled")).toBeNull();
    await field("What stands there then").press("Control+Enter");
    await frame.locator(".toast", { hasText: "Changed" }).waitFor();
    await expect.poll(() => readFile(file, "utf8")).toBe(before.replaceAll("yellow", "golden"));
    await frame.locator(".work-empty", { hasText: "Nothing would change" }).waitFor();
    await frame.locator("#tab-edits").press("Control+z");
    await expect.poll(() => readFile(file, "utf8")).toBe(before);
  });

  it("makes proposals by rules, accepts one by a key, and takes it back", async () => {
    await writeFile(file, opened);
    await winnow(workbench.environment, ["run", sample.root, "--quiet", "--allow-problems"]);
    await go("rewrites");
    await frame.locator("[role=radio][data-value=start]").click();
    await expect.poll(() => frame.locator("#rewrite-preset").evaluate((element) => (element as HTMLInputElement).value)).toBe("tidy");
    await frame.locator(".estimate-card", { hasText: "no model is asked" }).waitFor();
    await expect.poll(() => frame.locator(".rewrite-start").getAttribute("disabled")).toBeNull();
    await frame.locator(".rewrite-start").click();
    await frame.locator(".estimate-card h3", { hasText: /Done: [1-9]/ }).waitFor();
    await frame.locator("[role=radio][data-value=review]").click();
    await expect
      .poll(
        async () => Number(/\d+/.exec(await count("passing").innerText())![0]) + Number(/\d+/.exec(await count("waiting").innerText())![0]),
      )
      .toBeGreaterThan(0);
    await choose("garden/scene-0001");
    await frame.locator(".proposal .zoom-picture img").waitFor();
    expect(await findAccessibilityViolations(frame)).toEqual([]);
    await workbench.screenshot("captionWork-rewrites");
    await frame.locator(".work-list").press("a");
    await expect.poll(() => readFile(file, "utf8")).toBe(mended);
    await count("accepted").filter({ hasText: "Accepted 1" }).waitFor();
    await frame.locator("#tab-rewrites").press("Control+z");
    await expect.poll(() => readFile(file, "utf8")).toBe(opened);
    await count("accepted").filter({ hasText: "Accepted 0" }).waitFor();
  });

  it("says that a proposal is stale when its file was changed, and does not write it", async () => {
    await writeFile(file, "Something that a person wrote meanwhile\n");
    await frame.locator("#tab-gallery").click();
    await go("rewrites");
    await choose("garden/scene-0001");
    await frame.locator(".proposal-state", { hasText: "says something else by now" }).waitFor();
    await workbench.screenshot("captionWork-stale");
    await frame.locator(".work-list").press("a");
    await workbench.settle();
    expect(await readFile(file, "utf8")).toBe("Something that a person wrote meanwhile\n");
  });

  it("keeps what is written blind as a proposal, measured, that stands in no file", async () => {
    await go("worksheet");
    await frame.locator(".sheet-begin").click();
    await frame.locator(".sheet-picture img").waitFor();
    await frame.locator(".sheet-siblings img").first().waitFor();
    expect(await findAccessibilityViolations(frame)).toEqual([]);
    await frame.locator("#sheet-caption").fill("Something that I have seen");
    await frame.locator("#sheet-caption").press("Enter");
    await frame.locator(".written-item", { hasText: /score [+−±]/ }).waitFor();
    await workbench.screenshot("captionWork-worksheet");
    const listed = await winnow(workbench.environment, ["rewrites", sample.root, "--quiet"]);
    expect(listed).toContain("blind by human");
  });

  it("had no error in the console and broke no policy", () => {
    expect(workbench.problems).toEqual([]);
  });

  /** Looks at the proposal for a sample, whichever kind it is of. */
  async function choose(name: string): Promise<void> {
    for (const filter of ["passing", "waiting", "stale"]) {
      await count(filter).click();
      await expect.poll(() => count(filter).getAttribute("aria-checked")).toBe("true");
      await workbench.settle();
      const rows = frame.locator(".work-row");
      for (let at = 0; at < (await rows.count()); at += 1) {
        await rows.nth(at).click();
        if ((await frame.locator(".proposal-where").innerText()).includes(name)) return;
      }
    }
    throw new Error(`Expected a proposal for ${name} but found none`);
  }
});
