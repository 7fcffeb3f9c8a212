import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/engine/tune/safetensors.ts";
import type { Classified } from "../../src/protocol/classified.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const colours = ["red", "green", "blue", "orange", "black"];
const planted = 4;

describe("winnow tune classify on pictures in folders by their colour", () => {
  let bench: Bench;
  let root: string;
  let told: Classified;
  const wrong: string[] = [];

  beforeAll(async () => {
    bench = await createBench();
    root = join(bench.folder, "colours");
    const sample = await bench.copySample();
    const names = (await readdir(sample, { recursive: true })).filter((name) => name.endsWith(".txt")).sort();
    const pictures = (await readdir(sample, { recursive: true })).filter((name) => /\.(jpg|png|webp)$/.test(name));
    for (const name of names) {
      const caption = (await readFile(join(sample, name), "utf8")).toLowerCase();
      const found = colours.filter((colour) => new RegExp(`\\b${colour}\\b`).test(caption));
      const picture = pictures.find((other) => other.slice(0, -extname(other).length) === name.slice(0, -".txt".length));
      if (found.length !== 1 || picture === undefined) continue;
      const own = colours.indexOf(found[0]!);
      const isWrong = wrong.length < planted && own === wrong.length;
      const folder = isWrong ? colours[(own + 2) % colours.length]! : found[0]!;
      if (isWrong) wrong.push(`${folder}/${basename(picture)}`);
      await mkdir(join(root, folder), { recursive: true });
      await cp(join(sample, picture), join(root, folder, basename(picture)));
    }
    await bench.json(["run", root, "--allow-problems"]);
    told = await bench.json<Classified>(["tune", "classify", root, "--class-prompt", "a {} thing", "--provider", "cpu"]);
  }, 120_000);
  afterAll(() => bench.dispose());

  it("is better than the encoder alone, and both than chance", () => {
    expect(told.classes.map(({ name }) => name)).toEqual(colours.toSorted());
    const [alone] = told.methods;
    expect(told.methods.map(({ id }) => id)).toEqual(["zeroShot", "cache", "gaussian", "probe"]);
    const best = told.methods.find(({ id }) => id === told.best)!;
    expect(alone!.accuracy).toBeGreaterThan(0.4);
    expect(best.accuracy).toBeGreaterThanOrEqual(alone!.accuracy);
    const right = told.classes.reduce((sum, own) => sum + own.right, 0);
    expect(right / told.pictures).toBeCloseTo(best.accuracy, 6);
  });

  it("doesn't believe the pictures that lie in a wrong folder", () => {
    expect(wrong).toHaveLength(planted);
    const found = wrong.filter((name) => told.misfits.some(({ sample }) => sample === name));
    expect(found.length).toBeGreaterThanOrEqual(planted - 1);
  });

  it("saves all judgements and the best linear classifier", async () => {
    const lines = (await readFile(join(told.folder, "judgements.csv"), "utf8")).trim().split("\n");
    expect(lines[0]).toBe("sample,label,predicted,share,labelShare");
    expect(lines).toHaveLength(told.pictures + 1);
    const { tensors, metadata } = await readSafetensors(join(told.folder, "classifier.safetensors"));
    expect(tensors["weights"]!.shape[0]).toBe(5);
    expect(JSON.parse(metadata["classes"]!)).toEqual(colours.toSorted());
  });

  it("says what is wrong", async () => {
    expect((await bench.winnow(["tune", "classify", root, "--class-prompt", "a photo"])).stderr).toContain("Expected {} in --class-prompt");
    expect((await bench.winnow(["tune", "classify", root, "--by", "caption"])).stderr).toContain(
      "tell no two classes of at least 2 pictures apart",
    );
  });
});
