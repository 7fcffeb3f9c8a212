import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyEdit } from "../../../../src/engine/requests/batchEdit.ts";
import { editCaption } from "../../../../src/engine/requests/editCaption.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { readOriginals } from "../../../../src/engine/requests/originals.ts";
import { tarOf } from "../discover/tar.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";
import { accept, captionIn, listAll, rewriteAll, scriptAsks } from "./rewriteFixture.ts";

const { signal } = new AbortController();
const pictures = (...names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]));

async function replace(dataset: DiscoveredDataset, find: string, by: string): Promise<void> {
  const asked = { scope: { kind: "dataset" }, operation: "replace", options: { find, with: by } } as const;
  await applyEdit(dataset.env, await dataset.open(), asked, { signal });
}

/** Originals by sample after the next run, as texts with their places and authors. */
async function originalsOf(dataset: DiscoveredDataset): Promise<Record<string, [number, string, string][]>> {
  const found = await readOriginals(dataset.env, await dataset.open(), signal);
  return Object.fromEntries(
    [...found].map(([sample, all]) => [
      sample,
      all.map(({ captionIndex, text, author }): [number, string, string] => [captionIndex, text, author]),
    ]),
  );
}

describe("originals of captions", () => {
  it("are what the files said before the first standing change, of batches, of one caption and of rewrites, in every kind of file", async () => {
    for (const files of [
      { "a.txt": "a cat\n", "b.txt": "a dog\nb\n" },
      { "data.csv": "filepath,title\na.jpg,a cat\nb.jpg,a dog\nb.jpg,b\n" },
      { "data.jsonl": '{"image":"a.jpg","text":"a cat"}\n{"image":"b.jpg","text":["a dog","b"]}\n' },
    ]) {
      const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg"), ...files });
      await replace(dataset, "cat", "fox");
      await replace(dataset, "a ", "one ");
      await dataset.rediscover();
      expect(await originalsOf(dataset)).toEqual({ "a.jpg": [[0, "a cat", "import"]], "b.jpg": [[0, "a dog", "import"]] });
      await undoOperation(dataset.env, dataset.root, { cascade: false });
      await dataset.rediscover();
      expect(await originalsOf(dataset), JSON.stringify(files)).toEqual({ "a.jpg": [[0, "a cat", "import"]] });
      const asked = { root: dataset.root, sample: "a.jpg", captionIndex: 0, before: "a fox", after: "a cat" };
      await editCaption(dataset.env, await dataset.open(), asked, { signal });
      await dataset.rediscover();
      expect(await originalsOf(dataset)).toEqual({});
    }
  });

  it("are told of members of an archive and of captions that a model wrote, and not of captions that were added", async () => {
    const packed = await createDiscovered({
      "0.tar": await tarOf([
        ["x.png", "1"],
        ["x.txt", "a cat"],
      ]),
    });
    await replace(packed, "cat", "fox");
    await packed.rediscover();
    expect(await originalsOf(packed)).toEqual({ "0.tar#x.png": [[0, "a cat", "import"]] });
    const dataset = await createDiscovered({ ...pictures("a.jpg"), "a.txt": "a cat\n" });
    await rewriteAll(dataset, scriptAsks({ answer: (prompt) => `${captionIn(prompt)}, seen` }));
    await accept(dataset, { kind: "ids", ids: (await listAll(dataset)).rewrites.map(({ id }) => id) });
    await dataset.rediscover();
    expect(await originalsOf(dataset)).toEqual({ "a.jpg": [[0, "a cat", "import"]] });
    await rewriteAll(dataset, scriptAsks({ answer: () => "another one" }), { redo: true });
    const open = (await listAll(dataset)).rewrites.filter(({ state }) => state === "proposed");
    await accept(dataset, { kind: "ids", ids: open.map(({ id }) => id) }, "add");
    await dataset.rediscover();
    expect(await originalsOf(dataset)).toEqual({ "a.jpg": [[0, "a cat", "import"]] });
  });

  it("are left out where lines moved, and where the bytes before are gone", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg"), "a.txt": "one\ntwo\n", "b.txt": "a cat" });
    const lines = { scope: { kind: "dataset" }, operation: "lines", options: {} } as const;
    await applyEdit(dataset.env, await dataset.open(), lines, { signal });
    await replace(dataset, "cat", "fox");
    await dataset.rediscover();
    expect(await originalsOf(dataset)).toEqual({ "b.jpg": [[0, "a cat", "import"]] });
    await rm(join(dataset.root, ".winnow", "blobs"), { recursive: true });
    expect(await originalsOf(dataset)).toEqual({});
  });
});
