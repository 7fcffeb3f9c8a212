import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

describeEditor("runs of fine-tuning in the side bar", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample();
    ({ workbench } = sample);
  });
  afterAll(async () => {
    // One that a failed test left running would go on for hours.
    await winnow(workbench.environment, ["tune", "stop", sample.root]).catch(() => "");
    await workbench?.dispose();
  });

  const tune = (...words: string[]): Promise<string> =>
    winnow(workbench.environment, ["tune", "head", sample.root, "--batch", "32", "--quiet", ...words]);
  const node = (text: string) => workbench.treeItem(`Fine-tuning run ${text}`);

  it("appear while the window is open, and are stopped where they run", async () => {
    // So many epochs take far longer than it takes to stop them.
    const stopped = tune("--epochs", "100000", "--patience", "0").catch(() => "");
    const runs = workbench.treeItem("Fine-tuning runs");
    await runs.filter({ hasText: "under way" }).waitFor();
    await runs.click();
    await node("infoNce, linear, running · epoch ").waitFor();
    await workbench.screenshot("tuning-running");
    await node("infoNce").hover();
    await node("infoNce").getByRole("button", { name: "Stop Fine-Tuning Run" }).click();
    await stopped;
    await node("infoNce, linear, stopped · ").waitFor();
  });

  it("lend their encoder, as any other is chosen", async () => {
    await tune("--epochs", "2", "--loss", "sigLip");
    const done = node("sigLip, linear, done · R@1 ");
    await done.waitFor();
    await workbench.screenshot("tuning-done");
    await done.hover();
    await done.getByRole("button", { name: "Use Tuned Encoder" }).click();
    const settings = join(sample.root, ".vscode", "settings.json");
    await expect.poll(() => readFile(settings, "utf8").catch(() => "")).toContain("sigLip");
  });
});
