import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BucketDescriptor, buckets } from "../../src/core/buckets.ts";
import { createRandom } from "../../src/core/random.ts";
import { findAccessibilityViolations } from "./accessibility.ts";
import { winnow } from "./sample.ts";
import { describeEditor, openWorkbench, type Theme, type Workbench } from "./workbench.ts";

const tabs = ["gallery", "scores", "groups", "map", "recipe", "spotCheck"];

describeEditor("a newcomer's first minutes", () => {
  let workbench: Workbench;
  let root: string;
  beforeAll(async () => {
    workbench = await openWorkbench();
    root = join(workbench.userFolder, "User/globalStorage/winnow.winnow/sample");
  });
  afterAll(() => workbench?.dispose());

  it("offers the sample in a folder without a dataset", async () => {
    await workbench.openSidebar();
    await workbench.page.getByRole("button", { name: "Try the Sample" }).waitFor();
    await workbench.screenshot("welcome");
  });

  it("is active within 200 ms, by VS Code's own count, in the best of three windows", async () => {
    const tookMs = [await readActivationMs(workbench)];
    while (Math.min(...tookMs) >= 200 && tookMs.length < 3) {
      await workbench.reload();
      await workbench.page.getByRole("button", { name: "Try the Sample" }).waitFor();
      tookMs.push(await readActivationMs(workbench));
    }
    expect(Math.min(...tookMs)).toBeLessThan(200);
  });

  it("analyses the sample and tells how far it is, in a message and in the status bar", async () => {
    const { page } = workbench;
    await page.getByRole("button", { name: "Try the Sample" }).click();
    const bar = page.locator(".statusbar-item", { hasText: /sample \d+ %/ });
    await Promise.all([workbench.message("Winnow: sample").waitFor(), bar.waitFor()]);
    await workbench.screenshot("running");
    await workbench.message(/is analysed: 300 pictures/).waitFor({ timeout: 120_000 });
    await bar.waitFor({ state: "detached" });
  });

  it.each(buckets)("counts in the side bar what the command line counts: $title", async (bucket) => {
    const count = await countOf(workbench, root, bucket);
    const item = workbench.treeItem(`${bucket.title}:`);
    // What is quiet is shown only where there is something.
    if (bucket.isQuiet === true && count === 0) {
      expect(await item.count()).toBe(0);
      return;
    }
    const said = await item.getAttribute("aria-label");
    const noun = bucket.unit === "pair" ? "pair" : "picture";
    expect(said).toMatch(new RegExp(`: ${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}\\b`));
  });

  it("opens the panel on what it found", async () => {
    const frame = await workbench.panelFrame();
    await frame.locator("#view-gallery img").first().waitFor();
    expect(await frame.locator("#tab-gallery").getAttribute("aria-selected")).toBe("true");
  });

  describe.each<Theme>(["light", "dark", "highContrast"])("in the theme %s", (theme) => {
    beforeAll(() => workbench.setTheme(theme));

    it.each(tabs)("shows %s without an accessibility violation", async (tab) => {
      const frame = await workbench.panelFrame();
      await frame.locator(`#tab-${tab}`).click();
      await frame.locator(`#view-${tab}`).waitFor();
      await workbench.settle();
      await workbench.screenshot(`${theme}-${tab}`);
      expect(await findAccessibilityViolations(frame)).toEqual([]);
    });

    it("shows the inspector without an accessibility violation", async () => {
      const frame = await workbench.panelFrame();
      await frame.locator("#tab-gallery").click();
      await frame.locator("#view-gallery img").first().click();
      await frame.locator("body").press("i");
      await frame.locator(".inspector-pane img").first().waitFor();
      await workbench.settle();
      await workbench.screenshot(`${theme}-inspector`);
      expect(await findAccessibilityViolations(frame)).toEqual([]);
      await frame.locator("body").press("i");
    });
  });

  it("stands where it stood after the window is reloaded", async () => {
    await (await workbench.panelFrame()).locator("#tab-groups").click();
    await workbench.settle();
    await workbench.reload();
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-groups[aria-selected=true]").waitFor();
    await workbench.openSidebar();
    await workbench.treeItem("Overview").waitFor();
  });

  it("goes on when the engine was killed between two questions", async () => {
    expect(await workbench.killEngine()).toBeGreaterThan(0);
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-gallery").click();
    await frame.locator("#view-gallery img").first().waitFor();
  });

  it("had no error in the console and broke no policy", () => {
    expect(workbench.problems).toEqual([]);
  });
});

