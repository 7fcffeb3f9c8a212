import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { createRandom, drawDistinct } from "../../src/core/random.ts";
import { fullFiles } from "../../src/core/tune/jobs/fullJob.ts";
import { recipeSchema } from "../../src/core/recipe.ts";
import { findPython, runPython } from "../python.ts";
import { arms } from "./curationProof.ts";
import { metricsOf, stateOf } from "./full/fixture.ts";
import type { Bench } from "./winnow.ts";

/** What is trained on, as with `head`. */
export type ScratchArm = (typeof arms)[number];

/** How large it is: pictures, and how often an arm sees as many of them as are trained on in all. `epochs` of all are as many steps as `keptEpochs` of what the recipe keeps. */
export interface ScratchSize {
  readonly trained: number;
  readonly kept: number;
  readonly heldOut: number;
  readonly batch: number;
  readonly epochs: number;
  readonly keptEpochs: number;
}

/** One dataset: the share of the pictures that have the caption of another, and the seed of pictures, captions, faults, draw and training. */
export interface ScratchCase {
  readonly share: number;
  readonly seed: number;
}

/** What a training came to after its last epoch: R@1 on what is held out, as shares, and what it was trained on. */
export interface ScratchResult {
  readonly imageToText: number;
  readonly textToImage: number;
  readonly pairs: number;
  readonly steps: number;
}

/** A picture as it was drawn; `fault` is what was planted beside swaps. */
const drawnShape = z.object({
  split: z.enum(["train", "validation"]),
  name: z.string(),
  right: z.string(),
  caption: z.string(),
  fault: z.string().nullable(),
});
export type DrawnPair = z.infer<typeof drawnShape>;

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const epochShape = z.object({ imageToText: z.number(), textToImage: z.number(), step: z.number() });

/** The configuration of a model of 3.4 million weights, nearly all of them CLIP's vocabulary: three layers for pictures of 32 pixels, one for texts. */
const model = {
  model_cfg: {
    embed_dim: 64,
    vision_cfg: { image_size: 32, layers: 3, width: 64, head_width: 32, patch_size: 8 },
    text_cfg: { context_length: 32, vocab_size: 49408, width: 64, heads: 2, layers: 1 },
  },
  preprocess_cfg: {},
};

/** The recipe, which knows nothing of how much is swapped: no copies, and of the rest the best by the built-in encoder's score, in pairs. */
const rules = (kept: number) => [
  { policy: "deduplicate", of: "nearDuplicate" },
  { policy: "keepTop", signal: "clipScore", unit: "pair", keep: String(kept) },
];

/**
 * Makes the folders of the runs of a case, one an arm: draws a dataset, plants the faults, analyses and curates it, and has `winnow tune full` gather what is trained on. The random
 * arm's pairs are drawn from those of all. What stands in the bench's folder from an earlier call is made anew.
 */
export async function prepareScratch(bench: Bench, { share, seed }: ScratchCase, size: ScratchSize): Promise<Record<ScratchArm, string>> {
  const drawn = await drawPairs(bench, seed, size);
  const root = join(bench.folder, `seed${seed}-swapped${100 * share}`);
  await rm(root, { recursive: true, force: true });
  for (const split of ["train", "validation"] as const) {
    await cp(join(bench.folder, `seed${seed}`, split), join(root, split), { recursive: true, preserveTimestamps: true });
    const given = swapCaptions(drawn, { share, seed }).filter((pair) => pair.split === split);
    const lines = given.map(({ name, caption }) => JSON.stringify({ file_name: name, text: caption }));
    await writeFile(join(root, split, "metadata.jsonl"), `${lines.join("\n")}\n`);
  }
  await bench.json(["run", root, "--provider", "cpu", "--allow-problems"]);
  const all = await makeRun(bench, root, { seed, batch: size.batch, epochs: size.epochs });
  const recipe = join(root, "recipe.json");
  await writeFile(recipe, JSON.stringify({ schema: recipeSchema, rules: rules(size.kept) }));
  await bench.json(["recipe", root, "--from", recipe, "--apply"]);
  const curated = await makeRun(bench, root, { seed, batch: size.batch, epochs: size.keptEpochs });
  return { curated, random: await makeRandomRun({ all, curated }, seed), all };
}

/** Draws the pictures of a seed, unless they are there. */
export async function drawPairs({ folder }: Bench, seed: number, { trained, heldOut }: ScratchSize): Promise<readonly DrawnPair[]> {
  const to = join(folder, `seed${seed}`);
  const list = join(to, "pairs.jsonl");
  const read = (): Promise<string | undefined> => readFile(list, "utf8").catch(() => undefined);
  if ((await read()) === undefined) runPython(script("scratch/draw_pairs.py"), [to, String(seed), String(trained), String(heldOut)]);
  return parseLines((await read())!, drawnShape);
}

