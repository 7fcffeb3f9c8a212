/// <reference lib="dom" />
import { appendFile, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type FakeServer, startFakeServer } from "../fakeOpenAi.ts";
import { packStandIn } from "./packExtension.ts";
import { quickInputOf } from "./quickInput.ts";
import { type OpenSample, openSample, winnow } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

/** Captions to which something false is added before the analysis, and what the model makes of each. */
const damaged = ["0004", "0006", "0007", "0008"] as const;
const zebras = "caption ~ zebra";

interface Proposal {
  readonly id: string;
  readonly sample: string;
  readonly author: string;
  readonly state: string;
  readonly after: string;
  readonly holds: readonly string[];
}

describeEditor("rewriting captions by the editor's own models", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  let server: FakeServer | undefined;
  const before = new Map<string, string>();
  const pathOf = (name: string): string => join(sample.root, "garden", `scene-${name}.txt`);

  beforeAll(async () => {
    sample = await openSample({
      extensions: [packStandIn("tester")],
      settings: { "chat.disableAIFeatures": false },
      prepare: async (folder) => {
        await mkdir(join(folder, ".vscode"));
        await writeFile(join(folder, ".vscode/settings.json"), JSON.stringify({ "winnow.rewrite.captionerFolder": "garden" }));
        for (const name of damaged) {
          const path = join(folder, "garden", `scene-${name}.txt`);
          const text = (await readFile(path, "utf8")).replace(/\.?\n?$/, " and a zebra.\n");
          await writeFile(path, text);
          before.set(name, text);
        }
      },
    });
    ({ workbench } = sample);
    // A panel that has just come takes the keys, and so closes what asks for something.
    await sample.frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
    await sample.frame.waitForFunction(() => document.hasFocus());
  });
  afterAll(async () => {
    await server?.close();
    await workbench?.dispose();
  });

  // VS Code shows three messages at a time, and errors stay.
  beforeEach(() => workbench.runCommand("Notifications: Clear All Notifications"));

  const beside = (name: string): string => join(dirname(workbench.environment["WINNOW_DATA"]!), name);
  const { widget, row, pick, type } = quickInputOf(() => workbench.page);
  const dialog = () => workbench.page.locator(".monaco-dialog-box");

  /** Goes through the questions up to the one that tells what it takes. */
  const askFor = async (model: string, { where = zebras, preset = "Put right what is wrong" } = {}): Promise<void> => {
    await workbench.runCommand("Winnow: Rewrite Captions…");
    await pick("Which captions", "Those That Fit a Filter");
    await type("A filter, as the panel has it", where);
    await pick("Which model writes them", model);
    await pick("How are they rewritten", preset);
    await pick("Where does an accepted caption go", "In Place of the Old Caption");
  };

  const agree = async (): Promise<void> => {
    await dialog().getByRole("button", { name: "Ask and Propose" }).click();
  };

  const asked = async (model: string): Promise<readonly { readonly text: string; readonly mime: string | null }[]> => {
    const lines = (await readFile(beside("tester.jsonl"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    return lines
      .map((line) => JSON.parse(line) as { model: string; text: string; mime: string | null })
      .filter((one) => one.model === model);
  };

  const listProposals = async (state = "proposed"): Promise<readonly Proposal[]> => {
    const text = await winnow(workbench.environment, ["rewrites", sample.root, "--state", state, "--limit", "100", "--json", "--quiet"]);
    return (JSON.parse(text) as { readonly rewrites: readonly Proposal[] }).rewrites;
  };

  const textsNow = async (): Promise<readonly string[]> => await Promise.all(damaged.map((name) => readFile(pathOf(name), "utf8")));
  const textsBefore = (): readonly string[] => damaged.map((name) => before.get(name)!);

  it("tells what it takes before it asks, makes proposals, accepts those that pass, takes them back to the byte, and asks nobody twice", async () => {
    await askFor("Good Model");
    await dialog().getByText("Rewrite 4 captions by Good Model?").waitFor();
    await workbench.screenshot("rewrite-estimate");
    const detail = await dialog().innerText();
    expect(detail).toContain("4 requests, 4 pictures with them");
    expect(detail).toMatch(/About [\d,]+ tokens of text in \(the model counted 4 prompts\), at most 512 out/);
    expect(await asked("good")).toEqual([]);
    await agree();
    await workbench.message(/4 new proposals for .*, 2 in all pass the rule/).waitFor();
    await workbench.screenshot("rewrite-done");
    const questions = await asked("good");
    expect(questions.map(({ mime }) => mime)).toEqual(["image/png", ...damaged.map(() => "image/jpeg")]);
    expect(questions[1]!.text).toContain("Answer with the corrected caption alone");
    expect(await textsNow()).toEqual(textsBefore());
    const told = Object.fromEntries((await listProposals()).map(({ sample: name, author, holds }) => [name, { author, holds }]));
    expect(told).toMatchObject({
      "garden/scene-0004.png": { author: "tester/good", holds: [] },
      "garden/scene-0007.webp": { author: "tester/good", holds: [] },
    });
    expect(told["garden/scene-0006.jpg"]?.holds).toContain("lowerScore");
    expect(told["garden/scene-0008.jpg"]?.holds).toContain("glitch");
    await workbench
      .message(/2 in all pass the rule/)
      .getByRole("button", { name: "Accept Those That Pass" })
      .click();
    const done = workbench.message(/2 captions of .* are rewritten/);
    await done.waitFor();
    expect(await textsNow()).toEqual(textsBefore().map((text, at) => (at % 2 === 0 ? text.replace(" and a zebra", "") : text)));
    await workbench.screenshot("rewrite-accepted");
    await done.getByRole("button", { name: "Undo" }).click();
    await expect.poll(textsNow).toEqual(textsBefore());
    await expect.poll(async () => (await listProposals()).length).toBe(4);
    const sofar = (await asked("good")).length;
    await askFor("Good Model");
    await agree();
    const again = workbench.message(/0 new proposals for .*, 2 in all pass the rule/);
    await again.waitFor();
    expect(await asked("good")).toHaveLength(sofar);
    await again.getByRole("button", { name: "Review" }).click();
    await (await workbench.panelFrame()).locator("#tab-rewrites[aria-selected=true]").waitFor();
    await workbench.settle();
    await workbench.screenshot("rewrite-review");
  });

  it("says in a sentence that a model takes no pictures, is not allowed, or is used up, and asks it once", async () => {
    await askFor("Blind Model");
    await agree();
    await workbench.message("The captions were not rewritten: Blind Model takes no pictures").waitFor();
    expect((await asked("blind")).map(({ mime }) => mime)).toEqual(["image/png", null]);
    await askFor("Forbidden Model");
    await agree();
    await workbench.message("The captions were not rewritten: Winnow is not allowed to use Forbidden Model").waitFor();
    await askFor("Used-Up Model");
    await agree();
    await workbench.message("Used-Up Model takes no more requests now (Come back tomorrow)").waitFor();
    await workbench.screenshot("rewrite-refused");
    expect(await textsNow()).toEqual(textsBefore());
  });

  it("stops on a model that obeys no cancel, and can be started again at once", async () => {
    await askFor("Stubborn Model");
    await agree();
    const running = workbench.message("by Stubborn Model");
    await running.waitFor();
    await expect.poll(async () => (await asked("stubborn")).length).toBeGreaterThan(1);
    await workbench.page.locator(".part.statusbar", { hasText: "%" }).first().waitFor();
    await workbench.screenshot("rewrite-running");
    await running.getByRole("button", { name: "Cancel" }).click();
    await running.waitFor({ state: "detached" });
    await askFor("Good Model");
    await agree();
    await workbench.message(/new proposals for/).waitFor();
  });

  it("asks a server with the key that is kept among the secrets, and forgets it when it is told to", async () => {
    // Another one each time that the step is tried: a server that is known is not asked about again.
    await server?.close();
    server = await startFakeServer(() => "Six purple squares", false);
    const model = `tiny-${new URL(server.url).port}`;
    await workbench.runCommand("Winnow: Rewrite Captions…");
    await pick("Which captions", "Those That Fit a Filter");
    await type("A filter, as the panel has it", zebras);
    // What a setting names and can't be used is told, and is no choice.
    await row("garden can't be used as a captioner").waitFor();
    await pick("Which model writes them", "Ollama, vLLM");
    await type("The server's address", "nowhere");
    await widget().locator(".quick-input-message", { hasText: "Type an address that begins with" }).waitFor();
    await widget().locator(".quick-input-box input").fill(server.url);
    await widget().locator(".quick-input-box input").press("Enter");
    await type("The model's name", model);
    await type("The key of http://127.0.0.1", "a-key-of-mine");
    await pick("How are they rewritten", "Translate");
    await pick("Go on, or change an option", "Go On");
    await pick("Where does an accepted caption go", "Beside the Old Caption");
    await dialog()
      .getByText(`Rewrite 4 captions by ${model} on ${new URL(server.url).origin}?`)
      .waitFor();
    await agree();
    await workbench.message(/4 new proposals for/).waitFor();
    expect(new Set(server.questions.map(({ authorization, model }) => `${authorization ?? ""} ${model}`))).toEqual(
      new Set([`Bearer a-key-of-mine ${model}`]),
    );
    const forgotten = workbench.message(/Winnow keeps no key of http:\/\/127\.0\.0\.1/);
    // VS Code may put a message away unseen where several come at once: what is told again has to be shown again.
    await expect
      .poll(async () => {
        await workbench.runCommand("Winnow: Forget Key of the Rewriting Server");
        return await forgotten.waitFor({ timeout: 5_000 }).then(
          () => true,
          () => false,
        );
      })
      .toBe(true);
  });

  it("lets an agent score, propose and preview, and changes no file by it", async () => {
    const place = { sample: "garden/scene-0006.jpg", captionIndex: 0, before: before.get("0006")!.trim() };
    const uses = [
      { name: "winnow_score", input: { where: zebras } },
      { name: "winnow_proposeRewrite", input: { ...place, text: "There are three pink hearts in the middle.", author: "agent-7" } },
      { name: "winnow_proposeRewrite", input: { ...place, sample: "garden/nowhere.jpg", text: "a heart" } },
      { name: "winnow_previewPruning", input: { rules: [{ policy: "threshold", signal: "clipScore", min: 0.2 }] } },
    ];
    await writeFile(beside("toolUses.json"), JSON.stringify(uses));
    await rm(beside("toolAnswers.json"), { force: true });
    await workbench.runCommand("Tester: Use Tools");
    const read = async (): Promise<unknown> => JSON.parse(await readFile(beside("toolAnswers.json"), "utf8").catch(() => "null"));
    await expect.poll(read).not.toBeNull();
    const { told, answers } = (await read()) as { told: readonly string[]; answers: readonly unknown[] };
    expect(told).toEqual(
      expect.arrayContaining(["winnow_score", "winnow_proposeRewrite", "winnow_listGroups", "winnow_search", "winnow_previewPruning"]),
    );
    expect(answers).toMatchObject([
      { answer: { pairs: 4 } },
      {
        answer: {
          state: "proposed",
          passesTheRule: true,
          removedWords: ["zebra"],
          note: expect.stringContaining("Nothing was changed") as string,
        },
      },
      { error: expect.stringContaining("garden/nowhere.jpg") as string },
      { answer: { note: "Nothing was changed" } },
    ]);
    expect(await textsNow()).toEqual(textsBefore());
    const own = (await listProposals()).filter(({ author }) => author === "agent:agent-7");
    expect(own).toMatchObject([{ sample: "garden/scene-0006.jpg", after: "There are three pink hearts in the middle.", holds: [] }]);
  });

  it("tells what a trainer would read, and moves caches that no longer fit to the trash", async () => {
    const cache = join(sample.root, "garden/scene-0006_te_outputs.npz");
    await appendFile(cache, "old");
    await utimes(cache, 1, 1);
    await workbench.runCommand("Winnow: What Will a Trainer Read?…");
    await pick("Which trainer", "sd-scripts");
    await pick("Go on, or change an option", "Go On");
    await workbench.page.locator(".monaco-editor .view-lines", { hasText: "would read from" }).first().waitFor();
    await workbench.screenshot("trainer-report");
    await workbench
      .message(/1 cache of trainers in .* no longer fit/)
      .getByRole("button", { name: "Move to the Trash" })
      .click();
    const told = workbench.message(/1 cache of trainers in .* went to the trash/);
    await told.waitFor();
    await expect(readFile(cache)).rejects.toThrow("ENOENT");
    await told.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => readFile(cache, "utf8").catch(() => "")).toBe("old");
  });

  it("had no error in the console but those of the made-up models", () => {
    const theirs = /\[CHAT\]|LanguageModelToolsService|The captions were not rewritten/;
    expect(workbench.problems.filter((problem) => !theirs.test(problem))).toEqual([]);
  });
});

describeEditor("tags in a caption file", () => {
  let sample: OpenSample;
  let workbench: Workbench;
  beforeAll(async () => {
    sample = await openSample({
      settings: { "files.autoSave": "off" },
      prepare: async (folder) => {
        const texts = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".txt")).sort();
        for (const [at, name] of texts.entries())
          await writeFile(join(folder, name), at % 3 === 0 ? "pink, tiny, square\n" : "mint, miniature, square\n");
      },
    });
    ({ workbench } = sample);
    await sample.frame.waitForFunction(() => document.hasFocus());
  });
  afterAll(() => workbench?.dispose());

  it("are completed by the dataset's own, without those that are there", async () => {
    const { page } = workbench;
    const name = "scene-0001.txt"; // the first
    await page.keyboard.press("Control+p");
    await page.locator(".quick-input-widget:visible .quick-input-box input").fill(name);
    await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
    await page.keyboard.press("Enter");
    const lines = page.locator(".editor-instance .monaco-editor .view-lines").first();
    await lines.getByText("tiny").first().click();
    await page.keyboard.press("End");
    await page.keyboard.type(", mi");
    const offered = page.locator(".suggest-widget .monaco-list-row");
    await expect
      .poll(async () => {
        if ((await offered.count()) === 0) await page.keyboard.press("Control+Space");
        return (await offered.allInnerTexts()).join(" ");
      })
      .toMatch(/(?=.*mint)(?=.*miniature)/s);
    expect((await offered.allInnerTexts()).join(" ")).not.toMatch(/square|tiny/);
    await workbench.screenshot("tag-completion");
    await offered.filter({ hasText: "mint" }).first().click();
    await page.keyboard.press("Control+s");
    await expect.poll(() => readFile(join(sample.root, "garden", name), "utf8")).toBe("pink, tiny, square, mint\n");
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
