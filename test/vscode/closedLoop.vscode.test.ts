/// <reference lib="dom" />
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Overview } from "../../src/protocol/overview.ts";
import { writeTinyModel } from "../engine/full/fixture.ts";
import { findPython, runPython } from "../python.ts";
import { packStandIn } from "./packExtension.ts";
import { quickInputOf } from "./quickInput.ts";
import { readText } from "./readText.ts";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

const python = findPython();
const maker = fileURLToPath(new URL("../engine/full/made_encoder.py", import.meta.url));

/** Torch is loaded half a dozen times. */
const torchMs = 240_000;

(python === undefined ? describe.skip : describeEditor)("the closed loop in the editor, by the trainer in Python", () => {
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

  it(
    "trains the checkpoint of the encoder that scored the pairs, with the interpreter that the Python extension has chosen",
    async () => {
      await workbench.treeItem("Fine-tune the encoder").click();
      await pick("Which trainer", "Full");
      await row(python!).waitFor();
      await workbench.screenshot("loop-options");
      const asked = await readFile(join(dirname(workbench.environment["WINNOW_DATA"]!), "interpreter.jsonl"), "utf8");
      expect(JSON.parse(asked.split("\n")[0]!)).toEqual({ asked: "getActiveEnvironmentPath", about: sample.root });
      await change("epochs", "How often all images are seen", "2");
      await change("batch", "Images in a batch", "64");
      await pick("Go on, or change", "Go On");
      // Its checkpoint was found beside the encoder, and held against it.
      await text("What fine-tuning on").waitFor({ timeout: torchMs });
      await text("What is tuned: local-dir:").waitFor();
      await text("Steps: at most 10").waitFor();
      await workbench.screenshot("loop-job");
      await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Start", exact: true }).click();
      await node("full, running · epoch ").waitFor({ timeout: torchMs });
      await workbench.screenshot("loop-running");
      await node("full, done · R@1 ").waitFor({ timeout: torchMs });
    },
    2 * torchMs,
  );

  it("scores the same pairs by the encoder that was trained", async () => {
    const before = await encoderOf();
    await workbench
      .message(/Fine-tuning on .* is done/)
      .getByRole("button", { name: "Use the Tuned Encoder" })
      .click();
    await workbench.message("From now on").getByRole("button", { name: "Analyse" }).click();
    await workbench.message("is analysed").waitFor();
    await expect.poll(encoderOf, { timeout: 60_000, interval: 1_000 }).not.toBe(before);
  });

  it("tells in a report what that has changed", async () => {
    await node("full").click();
    const report = await readText(workbench.page, "Is it sound?");
    expect(report).toMatch(/The exported graphs give what was trained[^]*4 pictures and 4 texts/);
    for (const part of ["R@1 by epoch", "Loss by epoch", "Rose most", "Fell most", "Confusable groups", "What to do next"])
      expect(report).toContain(part);
    await workbench.screenshot("loop-report");
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
