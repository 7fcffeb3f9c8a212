import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import type { Recipe } from "../../src/core/recipe.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { runPipeline } from "../../src/engine/pipeline.ts";
import { describeEncoders } from "../../src/engine/requests/encoders.ts";
import { listGroups } from "../../src/engine/requests/groups.ts";
import type { RunReport } from "../../src/protocol/engineApi.ts";
import { imageOnlyFiles, writeEncoder } from "../encoderFixture.ts";

const side = 96;
let folder: string;
let root: string;
let env: Env;
let encoder: string;
let companion: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-companion-"));
  const counters = createCounters();
  env = { cacheFolder: join(folder, "cache"), dataFolder: join(folder, "data"), now: Date.now, log: () => undefined, counters };
  [encoder, companion] = [await writeEncoder(folder), await writeEncoder(join(env.cacheFolder, "models"), imageOnlyFiles, "little-dino")];
  root = join(folder, "photos");
  await mkdir(root);
  for (let at = 0; at < 12; at += 1) await writePicture(`p${String(at).padStart(2, "0")}`, await blocks(at).png().toBuffer());
  const crop = { left: 4, top: 3, width: 88, height: 90 };
  await writePicture(
    "p00-crop",
    await sharp(await blocks(0).png().toBuffer())
      .extract(crop)
      .png()
      .toBuffer(),
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A picture of large and small blocks. */
function blocks(seed: number): ReturnType<typeof sharp> {
  const random = createRandom(seed + 1);
  const coarse = Array.from({ length: 3 * 144 }, () => random() * 255);
  const at = (x: number, y: number, channel: number): number => coarse[(Math.floor(y / 8) * 12 + Math.floor(x / 8)) * 3 + channel]!;
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => at(Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
}

async function writePicture(name: string, bytes: Buffer): Promise<void> {
  await writeFile(join(root, `${name}.png`), bytes);
  await writeFile(join(root, `${name}.txt`), `blocks ${name}`);
}

const run = (second?: string): Promise<RunReport> =>
  runPipeline(
    env,
    { root, encoder, provider: "cpu", discover: {}, ...(second !== undefined && { companion: second }) },
    { signal: new AbortController().signal, onProgress: () => undefined },
  );
const readRecipe = async (): Promise<Recipe> => JSON.parse(await readFile(join(root, ".winnow/recipe.json"), "utf8")) as Recipe;

describe("a companion", () => {
  it("gives a second opinion on near-duplicates, tells so, and is frozen in the recipe", async () => {
    const report = await run(companion);
    expect(report.companion).toMatchObject({ name: "little-dino" });
    expect(report.stages.encode).toMatchObject({ done: 13 * 3, cached: 0, total: 13 * 3 });
    const recipe = await readRecipe();
    expect(recipe.companion).toBe(report.companion?.id);
    expect(recipe.companionNearDuplicate?.encoder).toBe(report.companion?.id);
    expect(recipe.companionNearDuplicate?.cosine).toBeGreaterThan(0);
    expect(recipe.nearDuplicate?.encoder).toBe(report.encoder?.id);
    const groups = await listGroups(env, root, "nearDuplicate");
    const group = groups.find(({ members }) => members.some(({ sample }) => sample.includes("crop")));
    expect(group?.name).toMatch(/^2 versions of one picture, seen by (tiny|little-dino|their hashes)/);
  });

  it("is used again by the recipe, and computes nothing where nothing changed", async () => {
    const first = await run(companion);
    const frozen = (await readRecipe()).companionNearDuplicate;
    const batches = env.counters.batchesRun;
    const again = await run();
    expect(again.companion).toEqual(first.companion);
    expect(again.stages.encode).toMatchObject({ done: 0, cached: 13 * 3 });
    expect(again.stages.cluster).toMatchObject({ done: 0 });
    expect(env.counters.batchesRun).toBe(batches);
    expect((await readRecipe()).companionNearDuplicate).toEqual(frozen);
  });

  it("makes another analysis than the encoder alone, and is forgotten when a person wants none", async () => {
    await run();
    expect((await run(companion)).stages.cluster?.done).toBeGreaterThan(0);
    const without = await run("none");
    expect(without.companion).toBeUndefined();
    expect(without.stages.cluster?.done).toBeGreaterThan(0);
    expect(Object.keys(await readRecipe())).not.toEqual(expect.arrayContaining([expect.stringMatching(/^companion/)]));
  });

  it("that isn't here any more is told, and stays named in the recipe", async () => {
    const { companion: named } = await run(companion);
    await rm(companion, { recursive: true });
    const report = await run();
    expect(report.companion).toBeUndefined();
    expect(report.notices.join("\n")).toMatch(/The recipe's companion little-dino@.* is not here/);
    expect((await readRecipe()).companion).toBe(named?.id);
  });

  it("can't be the encoder itself, and an encoder that sees pictures alone no first one", async () => {
    await expect(run(encoder)).rejects.toThrow(/is the encoder itself and can't be its own companion/);
    await expect(
      runPipeline(
        env,
        { root, encoder: companion, provider: "cpu", discover: {} },
        { signal: new AbortController().signal, onProgress: () => undefined },
      ),
    ).rejects.toThrow(/sees pictures alone \(dinov2\)/);
  });

  it("is listed among the encoders, with what it is for", async () => {
    const listed = (await describeEncoders(env)).find(({ id }) => id === "little-dino");
    expect(listed).toMatchObject({ imageOnly: true, contextLength: null, family: "dinov2", problem: null });
    expect(listed?.note).toMatch(/name it with --companion/);
  });
});
