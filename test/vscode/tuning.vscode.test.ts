import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Overview } from "../../src/protocol/overview.ts";
import { type FakeKohya, writeFakeKohya } from "../fakeKohya.ts";
import { findAccessibilityViolations } from "./accessibility.ts";
import { clearMessages } from "./clearMessages.ts";
import { quickInputOf } from "./quickInput.ts";
import { picturesDrawn, readText } from "./readText.ts";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

const pressMs = 5_000;

/** So many epochs take far longer than it takes to stop them. */
const endless = "100000";

describeEditor("fine-tuning in the editor", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample();
    ({ workbench } = sample);
    // A panel that has just come takes the keys, and so closes what asks for something.
    await sample.frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
    await sample.frame.waitForFunction(() => document.hasFocus());
  });
  beforeEach(() => clearMessages(workbench.page));
  afterAll(async () => {
    // One that a failed test left running would go on for hours.
    for (const { id, state } of await listRuns().catch(() => []))
      if (state === "running") await winnow(workbench.environment, ["tune", "stop", sample.root, id]).catch(() => "");
    await workbench?.dispose();
  });

  const listRuns = async (): Promise<readonly ListedRun[]> =>
    JSON.parse(await winnow(workbench.environment, ["tune", "list", sample.root, "--json"])) as ListedRun[];
  const node = (text: string) => workbench.treeItem(`Fine-tuning run ${text}`);
  const { row, pick, type } = quickInputOf(() => workbench.page);
  const change = async (option: string, question: string, value: string): Promise<void> => {
    await pick("Go on, or change", option);
    await type(question, value);
  };
  /** A tree that is drawn anew meanwhile loses a click. */
  const openRuns = async (): Promise<void> => {
    const runs = workbench.treeItem("Fine-tuning runs");
    const isOpen = async (): Promise<boolean> => (await runs.getAttribute("aria-expanded")) === "true";
    const click = async (): Promise<boolean> => {
      if (!(await isOpen())) await runs.click();
      return await isOpen();
    };
    await expect.poll(click, { timeout: 60_000, interval: 1_000 }).toBe(true);
  };
  /** Presses a button of a run until its line says what it brings: a line that is drawn anew between press and release loses both. */
  const press = async (run: string, button: string, until: string): Promise<void> => {
    const isThere = (): Promise<boolean> => node(until).isVisible();
    const again = async (): Promise<boolean> => {
      if (await isThere()) return true;
      await node(run).hover();
      await node(run)
        .getByRole("button", { name: button })
        .click({ timeout: pressMs })
        .catch(() => undefined);
      await node(until)
        .waitFor({ timeout: pressMs })
        .catch(() => undefined);
      return await isThere();
    };
    await expect.poll(again, { timeout: 90_000 }).toBe(true);
  };
  /** Drops the first pair in the panel. */
  const dropFirst = async (): Promise<Frame> => {
    await workbench.runCommand("Winnow: Open Panel");
    const frame = await workbench.panelFrame();
    await frame.locator("#gallery-row-0:not(.skeleton)").click();
    await frame.locator("body").press("d");
    await workbench.treeItem("Dropped: 1 pair").waitFor();
    return frame;
  };
  /** Waits until a comparison with random pairs has done a training, and keeps its process from going on: a person has the time to stop it then. */
  const holdComparison = async (): Promise<{ readonly folder: string; readonly letGo: () => void }> => {
    const runs = join(sample.root, ".winnow/runs");
    const find = async (): Promise<string | undefined> => {
      const name = (await readdir(runs)).find((id) => id.endsWith("-againstRandom"));
      const done = name === undefined ? "" : await readFile(join(runs, name, "arms.jsonl"), "utf8").catch(() => "");
      return done === "" ? undefined : name;
    };
    let found: string | undefined;
    await expect.poll(async () => (found = await find()), { interval: 10 }).toBeDefined();
    const folder = join(runs, found!);
    const { pid } = JSON.parse(await readFile(join(folder, "state.json"), "utf8")) as { readonly pid: number };
    process.kill(pid, "SIGSTOP");
    return { folder, letGo: () => process.kill(pid, "SIGCONT") };
  };
  const encoderOf = async (): Promise<string> =>
    (JSON.parse(await winnow(workbench.environment, ["overview", sample.root, "--json"])) as Overview).analysed?.encoder.id ?? "";
  const text = (words: string) => workbench.page.locator(".monaco-editor .view-lines", { hasText: words });

  it("asks in one list, shows the whole job, and starts it as a task that the side bar follows to its end", async () => {
    await workbench.treeItem("Fine-tune the encoder").click();
    await pick("Which trainer", "Head");
    await pick("Go on, or change", "loss");
    await pick("What is minimised", "SigLIP");
    await change("epochs", "How often all images are seen", "3");
    await change("batch", "Images in a batch", "64");
    await pick("Go on, or change", "Go On");
    await text("What fine-tuning on").waitFor();
    await workbench.screenshot("tuning-job");
    await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Start", exact: true }).click();
    // The message goes after some seconds.
    await workbench.message(/Fine-tuning on .* is done: R@1 /).waitFor();
    await openRuns();
    await node("sigLip, linear, done · R@1 ").waitFor();
    await workbench.screenshot("tuning-done");
  });

  it("looks at the Python before a run of the whole encoder, and says what is missing", async () => {
    await workbench.runCommand("Winnow: Fine-Tune…");
    await pick("Which trainer", "Full");
    await change("python", "The Python that trains", "no-such-python");
    await pick("Go on, or change", "Go On");
    await workbench.message("no-such-python").waitFor();
  });

  it("takes the tuned encoder into use, and scores the same pairs by it", async () => {
    await node("sigLip").hover();
    await node("sigLip").getByRole("button", { name: "Use Tuned Encoder" }).click();
    const settings = join(sample.root, ".vscode", "settings.json");
    await expect.poll(() => readFile(settings, "utf8").catch(() => "")).toContain("sigLip");
    const before = await encoderOf();
    await workbench.message("From now on").getByRole("button", { name: "Analyse" }).click();
    await workbench.message("is analysed").waitFor();
    await expect.poll(encoderOf, { interval: 1_000 }).not.toBe(before);
  });

  it("opens the report of a run by a click", async () => {
    await node("sigLip").click();
    const report = await readText(workbench.page, "Is it sound?");
    for (const part of ["Retrieval on held-out pairs", "R@1 by epoch", "Loss by epoch", "Rose most", "What to do next"])
      expect(report).toContain(part);
    expect(await picturesDrawn(workbench.page)).toEqual([true, true, true]);
    await workbench.screenshot("tuning-report");
  });

  it("offers a task, runs one of tasks.json, and finds its run go on after the window was reloaded", async () => {
    await mkdir(join(sample.root, ".vscode"), { recursive: true });
    const task = { label: "long tune", type: "winnow", trainer: "head", dataset: ".", epochs: Number(endless), patience: 0, batch: 64 };
    await writeFile(
      join(sample.root, ".vscode/tasks.json"),
      JSON.stringify({ version: "2.0.0", tasks: [{ ...task, loss: "dcl", problemMatcher: [] }] }),
    );
    await workbench.runCommand("Tasks: Run Task");
    await row("winnow").waitFor();
    await workbench.screenshot("tuning-tasks");
    await row("long tune").click();
    await node("dcl, linear, running · epoch ").waitFor();
    await workbench.screenshot("tuning-running");
    const frame = await dropFirst();
    await workbench.message("goes on with the pairs as they were when it began").waitFor();
    await frame.locator("body").press("Control+z");
    await workbench.treeItem("Dropped: 0 pairs").waitFor();
    await workbench.reload();
    // The side bar comes back by itself, and its icon would close it then.
    await workbench.page.locator(".part.sidebar .monaco-list-row").first().waitFor();
    await workbench.treeItem("Fine-tuning runs").filter({ hasText: "under way" }).waitFor();
    await openRuns();
    const epochOf = async (): Promise<number> =>
      Number(/epoch (\d+)/.exec((await node("dcl, linear, running").textContent()) ?? "")?.[1] ?? NaN);
    await expect.poll(epochOf).toBeGreaterThan(0);
    const before = await epochOf();
    await expect.poll(epochOf, { timeout: 60_000 }).toBeGreaterThan(before);
    await press("dcl", "Stop Fine-Tuning Run", "dcl, linear, stopped · ");
  });

  it("resumes a run, and says so once where its process was killed from outside", async () => {
    await press("dcl", "Resume Fine-Tuning Run", "dcl, linear, running · epoch ");
    const run = (await listRuns()).find(({ state }) => state === "running")!;
    const { pid } = JSON.parse(await readFile(join(run.folder, "state.json"), "utf8")) as { readonly pid: number };
    process.kill(pid, "SIGKILL");
    await node("dcl, linear, died · ").waitFor();
    const told = workbench.page.locator(".notifications-toasts .notification-toast", { hasText: "died: its process ended without a word" });
    await told.first().waitFor();
    expect(await told.count()).toBe(1);
    await workbench.screenshot("tuning-died");
  });

  it("compares runs in a document", async () => {
    await workbench.runCommand("Winnow: Compare Fine-Tuning Runs");
    expect(await readText(workbench.page, "Runs of fine-tuning on")).toContain("2 runs, the best first");
    await workbench.screenshot("tuning-compared");
  });

  it("asks whether it was the curation, is stopped and resumed, and ends with the interval over seeds", async () => {
    await dropFirst();
    const asked = workbench.page.locator(".quick-input-widget:visible", { hasText: "For how many seeds" });
    const ask = async (): Promise<boolean> => {
      if (await asked.isVisible()) return true;
      await node("sigLip, linear, done").hover();
      await node("sigLip, linear, done")
        .getByRole("button", { name: "Was It the Curation?" })
        .click({ timeout: pressMs })
        .catch(() => undefined);
      await asked.waitFor({ timeout: pressMs }).catch(() => undefined);
      return await asked.isVisible();
    };
    await expect.poll(ask, { timeout: 60_000 }).toBe(true);
    await type("For how many seeds", "20");
    const comparison = "sigLip, linear against random pairs";
    const { folder, letGo } = await holdComparison();
    await node(`${comparison}, running · training `).waitFor();
    await workbench.screenshot("tuning-curation-running");
    const untilStopped = async (): Promise<void> => {
      await expect.poll(() => existsSync(join(folder, "stop"))).toBe(true);
      letGo();
    };
    await Promise.all([press(comparison, "Stop Fine-Tuning Run", `${comparison}, stopped · training `), untilStopped()]);
    await workbench.screenshot("tuning-curation-stopped");
    const before = await readFile(join(folder, "arms.jsonl"), "utf8");
    await press(comparison, "Resume Fine-Tuning Run", `${comparison}, done · `);
    // It has gone on from the trainings that were done.
    expect((await readFile(join(folder, "arms.jsonl"), "utf8")).startsWith(before)).toBe(true);
    await workbench.message("Was it the curation of").getByRole("button", { name: "Open Report" }).click();
    const report = await readText(workbench.page, "20 seeds");
    expect(report).toMatch(/R@1 is [\d.]+ % after training on the 2\d\d kept pairs and [\d.]+ % on as many of all 2\d\d at random/);
    await workbench.setTheme("dark");
    await workbench.screenshot("tuning-curation-dark");
    await workbench.setTheme("light");
  });

  it("draws the runs by epoch in the panel", async () => {
    await workbench.runCommand("Winnow: Open Panel");
    const frame = await workbench.panelFrame();
    await frame.locator("#tab-runs").click();
    await frame.locator(".curve-chart svg path.curve").nth(1).waitFor();
    await frame.locator(".runs-list li", { hasText: "dcl, linear" }).getByText("died").waitFor();
    await workbench.screenshot("tuning-panel");
  });

  describe("of a model that paints", () => {
    let fake: FakeKohya;
    let frame: Frame;
    beforeAll(async () => {
      const garden = join(sample.root, "garden");
      const pictures = (await readdir(garden)).filter((name) => !name.endsWith(".txt")).slice(0, 7);
      fake = await writeFakeKohya(
        join(workbench.userFolder, "fake"),
        pictures.map((name) => join(garden, name)),
      );
    });
    afterAll(() => fake?.letGo()); // one that waits would go on for ever

    const grid = () => frame.locator(".sample-grid");

    it("is asked for in the same list, shown whole, and starts as a run", async () => {
      await fake.hold();
      await workbench.runCommand("Winnow: Fine-Tune…");
      await pick("Which trainer", "kohya sd-scripts");
      await change("python", "The interpreter that has", fake.python);
      await change("trainerFolder", "The trainer's checkout", fake.trainerFolder);
      await change("epochs", "Times that all is shown", "6");
      await pick("Go on, or change", "Go On");
      await workbench.page.locator(".monaco-dialog-box", { hasText: "Start kohya sd-scripts on" }).waitFor();
      await workbench.screenshot("tuning-image-job");
      await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Start", exact: true }).click();
      await node("kohya, running · epoch 0 of 6, step ").waitFor();
    });

    it("shows its sample pictures by checkpoint while it goes on, and opens one by a click", async () => {
      await workbench.runCommand("Winnow: Open Panel");
      frame = await workbench.panelFrame();
      await frame.locator("#tab-runs").click();
      await expect.poll(() => grid().locator("img").count()).toBe(4);
      await fake.letGo();
      await expect.poll(() => grid().locator("img").count()).toBe(24);
      await node("kohya, done").waitFor();
      await grid().scrollIntoViewIfNeeded();
      await workbench.screenshot("tuning-samples-light");
      await workbench.setTheme("dark");
      await workbench.screenshot("tuning-samples-dark");
      expect(await findAccessibilityViolations(frame)).toEqual([]);
      await grid().locator("button").first().click();
      await workbench.page.locator(".tab", { hasText: /tuned_e000001_00_.*\.png/ }).waitFor();
    });
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});

interface ListedRun {
  readonly id: string;
  readonly folder: string;
  readonly state: string;
}
