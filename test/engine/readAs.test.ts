import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainerDryRun } from "../../src/core/trainers/dryRun.ts";
import type { TrainerCache } from "../../src/core/trainers/caches.ts";
import { createBench, type Bench } from "./winnow.ts";

describe("winnow read-as", () => {
  let bench: Bench;
  let root: string;

  beforeAll(async () => {
    bench = await createBench();
    root = join(bench.folder, "photos");
    await mkdir(join(root, "10_sks dog"), { recursive: true });
    const write = (name: string, body: string | Buffer): Promise<void> => writeFile(join(root, "10_sks dog", name), body);
    const png = (width: number): Promise<Buffer> =>
      sharp({ create: { width, height: 300, channels: 3, background: "blue" } })
        .png()
        .toBuffer();
    await write("a.png", await png(300));
    await write("a.txt", "a sks dog\nin the rain\n");
    await write("a_te_outputs.npz", "old");
    await write("b.png", await png(900));
    await write("c.png", "no picture");
    await write("c.txt", "a dog");
    await utimes(join(root, "10_sks dog/a_te_outputs.npz"), 1000, 1000);
  });
  afterAll(() => bench.dispose());

  it("tells what kohya would read, in counts and pair by pair", async () => {
    const options = ["captionExtension=.txt", "enableBucket=true", "batchSize=4", "epochs=2", "trigger=sks"].flatMap((option) => [
      "--option",
      option,
    ]);
    const read = await bench.json<TrainerDryRun & { caches: TrainerCache[] }>(["read-as", root, "--trainer", "kohya", ...options]);
    expect(read).toMatchObject({ images: 3, shown: 30, steps: { perEpoch: 6, total: 12 }, trigger: { with: 2, without: 1 } });
    expect(read.stops).toMatch(/c\.png can't be opened/);
    expect(read.findings.map(({ code, count }) => [code, count]).sort()).toEqual([
      ["brokenPicture", 1],
      ["firstLineOnly", 1],
      ["missingCaption", 1],
    ]);
    expect(read.caches).toMatchObject([{ path: "10_sks dog/a_te_outputs.npz", madeOf: "captions" }]);
    const { stdout, code } = await bench.winnow(["read-as", root, "--trainer", "kohya", "--pairs", ...options]);
    expect(code).toBe(3);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { image: "10_sks dog/a.png", texts: ["a sks dog"], repeats: 10 },
      { image: "10_sks dog/b.png", texts: ["sks dog"] },
      { image: "10_sks dog/c.png", texts: ["a dog"] },
    ]);
  }, 30_000);

  it("moves stale caches to the trash, and undo brings them back", async () => {
    expect(await bench.json(["read-as", root, "--clear-caches"])).toMatchObject({ files: 1, sizeBytes: 3 });
    expect(await bench.json(["read-as", root, "--clear-caches"])).toMatchObject({ files: 0, operation: null });
    expect(await bench.json(["undo", root])).toMatchObject({ restored: ["10_sks dog/a_te_outputs.npz"] });
  }, 30_000);

  it.each([
    [["--trainer", "nobody"], "Expected one of"],
    [["--trainer", "kohya", "--option", "captions=.txt"], "Expected one of the options"],
    [["--trainer", "kohya", "--option", "enableBucket=true", "--option", "resolution=64"], "minBucketReso"],
    [["--trainer", "kohya", "--option", "batchSize=0"], "Expected a number from 1"],
  ])("refuses %j in one sentence", async (words, sentence) => {
    const { code, stderr } = await bench.winnow(["read-as", root, ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
