/// <reference lib="dom" />
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenSample, openSample } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

/** A caption of the sample. */
const name = "scene-0001.txt";
const faulty = "The image shows four yellow diamonds and a ring and a ring and a ring and a ring\n";
const mended = "Four yellow diamonds and a ring and a ring and a ring and a ring\n";

describeEditor("captions as documents", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  let file: string;
  beforeAll(async () => {
    sample = await openSample({ settings: { "editor.hover.delay": 100, "editor.wordWrap": "on", "files.autoSave": "off" } });
    ({ workbench } = sample);
    file = join(sample.root, "garden", name);
  });
  afterAll(() => workbench?.dispose());

  const editor = () => workbench.page.locator(".editor-instance .monaco-editor", { has: workbench.page.locator(".view-lines") }).first();
  const lines = () => editor().locator(".view-lines");
  const tab = (of = name) => workbench.page.locator(`.tabs-container .tab[data-resource-name="${of}"]`);
  const problem = (text: string) => workbench.page.locator(".markers-panel .monaco-list-row", { hasText: text }).first();

  const openFile = async (wanted = name): Promise<void> => {
    await workbench.page.keyboard.press("Control+p");
    await workbench.page.locator(".quick-input-widget:visible .quick-input-box input").fill(wanted);
    await workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: wanted }).first().waitFor();
    await workbench.page.keyboard.press("Enter");
    await lines().waitFor();
  };

  it("shows lenses over a caption that the analysis knows, and its picture and score on hover", async () => {
    await openFile();
    await editor().locator(".codelens-decoration", { hasText: "Open in panel" }).waitFor();
    await lines()
      .locator("span", { hasText: "Four" })
      .last()
      .hover({ position: { x: 40, y: 5 } });
    const hover = workbench.page.locator(".monaco-hover:visible", { hasText: "Score 0." }).first();
    await hover.waitFor();
    await hover.locator("img[src^='data:image/webp']").waitFor();
    expect(await hover.innerText()).toMatch(/garden\/scene-0001[\s\S]*higher than \d+ % of the dataset's[\s\S]*Nearest wrong caption/);
    await workbench.screenshot("captions-hover");
    await workbench.page.keyboard.press("Escape");
  });

  it("shows what is wrong in the Problems panel, and mends it as an edit of the document", async () => {
    await writeFile(file, faulty);
    await lines().getByText("The image shows").first().waitFor(); // the editor reloads a clean document
    await workbench.runCommand("Problems: Focus on Problems View");
    await problem('"The image shows" says nothing').waitFor();
    await problem("times in a row").waitFor();
    await editor().locator(".squiggly-warning").first().waitFor({ state: "attached" });
    await workbench.screenshot("captions-problems");
    await problem('"The image shows" says nothing').click();
    await workbench.page.keyboard.press("Control+.");
    const fix = workbench.page.getByText("Remove the opening", { exact: true }).first();
    await fix.waitFor();
    await workbench.settle(); // a menu that has just come takes no clicks yet
    await fix.click();
    await lines()
      .getByText(/^Four\syellow\sdiamonds/)
      .first()
      .waitFor();
    await expect.poll(() => tab().getAttribute("class")).toContain("dirty");
    expect(await readFile(file, "utf8")).toBe(faulty);
  });

  it("does not let the panel write a caption file with unsaved changes", async () => {
    await editor().locator(".codelens-decoration a", { hasText: "Rewrite" }).click();
    const frame = await workbench.panelFrame();
    const field = frame.locator(".caption-draft");
    await field.waitFor();
    await workbench.screenshot("captions-rewrite");
    await field.press("End");
    await field.pressSequentially(" Three pink rings");
    await field.press("Control+Enter");
    const dialog = workbench.page.locator(".monaco-dialog-box", { hasText: "unsaved changes" });
    await dialog.waitFor();
    await workbench.screenshot("captions-unsaved");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await frame.getByText(`${name} has unsaved changes`).first().waitFor();
    expect(await readFile(file, "utf8")).toBe(faulty);
  });

  it("counts a saved caption among the changed files", async () => {
    await tab().click();
    await lines().waitFor();
    await workbench.runCommand("File: Save");
    await expect.poll(() => readFile(file, "utf8")).toBe(mended);
    await workbench.openSidebar();
    await workbench.treeItem("Overview").waitFor();
    await workbench.page
      .locator(".part.sidebar .monaco-list-row", { hasText: /1 changed file|1 file changed/ })
      .first()
      .waitFor();
  });

  it("lets the panel write a caption file that is open and saved, and the editor reloads it", async () => {
    await openFile("scene-0004.txt");
    await lines().getByText("A picture of four solid teal").first().waitFor();
    await workbench.settle(); // the lenses of the document before go when those of this one are there
    await editor().locator(".codelens-decoration a", { hasText: "Rewrite" }).click();
    const frame = await workbench.panelFrame();
    const field = frame.locator(".caption-draft");
    await expect.poll(() => field.inputValue()).toMatch(/^A picture of four solid teal/);
    await field.fill("Four teal crescents below a teal square");
    await field.press("Control+Enter");
    await expect
      .poll(() => readFile(join(sample.root, "garden", "scene-0004.txt"), "utf8"))
      .toBe("Four teal crescents below a teal square\n");
    await tab("scene-0004.txt").click();
    await lines().getByText("Four teal crescents below").first().waitFor();
    await expect.poll(() => tab("scene-0004.txt").getAttribute("class")).not.toContain("dirty");
  });

  it("opens the group of a caption in the panel", async () => {
    await tab("scene-0004.txt").click();
    const lens = editor().locator(".codelens-decoration a", { hasText: /group|Concept|Copies|captions/ });
    await lens.first().click();
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-groups[aria-selected=true]").waitFor();
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
