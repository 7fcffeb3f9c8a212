/// <reference lib="dom" />
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { letterTokenizer, pictureGraph, textGraph, writeEncoder } from "../encoderFixture.ts";
import { onnxBytes } from "../onnx.ts";
import { repository, startHub } from "../unit/engine/hub/localHub.ts";
import { choosePath, quietSettings } from "./drive.ts";
import { quickInputOf } from "./quickInput.ts";
import { type OpenSample, openSample } from "./sample.ts";
import { describeEditor, type Workbench } from "./workbench.ts";

describeEditor("choosing and making encoders", () => {
  const settings = { "files.simpleDialog.enable": true };
  let sample: OpenSample;
  let workbench: Workbench;
  let own: string;
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), "winnow-graphs-"));
    sample = await openSample({ settings });
    ({ workbench } = sample);
  });
  afterAll(async () => {
    await workbench?.dispose();
    await rm(own, { recursive: true, force: true });
  });

  const { widget, row, pick, type } = quickInputOf(() => workbench.page);

  const chooseFile = (file: string): Promise<void> => choosePath(workbench.page, file, "Choose");

  const setOf = async (key: string): Promise<unknown> => {
    const text = await readFile(join(workbench.folder, ".vscode/settings.json"), "utf8").catch(() => "{}");
    return (JSON.parse(text) as Readonly<Record<string, unknown>>)[key];
  };

  /** Sets a mirror where a person would: in the settings of the machine, which over a remote connection are the server's. */
  const useHub = async (url: string): Promise<void> => {
    for (const place of ["User", "Machine"]) {
      const path = join(workbench.userFolder, place, "settings.json");
      await mkdir(join(workbench.userFolder, place), { recursive: true });
      await writeFile(path, JSON.stringify({ ...quietSettings, ...settings, "winnow.encoder.hub": url }));
    }
    await workbench.settle();
    await workbench.settle();
  };

  it("downloads an encoder from a mirror, shows how far it is, and uses it from then on", async () => {
    const folder = await writeEncoder(own, {}, "hub");
    const paths = (await readdir(folder, { recursive: true })).filter((path) => /\.\w+$/.test(path));
    const files = await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const));
    const hub = await startHub(Object.fromEntries(files));
    // A busy hub asks to come again in some seconds, in which a person sees how far it is.
    hub.faults.push({ kind: "status", status: 503, retryAfter: "4" });
    await useHub(hub.url);
    await workbench.runCommand("Winnow: Choose Encoder…");
    await row("CLIP ViT-B/32").waitFor();
    await workbench.screenshot("choose-encoder");
    await pick("Which model scores", "Download Another Model");
    await type("The model's name on the hub", repository);
    await workbench.message(`Downloading ${repository}`).waitFor();
    await workbench.screenshot("download-encoder");
    await workbench.message(`From now on ${repository} scores the pairs`).waitFor();
    expect(await setOf("winnow.encoder.folder")).toBe(repository);
    expect(hub.seen.some(({ path }) => path.includes(repository))).toBe(true);
  });

  it("takes any pair of graphs, asks for what they don't tell, and can be led back", async () => {
    await mkdir(join(own, "pair/letters"), { recursive: true });
    await writeFile(join(own, "pair/letters/tokenizer.json"), JSON.stringify(letterTokenizer()));
    await writeFile(join(own, "pair/pictures.onnx"), onnxBytes(pictureGraph));
    await writeFile(join(own, "pair/words.onnx"), onnxBytes(textGraph));
    await workbench.runCommand("Winnow: Choose Encoder…");
    await pick("Which model scores", "Any Pair of ONNX Graphs");
    await chooseFile(join(own, "pair/pictures.onnx"));
    await pick("Which graph reads", "Another File");
    await chooseFile(join(own, "pair/words.onnx"));
    await row("siglip2").waitFor();
    await workbench.screenshot("encoder-form-family");
    await pick("Which family", "tinyclip");
    await type("holds its tokenizer", "elsewhere");
    await widget().locator(".quick-input-message", { hasText: "does not answer it" }).waitFor();
    await workbench.screenshot("encoder-form-refused");
    await widget().locator(".quick-input-titlebar .action-label[aria-label^='Back']").click();
    await pick("Which family", "openclip");
    await type("holds its tokenizer", "letters");
    await type("Which trained factor", "100");
    await row("Save and Choose This Encoder").waitFor();
    await workbench.screenshot("encoder-form-save");
    await row("Save and Choose This Encoder").click();
    await workbench.message(`From now on ${join(own, "pair")} scores the pairs`).waitFor();
    expect(JSON.parse(await readFile(join(own, "pair/winnow.json"), "utf8"))).toMatchObject({
      family: "openclip",
      text: { graph: "words.onnx", tokenizer: "letters" },
      logitScale: 100,
    });
    expect(await setOf("winnow.encoder.folder")).toBe(join(own, "pair"));
  });

  it("makes an encoder in eight bits, tells how close it comes, and uses it", async () => {
    await workbench.runCommand("Winnow: Make an Encoder in Eight Bits…");
    await pick("Of which encoder", "builtin");
    const told = workbench.message(/builtin-int8 is made: cosine to float32 at least 0\.999/);
    await told.waitFor();
    await workbench.screenshot("eight-bits");
    await told.getByRole("button", { name: "Choose It" }).click();
    await workbench.message("From now on builtin-int8 scores the pairs").waitFor();
    expect(await setOf("winnow.encoder.folder")).toBe("builtin-int8");
  });

  it("lists what was downloaded and made, and runs a companion beside it", async () => {
    await workbench.runCommand("Winnow: Choose Encoder…");
    await row("builtin-int8").waitFor();
    await row(repository).waitFor();
    await workbench.screenshot("encoders-listed");
    await workbench.page.keyboard.press("Escape");
    await widget().waitFor({ state: "detached" });
    await workbench.runCommand("Winnow: Choose Companion Encoder…");
    await row("DINOv2").waitFor();
    await workbench.screenshot("choose-companion");
    await pick("Which model looks", repository);
    const told = workbench.message(`From now on ${repository} looks for near-duplicates too`);
    await told.getByRole("button", { name: /^Analyse/ }).click();
    await workbench.message(/is analysed: 300 pictures/).waitFor();
    const recipe = JSON.parse(await readFile(join(sample.root, ".winnow/recipe.json"), "utf8")) as Readonly<Record<string, string>>;
    expect(recipe["encoder"]).toMatch(/^builtin@.*\/int8$/);
    expect(recipe["companion"]).toMatch(/^tiny-clip@/);
  });

  it("goes without a companion when it is told to", async () => {
    await workbench.runCommand("Winnow: Choose Companion Encoder…");
    await pick("Which model looks", "whatever the recipe says");
    const told = workbench.message("From now on the encoder alone looks for near-duplicates");
    await told.getByRole("button", { name: /^Analyse/ }).click();
    const recipe = async (): Promise<unknown> =>
      (JSON.parse(await readFile(join(sample.root, ".winnow/recipe.json"), "utf8")) as Readonly<Record<string, unknown>>)["companion"];
    await expect.poll(recipe).toBeUndefined();
  });

  it("had no error in the console", () => {
    expect(workbench.problems).toEqual([]);
  });
});