/** Gives a share of all pictures that are trained on the caption of another of them; only those without another fault take part, and none keeps its own. */
export function swapCaptions(drawn: readonly DrawnPair[], { share, seed }: ScratchCase): readonly DrawnPair[] {
  const trained = drawn.filter(({ split }) => split === "train");
  const sound = trained.filter(({ fault }) => fault === null);
  const chosen = drawDistinct(createRandom(seed), Math.round(trained.length * share), sound.length).map((at) => sound[at]!);
  const next = new Map(chosen.map((pair, at) => [pair, chosen[(at + 1) % chosen.length]!]));
  return drawn.map((pair) => ({ ...pair, caption: next.get(pair)?.caption ?? pair.caption }));
}

/** The folder of a run of the trainer `full` on what is kept, which nobody has started. */
async function makeRun(
  bench: Bench,
  root: string,
  { seed, batch, epochs }: { readonly seed: number; readonly batch: number; readonly epochs: number },
): Promise<string> {
  const config = join(bench.folder, "tiny");
  await mkdir(config, { recursive: true });
  await writeFile(join(config, "open_clip_config.json"), JSON.stringify(model));
  const settings = ["scratch=true", "keepPictures=true", "device=cpu", `chunk=${batch}`, "patience=0", "guard=0"].flatMap((setting) => [
    "--option",
    setting,
  ]);
  const sizes = ["--seed", String(seed), "--batch", String(batch), "--epochs", String(epochs), "--rate", "0.003"];
  const words = ["tune", "full", root, "--python", findPython()!, "--model", `local-dir:${config}`, ...sizes, ...settings];
  const { folder } = await bench.json<{ folder: string }>([...words, "--slurm", "1x0"]);
  return folder;
}

/** A run like that on the curated pairs, on as many that are drawn from all. */
async function makeRandomRun({ all, curated }: Record<"all" | "curated", string>, seed: number): Promise<string> {
  const folder = `${curated}-random`;
  await mkdir(folder, { recursive: true });
  await cp(join(curated, fullFiles.settings), join(folder, fullFiles.settings));
  const isHeldOut = (line: string): boolean => (JSON.parse(line) as { heldOut: boolean }).heldOut;
  const lines = await linesOf(all);
  const trained = lines.filter((line) => !isHeldOut(line));
  const count = (await linesOf(curated)).filter((line) => !isHeldOut(line)).length;
  const drawn = drawDistinct(createRandom(seed), count, trained.length).map((at) => trained[at]!);
  await writeFile(join(folder, fullFiles.pairs), [...drawn, ...lines.filter(isHeldOut)].map((line) => `${line}\n`).join(""));
  return folder;
}

/** Trains the runs of a case to their ends, on from where they were cut off, in one process of one thread. Throws where one fails. */
export async function trainScratch(folders: Readonly<Record<ScratchArm, string>>): Promise<Record<ScratchArm, ScratchResult>> {
  const isDone = async (folder: string): Promise<boolean> => (await stateOf(folder).catch(() => undefined))?.state === "done";
  const left: string[] = [];
  for (const arm of arms) if (!(await isDone(folders[arm]))) left.push(folders[arm]);
  if (left.length > 0) runPython(script("full/runs.py"), left, { OMP_NUM_THREADS: "1" });
  for (const folder of left)
    if (!(await isDone(folder))) throw new Error(`${folder} failed: ${(await stateOf(folder)).message ?? "it didn't say why"}`);
  const [curated, random, all] = await Promise.all(arms.map((arm) => readResult(folders[arm])));
  return { curated: curated!, random: random!, all: all! };
}

async function readResult(folder: string): Promise<ScratchResult> {
  const { imageToText, textToImage, step } = epochShape.parse((await metricsOf(folder)).findLast(({ kind }) => kind === "epoch"));
  const pairs = (await pairsOf(folder)).filter(({ heldOut }) => !heldOut).length;
  return { imageToText, textToImage, pairs, steps: step };
}

const pairShape = z.object({ image: z.string(), captions: z.array(z.string()), heldOut: z.boolean() });

/** What a run trains on, and what is held out. */
export async function pairsOf(folder: string): Promise<readonly z.infer<typeof pairShape>[]> {
  return parseLines((await linesOf(folder)).join("\n"), pairShape);
}

async function linesOf(folder: string): Promise<readonly string[]> {
  return (await readFile(join(folder, fullFiles.pairs), "utf8")).split("\n").filter((line) => line !== "");
}

function parseLines<Value>(text: string, shape: z.ZodType<Value>): readonly Value[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => shape.parse(JSON.parse(line)));
}
