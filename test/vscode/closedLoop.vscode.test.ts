/// <reference lib="dom" />
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Overview } from "../../src/protocol/overview.ts";
import { writeTinyModel } from "../engine/full/fixture.ts";
import { findPython, runPython } from "../python.ts";
import { clearMessages } from "./clearMessages.ts";
import { packStandIn } from "./packExtension.ts";
import { quickInputOf } from "./quickInput.ts";
import { readText } from "./readText.ts";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

const python = findPython();
const maker = fileURLToPath(new URL("../engine/full/made_encoder.py", import.meta.url));

/** Torch is loaded half a dozen times. */
const torchMs = 240_000;

(python === undefined ? describe.skip : describeEditor)("the closed loop in the editor, by trainers in Python", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample({
      extensions: [packStandIn("pythonStandIn")],
      prepare: async (folder, environment) => {
        const beside = dirname(folder);
        await writeFile(join(dirname(environment["WINNOW_DATA"]!), "interpreter.txt"), python!);
        runPython(maker, [await writeTinyModel(join(beside, "made")), join(beside, "encoder")]);
      },
      encoderBeside: "encoder/tiny",
    });
    ({ workbench } = sample);
    await sample.frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
    await sample.frame.waitForFunction(() => document.hasFocus());
  });
  afterAll(() => workbench?.dispose());

  const node = (text: string) => workbench.treeItem(`Fine-tuning run ${text}`);
  const { row, pick, type } = quickInputOf(() => workbench.page);
  const change = async (option: string, question: string, value: string): Promise<void> => {
    await pick("Go on, or change", option);
    await type(question, value);
  };
  const text = (words: string) => workbench.page.locator(".monaco-editor .view-lines", { hasText: words });
  const encoderOf = async (): Promise<string> =>
    (JSON.parse(await winnow(workbench.environment, ["overview", sample.root, "--json"])) as Overview).analysed?.encoder.id ?? "";
  /** Goes on from the options, agrees to the job, and waits for the end of the run. */
  const train = async (trainer: string, shown: readonly string[]): Promise<void> => {
    await pick("Go on, or change", "Go On");
    await text("What fine-tuning on").waitFor({ timeout: torchMs });
    for (const words of shown) await text(words).waitFor();
    await workbench.screenshot(`loop-${trainer}-job`);
    await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Start", exact: true }).click();
    await node(`${trainer}, running · epoch `).waitFor({ timeout: torchMs });
    await workbench.screenshot(`loop-${trainer}-running`);
    await node(`${trainer}, done · R@1 `).waitFor({ timeout: torchMs });
  };
  /** Takes what was tuned into use by the message of its end, and scores the same pairs by it. */
  const scoreAgain = async (trainer: string): Promise<void> => {
    await workbench
      .message(/Fine-tuning on .* is done: R@1 /)
      .getByRole("button", { name: "Use the Tuned Encoder" })
      .click();
    await workbench.message("From now on").getByRole("button", { name: "Analyse" }).click();
    await workbench.message("is analysed").waitFor();
    await expect.poll(encoderOf, { interval: 1_000 }).toContain(`-${trainer}`);
  };
  /** The report of a run, opened by a click; it has all of its parts. */
  const readReport = async (trainer: string): Promise<string> => {
    await node(trainer).click();
    const report = await readText(workbench.page, `Fine-tuning on folder: ${trainer}`);
    await workbench.screenshot(`loop-${trainer}-report`);
    expect(report).toMatch(/The exported graphs give what was trained[^]*4 pictures and 4 texts/);
    for (const part of ["R@1 by epoch", "Loss by epoch", "Rose most", "Fell most", "Confusable groups", "What to do next"])
      expect(report).toContain(part);
    return report;
  };
  /** R@1 before and after as a report has it, from images to texts and back. */
  const recallsIn = (report: string): readonly (readonly string[])[] =>
    [...report.matchAll(/(?:image to text|text to image)\s+([\d.]+ %)\s+([\d.]+ %)/g)].map(([, ...found]) => found);
  let recalls: ReturnType<typeof recallsIn> = [];

  describe("full", () => {
    it(
      "trains the checkpoint of the encoder that scored the pairs, with the interpreter that the Python extension has chosen",
      async () => {
        await workbench.treeItem("Fine-tune the encoder").click();
        await pick("Which trainer", "Full");
        await row(python!).waitFor();
        await workbench.screenshot("loop-full-options");
        const asked = await readFile(join(dirname(workbench.environment["WINNOW_DATA"]!), "interpreter.jsonl"), "utf8");
        expect(JSON.parse(asked.split("\n")[0]!)).toEqual({ asked: "getActiveEnvironmentPath", about: sample.root });
        await change("epochs", "How often all images are seen", "2");
        await change("batch", "Images in a batch", "64");
        // Its checkpoint was found beside the encoder, and held against it.
        await train("full", ["What is tuned: local-dir:", "Steps: at most 10"]);
      },
      2 * torchMs,
    );

    it("scores the same pairs by the encoder that was trained", () => scoreAgain("full"));

    it("tells in a report what that has changed", async () => {
      recalls = recallsIn(await readReport("full"));
      expect(recalls).toHaveLength(2);
    });
  });

  describe("stock open_clip", () => {
    it(
      "goes on from the weights that the other has trained",
      async () => {
        await clearMessages(workbench.page);
        await workbench.runCommand("Winnow: Fine-Tune…");
        await pick("Which trainer", "open_clip");
        await change("epochs", "How often all images are seen", "2");
        await change("accumulate", "Batches that make a step", "1");
        await train("open_clip", ["-full/model", "open_clip_train.main", "Steps: at most 8"]);
      },
      2 * torchMs,
    );

    it("scores the same pairs by what came of it", () => scoreAgain("open_clip"));

    it("tells in a report what that has changed, from where the other had come", async () => {
      const before = recallsIn(await readReport("open_clip")).map(([found]) => found);
      expect(before).toEqual(recalls.map(([, found]) => found));
    });
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
