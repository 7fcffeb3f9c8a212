import type * as fileSystemPromises from "node:fs/promises";
import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Progress } from "../../../../src/core/stages.ts";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { datasetCacheFolder } from "../../../../src/engine/store/statIndex.ts";
import type { TestDataset } from "./dataset.ts";
import { captionsOf, createDataset, writtenAtMs } from "./dataset.ts";

const fileSystem = vi.hoisted(() => ({ isReadOnly: false }));
vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof fileSystemPromises>();
  const access: typeof original.access = (path, mode) => {
    return fileSystem.isReadOnly ? Promise.reject(new Error("EROFS: read-only file system")) : original.access(path, mode);
  };
  return { ...original, access };
});

let dataset: TestDataset;
beforeEach(async () => {
  dataset = await createDataset({
    "b.jpg": "x",
    "b.txt": "a dog",
    "a.jpg": "x",
    "a.txt": "a cat",
    "Z.jpg": "x",
    "Z.txt": "a bird",
    "\u00e9.jpg": "x",
    "\u00e9.txt": "a fish",
  });
});
afterEach(() => dataset.remove());

describe("discover", () => {
  it("gives samples in the order of code units", async () => {
    const { samples } = await discover(dataset.env, dataset.root);
    expect(samples.map(({ id }) => id)).toEqual(["Z.jpg", "a.jpg", "b.jpg", "\u00e9.jpg"]);
  });

  it("opens no file of an unchanged folder at the second look", async () => {
    const first = await discover(dataset.env, dataset.root);
    expect(dataset.env.counters.filesRead).toBe(4);
    dataset.env.counters.filesRead = 0;
    expect(await discover(dataset.env, dataset.root)).toEqual(first);
    expect(dataset.env.counters.filesRead).toBe(0);
  });

  it("reads again what was touched and nothing else", async () => {
    await discover(dataset.env, dataset.root);
    dataset.env.counters.filesRead = 0;
    await dataset.write("a.txt", "a lion");
    await utimes(join(dataset.root, "a.txt"), writtenAtMs / 1000 + 5, writtenAtMs / 1000 + 5);
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)["a.jpg"]).toEqual(["a lion"]);
    expect(dataset.env.counters.filesRead).toBe(1);
  });

  it("does not trust the stamp of a file that had just been written", async () => {
    const env = { ...dataset.env, now: () => writtenAtMs + 1_000 };
    await discover(env, dataset.root);
    await dataset.write("a.txt", "a dog"); // as long as "a cat", and at the same time
    expect(captionsOf(await discover(env, dataset.root))["a.jpg"]).toEqual(["a dog"]);
  });

  it("notices files that come and go", async () => {
    await discover(dataset.env, dataset.root);
    await rm(join(dataset.root, "a.jpg"));
    await dataset.write("c.jpg", "x");
    const found = await discover(dataset.env, dataset.root);
    expect(Object.keys(captionsOf(found))).toEqual(["Z.jpg", "b.jpg", "c.jpg", "\u00e9.jpg"]);
  });

  it("makes broken caches again", async () => {
    const first = await discover(dataset.env, dataset.root);
    for (const name of ["discovered.jsonl", "texts.index"])
      await writeFile(join(datasetCacheFolder(dataset.env, dataset.root), name), '{"winnow":"stamps"}\nbroken');
    expect(await discover(dataset.env, dataset.root)).toEqual(first);
    expect(dataset.env.counters.filesRead).toBe(8);
  });

  it("says that a root can't be written", async () => {
    fileSystem.isReadOnly = true;
    const { problems, samples } = await discover(dataset.env, dataset.root);
    fileSystem.isReadOnly = false;
    expect([problems[0]?.code, problems[0]?.severity, samples.length]).toEqual(["readOnlyRoot", "note", 4]);
  });

  it("reports progress against a total that does not change", async () => {
    const reports: Progress[] = [];
    await discover(dataset.env, dataset.root, { onProgress: (progress) => reports.push(progress) });
    await discover(dataset.env, dataset.root, { onProgress: (progress) => reports.push(progress) });
    expect(reports).toEqual([
      { stage: "discover", done: 4, cached: 0, total: 4 },
      { stage: "discover", done: 0, cached: 4, total: 4 },
    ]);
  });

  it("stops when it is cancelled", async () => {
    await expect(discover(dataset.env, dataset.root, { signal: AbortSignal.abort(new Error("cancelled")) })).rejects.toThrow("cancelled");
  });

  it("stops in the middle of reading", async () => {
    const controller = new AbortController();
    let clockMs = dataset.env.now();
    const env = { ...dataset.env, now: () => (clockMs += 200) };
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => {
      reports.push(progress);
      controller.abort(new Error("cancelled"));
    };
    await expect(discover(env, dataset.root, { onProgress, signal: controller.signal })).rejects.toThrow("cancelled");
    expect(reports).toEqual([{ stage: "discover", done: 1, cached: 0, total: 4 }]);
  });

  it("says in a sentence why there is no dataset", async () => {
    const { env, root } = dataset;
    await dataset.write("../empty/.keep", "");
    await dataset.write("../notes/plan.md", "plan");
    const refused = (path: string, settings = {}): Promise<unknown> =>
      discover(env, join(root, path), settings).catch((error: unknown) => error);
    expect(await refused("../nowhere")).toMatchObject({
      name: "DiscoverError",
      failure: "missingFolder",
      message: expect.stringContaining("does not exist"),
    });
    expect(await refused("a.jpg")).toMatchObject({ failure: "notAFolder" });
    expect(await refused("../empty")).toMatchObject({ failure: "emptyFolder" });
    expect(await refused("../notes")).toMatchObject({ failure: "noFormat" });
    expect(await refused("", { format: "kohya" })).toMatchObject({
      failure: "unfitFormat",
      message: expect.stringContaining("what fits is sidecar"),
    });
  });
});
