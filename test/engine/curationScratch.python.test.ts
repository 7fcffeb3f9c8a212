import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fullFiles } from "../../src/core/tune/jobs/fullJob.ts";
import { findPython } from "../python.ts";
import { arms } from "./curationProof.ts";
import type { DrawnPair, ScratchArm } from "./scratchProof.ts";
import { drawPairs, pairsOf, prepareScratch, swapCaptions } from "./scratchProof.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const size = { trained: 200, kept: 140, heldOut: 40, batch: 20, epochs: 7, keptEpochs: 10 };
const asked = { share: 0.4, seed: 1 };

// What test/bench/curationScratch.bench.ts trains on, fifty times smaller and without the trainings.
describe.skipIf(findPython() === undefined)("the drawn pairs of which 40 % have the captions of others", { timeout: 300_000 }, () => {
  let bench: Bench;
  let drawn: readonly DrawnPair[];
  let folders: Record<ScratchArm, string>;

  beforeAll(async () => {
    bench = await createBench();
    drawn = await drawPairs(bench, asked.seed, size);
    folders = await prepareScratch(bench, asked, size);
  }, 300_000);
  afterAll(() => bench.dispose());

  const trainedOf = async (arm: ScratchArm) => (await pairsOf(folders[arm])).filter(({ heldOut }) => !heldOut);
  const given = (): readonly DrawnPair[] => swapCaptions(drawn, asked);

  it("have as many faults as is said, and none in what is held out", () => {
    const counts: Record<string, number> = {};
    for (const { fault } of drawn) counts[fault ?? "none"] = (counts[fault ?? "none"] ?? 0) + 1;
    expect(counts).toEqual({
      ...{ exactDuplicate: 2, nearDuplicate: 8, wrongColour: 4, wrongCount: 4, wrongRelation: 4, partialCaption: 4, vagueCaption: 4 },
      none: 170 + size.heldOut,
    });
    for (const { fault, caption, right } of drawn) expect(caption === right).toBe(fault === null || fault.endsWith("Duplicate"));
    for (const { split, fault } of drawn) if (split === "validation") expect(fault).toBeNull();
  });

  it("have the caption of another picture in exactly that share", () => {
    const swapped = given().filter(({ caption }, at) => caption !== drawn[at]!.caption);
    expect(swapped).toHaveLength(asked.share * size.trained);
    expect(swapped.every(({ split, fault }) => split === "train" && fault === null)).toBe(true);
    expect(swapCaptions(drawn, { ...asked, share: 0 })).toEqual(drawn);
  });

  it("are trained on in as many steps by each arm, of as many pairs where it is not all", async () => {
    const counts = await Promise.all(arms.map(async (arm) => [arm, (await trainedOf(arm)).length]));
    expect(Object.fromEntries(counts)).toEqual({ curated: size.kept, random: size.kept, all: size.trained });
    const steps = arms.map(async (arm) => {
      const { epochs, batch } = JSON.parse(await readFile(join(folders[arm], fullFiles.settings), "utf8")) as Record<string, number>;
      return epochs! * Math.ceil((await trainedOf(arm)).length / batch!);
    });
    expect(new Set(await Promise.all(steps)).size).toBe(1);
  });

  it("are held out alike in each arm, with their own captions", async () => {
    const own = new Map(drawn.filter(({ split }) => split === "validation").map(({ name, right }) => [name, right]));
    for (const arm of arms) {
      const held = (await pairsOf(folders[arm])).filter(({ heldOut }) => heldOut);
      expect(new Map(held.map(({ image, captions }) => [basename(image), captions[0]]))).toEqual(own);
    }
  });

  it("are rid of most swapped captions by the recipe, but not at random", async () => {
    const before = new Map(drawn.map((pair) => [join(pair.split, pair.name), pair.caption]));
    const swappedIn = async (arm: ScratchArm): Promise<number> => {
      const pairs = await trainedOf(arm);
      return pairs.filter(({ image, captions }) => before.get(join("train", basename(image))) !== captions[0]).length / pairs.length;
    };
    expect(await swappedIn("all")).toBeCloseTo(asked.share, 6);
    expect(await swappedIn("random")).toBeGreaterThan(0.3);
    // Without copies some 110 of 200 are not swapped, so that at least 30 of the 140 that are kept are.
    expect(await swappedIn("curated")).toBeLessThan(0.25);
  });
});
