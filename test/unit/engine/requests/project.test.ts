import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createGemm } from "../../../../src/engine/encode/gemm.ts";
import { project } from "../../../../src/engine/requests/project.ts";
import { layOutByNeighbours } from "../../../../src/engine/requests/umap.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import { datasetCacheFolder } from "../../../../src/engine/store/statIndex.ts";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { Projection } from "../../../../src/protocol/map.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { fixtureDim } from "../../../encoderFixture.ts";
import type { MadePicture, Searchable } from "./searchFixture.ts";
import { createSearchable, vectorAt } from "./searchFixture.ts";

let dataset: Searchable;
beforeEach(async () => {
  dataset = await createSearchable();
});
afterEach(() => dataset.remove());

const noText = (): undefined => undefined;

function lay(projection: Projection, told: number[] = []) {
  const watch = {
    signal: new AbortController().signal,
    onProgress: ({ done, total }: { done: number; total: number }) => told.push(done / total),
  };
  return project(dataset.env, { root: dataset.root, projection, provider: "cpu" }, watch);
}

function circle(count: number): MadePicture[] {
  return Array.from({ length: count }, (_, at) => ({ angle: (360 * at) / count }));
}

describe("project", () => {
  it("keeps the distances of points that lie in a plane, and knows no place for a picture without a vector", async () => {
    await dataset.save([{ angle: 0 }, { angle: undefined }, { angle: 90 }, { angle: 200 }], noText);
    const { xy, about } = await lay("pca");
    expect([xy[2], xy[3]]).toEqual([Number.NaN, Number.NaN]);
    const distance = (a: number, b: number) => Math.hypot(xy[a * 2]! - xy[b * 2]!, xy[a * 2 + 1]! - xy[b * 2 + 1]!);
    const chord = (angle: number) => 2 * Math.sin((angle * Math.PI) / 360);
    expect(distance(0, 2)).toBeCloseTo(chord(90), 3);
    expect(distance(0, 3)).toBeCloseTo(chord(160), 3);
    expect(about).toBe("The two principal components of 3 pictures' vectors, which hold 100 % of their variance");
  });

  it("is kept while the pictures stay the same, whatever the captions say, and made anew when one changes", async () => {
    const pictures = circle(20);
    await dataset.save(pictures, noText);
    const first = await lay("umap");
    const { sessionsMade } = dataset.env.counters;
    await dataset.save(
      pictures.map((picture) => ({ ...picture, captions: ["a new caption"] })),
      noText,
    );
    const second = await lay("umap");
    expect(dataset.env.counters.sessionsMade).toBe(sessionsMade);
    expect(second.xy).toEqual(first.xy);
    expect(second.about).toBe(first.about);
    expect(second.generation).not.toBe(first.generation);
    await dataset.save([...pictures, { angle: 3 }], noText);
    expect((await lay("umap")).xy).toHaveLength(42);
    const kept = await readdir(join(datasetCacheFolder(dataset.env, dataset.root), "projections"));
    expect(kept.filter((name) => name.endsWith(".npy"))).toHaveLength(1);
  });

  it("lays a circle out by its neighbours so that neighbours stay neighbours", async () => {
    const count = 120;
    await dataset.save(circle(count), noText);
    const { xy, about } = await lay("umap");
    expect(about).toBe("UMAP of 120 pictures' vectors on their 14 exact nearest neighbours");
    const distance = (a: number, b: number) => Math.hypot(xy[a * 2]! - xy[b * 2]!, xy[a * 2 + 1]! - xy[b * 2 + 1]!);
    const near = circle(count).map((_, row) => distance(row, (row + 1) % count));
    const far = circle(count).map((_, row) => distance(row, (row + count / 2) % count));
    const middle = (values: number[]) => values.sort((a, b) => a - b)[count / 2]!;
    expect(middle(near) * 5).toBeLessThan(middle(far));
  });

  it("takes principal components where there are too few for neighbours, and no picture at all", async () => {
    await dataset.save(circle(5), noText);
    expect((await lay("umap")).about).toContain("Fewer than 16 pictures are too few for UMAP");
    await dataset.save([{ angle: undefined }], noText);
    expect([...(await lay("pca")).xy]).toEqual([Number.NaN, Number.NaN]);
  });

  it("takes copies", async () => {
    await dataset.save(
      Array.from({ length: 40 }, (_, at) => ({ angle: at < 30 ? 10 : 200 })),
      noText,
    );
    expect((await lay("umap")).xy.every(Number.isFinite)).toBe(true);
  });

  it("stops when it is cancelled, and keeps nothing", async () => {
    await dataset.save(circle(60), noText);
    const cancellation = new AbortController();
    const watch = { signal: cancellation.signal, onProgress: () => undefined };
    const laid = project(dataset.env, { root: dataset.root, projection: "umap", provider: "cpu" }, watch);
    cancellation.abort(new Error("enough"));
    await expect(laid).rejects.toThrow("enough");
    await expect(readdir(join(datasetCacheFolder(dataset.env, dataset.root), "projections"))).rejects.toThrow();
  });

  it("refuses a dataset without an analysis", async () => {
    await expect(lay("pca")).rejects.toThrow("There is no analysis of");
  });
});

describe("layOutByNeighbours", () => {
  it("lays a draw out where there are very many, and places the others among them", async () => {
    const count = 200;
    const store = await openVectors(dataset.env, "made@0" as EncoderId, "image", fixtureDim);
    // Two clusters, the even rows and the odd.
    const keys = Array.from({ length: count }, (_, row) => sha256(String(row)) as ContentHash);
    for (const [row, key] of keys.entries()) await store.append([key], vectorAt((row % 2) * 170 + row / 20));
    await store.flush();
    const gemm = await createGemm(dataset.env, "cpu");
    const told: number[] = [];
    const report = (from: number, to: number) => (done: number, total: number) => void told.push(from + ((to - from) * done) / total);
    const { xy, about } = await layOutByNeighbours(
      store,
      keys,
      { env: dataset.env, gemm, signal: new AbortController().signal, report },
      80,
    );
    await gemm.release();
    expect(about).toContain("80 pictures drawn at random out of 200");
    expect(about).toContain("each of the others lies at the mean of the 5");
    expect(xy).toHaveLength(2 * count);
    expect(xy.every(Number.isFinite)).toBe(true);
    const distance = (a: number, b: number) => Math.hypot(xy[a * 2]! - xy[b * 2]!, xy[a * 2 + 1]! - xy[b * 2 + 1]!);
    const nearestTo = (row: number) =>
      keys
        .map((_, other) => other)
        .filter((other) => other !== row)
        .sort((a, b) => distance(row, a) - distance(row, b))[0]!;
    expect(keys.map((_, row) => row).filter((row) => nearestTo(row) % 2 !== row % 2)).toEqual([]);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
