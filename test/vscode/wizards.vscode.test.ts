/// <reference lib="dom" />
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { choosePath } from "./drive.ts";
import { copySample, type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

describeEditor("what asks a person step by step", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample({ settings: { "files.simpleDialog.enable": true } });
    ({ workbench } = sample);
  });
  afterAll(() => workbench?.dispose());

  const pick = (name: string) =>
    workbench.page
      .locator(`.quick-input-list .monaco-list-row[aria-label^=${JSON.stringify(name)}]`)
      .first()
      .click();

  const chooseFolder = (folder: string, button: string): Promise<void> => choosePath(workbench.page, `${folder}/`, button);

  it("exports what is kept to a folder, and says what went out", async () => {
    const out = join(dirname(workbench.folder), "exported");
    await mkdir(out);
    await workbench.runCommand("Winnow: Export What Is Kept…");
    await pick("jsonl");
    await pick("References");
    await pick("Absolute paths");
    await chooseFolder(out, "Export Here");
    await workbench.message(/297 pictures with 297 captions went to/).waitFor();
    await workbench.screenshot("wizard-export");
    const [list, ...others] = (await readdir(out)).filter((name) => name.endsWith(".jsonl"));
    expect(others).toEqual([]);
    expect((await readFile(join(out, list!), "utf8")).trim().split("\n").length).toBe(297);
  });

  it("asks what becomes of captions that were changed, and sends their originals along", async () => {
    const change = ["caption", sample.root, "--sample", "garden/scene-0001.jpg", "--to", "Three red boats", "--quiet"];
    await winnow(workbench.environment, change);
    await workbench.treeItem("Edited: 1 pair").waitFor();
    const out = join(dirname(workbench.folder), "withOriginals");
    await mkdir(out);
    await workbench.page.locator(".part.sidebar .monaco-list-row", { hasText: "1 changed file" }).first().waitFor();
    await workbench.runCommand("Winnow: Export What Is Kept…");
    await pick("Analyse First");
    await pick("jsonl");
    await pick("References");
    await pick("Absolute paths");
    await workbench.page.locator(".quick-input-box input[placeholder='What becomes of captions that were changed?']").waitFor();
    await workbench.screenshot("wizard-originals");
    await pick("With Their Originals");
    await chooseFolder(out, "Export Here");
    const listed = async (): Promise<string> => {
      const [list] = (await readdir(out)).filter((name) => name.endsWith(".jsonl"));
      return list === undefined ? "" : await readFile(join(out, list), "utf8");
    };
    await expect.poll(listed).toContain("Three red boats");
    expect(await listed()).toContain("Four large yellow diamonds");
  });

  it("takes up a dataset from any other folder", async () => {
    const folder = join(dirname(workbench.folder), "another");
    await copySample(folder);
    await workbench.runCommand("Winnow: Add Dataset Folder…");
    await chooseFolder(folder, "Add");
    await workbench.page.locator(".part.sidebar .monaco-list-row", { hasText: "another" }).first().waitFor();
  });

  it("describes the machine in a document", async () => {
    await workbench.runCommand("Winnow: Examine This Machine");
    await workbench.page.locator(".monaco-editor .view-lines", { hasText: "This machine, as Winnow sees it" }).waitFor();
    await workbench.screenshot("machine-report");
  });

  it("leads a newcomer through its first steps", async () => {
    await workbench.runCommand("Welcome: Open Walkthrough...");
    await pick("Get started with Winnow");
    await workbench.page.locator(".getting-started-step", { hasText: "Try it on a sample" }).first().waitFor();
    await workbench.settle();
    await workbench.screenshot("walkthrough");
    // Its pictures take the theme's colours: shapes that lost them are black.
    const colours = await workbench.page
      .frames()
      .reduce<Promise<readonly string[]>>(
        async (found, frame) => [
          ...(await found),
          ...(await frame.$$eval("svg rect", (shapes) => shapes.map((shape) => getComputedStyle(shape).fill)).catch(() => [])),
        ],
        Promise.resolve([]),
      );
    expect(new Set(colours)).not.toEqual(new Set(["rgb(0, 0, 0)"]));
    expect(colours.length).toBeGreaterThan(0);
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