describeEditor("an engine that dies during a run", () => {
  const pictures = 1_500;
  let workbench: Workbench;
  beforeAll(async () => {
    workbench = await openWorkbench({ prepare: (folder) => makeDataset(folder, pictures) });
  });
  afterAll(() => workbench?.dispose());

  it("is started again, tells it in one sentence, and ends what it began", async () => {
    await workbench.openSidebar();
    await workbench.page.getByRole("button", { name: "Analyse" }).first().click();
    await workbench.page.locator(".statusbar-item", { hasText: /(?:[1-9]|[1-8]\d) %/ }).waitFor({ timeout: 60_000 });
    expect(await workbench.killEngine()).toBeGreaterThan(0);
    await workbench.message("which goes on from where it was").waitFor({ timeout: 60_000 });
    await workbench.screenshot("recovered");
    await workbench.message(/is analysed: 1,500 pictures/).waitFor({ timeout: 180_000 });
    expect(await countRows(workbench, workbench.folder, "captionIndex = 0")).toBe(pictures);
    expect(workbench.problems).toEqual([]);
  });
});

/** Noise that no other picture is like, each with a caption. */
async function makeDataset(folder: string, count: number): Promise<void> {
  const random = createRandom(1);
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, () => Math.floor(random() * 256));
    const name = `noise-${String(index).padStart(4, "0")}`;
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toFile(join(folder, `${name}.png`));
    await writeFile(join(folder, `${name}.txt`), `a picture of noise, the ${index}th of its kind\n`);
  }
}

/** What the window's list of running extensions says of ours; the slowest come first there, and only those in sight are in the page. */
async function readActivationMs({ page, runCommand }: Workbench): Promise<number> {
  await runCommand("Developer: Show Running Extensions");
  const list = page.locator(".runtime-extensions-editor .monaco-list");
  const entry = list.locator(".extension", { hasText: "Winnow" });
  await list.locator(".extension").first().hover();
  while (!(await entry.isVisible())) await page.mouse.wheel(0, 200);
  const [, tookMs] = /Activation: (\d+)ms/.exec(await entry.innerText()) ?? [];
  await page.keyboard.press("Escape");
  await runCommand("View: Close All Editors");
  return Number(tookMs);
}

interface OfSample {
  readonly sample: string | null;
}

/** Counts a bucket by other commands than the filter's where it is of pictures: a picture without a caption has no row. */
async function countOf(workbench: Workbench, root: string, { where, unit, kind }: BucketDescriptor): Promise<number> {
  if (unit === "pair") return countRows(workbench, root, where);
  if (kind !== null) {
    const groups = await winnow(workbench.environment, ["groups", root, "--kind", kind, "--json"]);
    return countSamples((JSON.parse(groups) as readonly { readonly members: readonly OfSample[] }[]).flatMap(({ members }) => members));
  }
  const report = JSON.parse(await winnow(workbench.environment, ["run", root, "--json", "--allow-problems"])) as {
    readonly problems: readonly (OfSample & { readonly code: string })[];
  };
  return countSamples(report.problems.filter(({ code }) => where.startsWith("problem") || code === "brokenImage"));
}

async function countRows({ environment }: Workbench, root: string, where: string): Promise<number> {
  const rows = await winnow(environment, ["rows", root, "--where", where, "--quiet"]);
  return rows.split("\n").filter((line) => line !== "").length;
}

function countSamples(members: readonly OfSample[]): number {
  return new Set(members.flatMap(({ sample }) => sample ?? [])).size;
}
