import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseNpyHeader } from "../../src/engine/store/npy.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Hit {
  readonly sample: string;
  readonly score: number;
}

let bench: Bench;
let root: string;
beforeAll(async () => {
  bench = await createBench();
  root = await bench.copySample();
  await bench.json(["run", root]);
});
afterAll(() => bench.dispose());

describe("winnow find", () => {
  it("lists datasets, and takes patterns of what to leave out", async () => {
    expect(await bench.json(["find", bench.folder])).toMatchObject([{ root, format: "sidecar", files: 300 }]);
    expect(await bench.json(["find", bench.folder, "--exclude", "nothing", "--exclude", "sam*"])).toEqual([]);
    expect((await bench.winnow(["find", join(bench.folder, "cache")])).stdout).toBe("No folder that looks like a dataset\n");
    expect((await bench.winnow(["find"])).code).toBe(2);
  });
});

describe("winnow search --sample and winnow nearest", () => {
  it("agree on the nearest pictures, the sample itself left out of the latter", async () => {
    const sample = "garden/scene-0001.jpg";
    const found = await bench.json<Hit[]>(["search", root, "--sample", sample, "--limit", "6"]);
    const { images, captions } = await bench.json<{ images: Hit[]; captions: (Hit & { text: string })[] }>([
      "nearest",
      root,
      "--sample",
      sample,
      "--limit",
      "5",
    ]);
    expect(found[0]).toMatchObject({ sample });
    expect(found[0]!.score).toBeCloseTo(1, 3);
    expect(images).toEqual(found.slice(1));
    expect(captions).toHaveLength(5);
    expect(captions.map(({ sample: of }) => of)).not.toContain(sample);
    expect(captions.map(({ score }) => score)).toEqual(captions.map(({ score }) => score).sort((a, b) => b - a));
  });

  it("finds a file's own picture by the file", async () => {
    const [best] = await bench.json<Hit[]>(["search", root, "--image", join(root, "garden/scene-0001.jpg"), "--limit", "1"]);
    expect(best!.sample).toBe("garden/scene-0001.jpg");
    expect(best!.score).toBeCloseTo(1, 3);
  });

  it("refuse a query that is not clear, and a sample that is not there", async () => {
    expect((await bench.winnow(["search", root, "--sample", "a", "--text", "b"])).code).toBe(2);
    const { code, stderr } = await bench.winnow(["nearest", root, "--sample", "no/such.jpg"]);
    expect(code).toBe(1);
    expect(stderr).toContain("There is no sample no/such.jpg in the analysis");
  });
});

describe("winnow map", () => {
  for (const projection of ["pca", "umap"] as const) {
    it(`writes an array that numpy reads, the same each time: ${projection}`, async () => {
      const file = join(bench.folder, `${projection}.npy`);
      const answer = await bench.json<{ samples: number; about: string }>(["map", root, "--projection", projection, "--out", file]);
      expect(answer).toMatchObject({ samples: 300, projection, file });
      const bytes = await readFile(file);
      const header = parseNpyHeader(bytes)!;
      expect(header).toMatchObject({ type: "<f4", shape: [300, 2] });
      const xy = new Float32Array(bytes.buffer.slice(bytes.byteOffset + header.dataOffset, bytes.byteOffset + bytes.length));
      // One picture of the sample is cut off: it has no vector, and both of its coordinates are unknown.
      expect(xy.filter(Number.isNaN)).toHaveLength(2 * (300 - Number(/(\d+) pictures'/.exec(answer.about)![1])));
      expect(xy.some(Number.isNaN)).toBe(true);
      const { code } = await bench.winnow([
        "map",
        root,
        "--projection",
        projection,
        "--out",
        `${file}.again`,
        "--cache",
        join(bench.folder, "other cache"),
      ]);
      expect(code).toBe(0);
      expect((await readFile(`${file}.again`)).equals(bytes)).toBe(true);
    });
  }
});
