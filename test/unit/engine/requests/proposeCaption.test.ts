import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { proposeCaption } from "../../../../src/engine/requests/proposeCaption.ts";
import type { Asks } from "../../../../src/engine/requests/rewriteJob.ts";
import { listRewrites, rejectRewrites, reopenRewrites } from "../../../../src/engine/requests/rewriteStates.ts";
import { drawWorksheet } from "../../../../src/engine/requests/worksheet.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";
import { accept, listAll, scriptAsks } from "./rewriteFixture.ts";

const files = {
  "train/a.jpg": "a",
  "train/a.txt": "a cat\na dog",
  "train/b.jpg": "b",
  "train/b.txt": "a cow",
  "test/c.jpg": "c",
  "test/c.txt": "a hen",
};
const { signal } = new AbortController();
const asks = scriptAsks({ scores: { "a brown cow": 0.4, "an ox": 0.1 } });

type Asked = Parameters<typeof proposeCaption>[2];

async function propose(dataset: DiscoveredDataset, asked: Partial<Asked> = {}, own: Asks = asks) {
  const whole = {
    sample: "train/b.jpg",
    captionIndex: 0,
    was: { text: "a cow" },
    caption: "a brown cow ",
    preset: "byHand",
    author: "human",
  };
  return await proposeCaption(dataset.env, await dataset.open(), { ...whole, ...asked } as Asked, { asks: own, signal });
}

describe("a caption that somebody wrote", () => {
  it("is kept as a measured proposal in their name, without a change of any file", async () => {
    const dataset = await createDiscovered(files);
    const { rewrite, unmeasured } = await propose(dataset);
    expect(unmeasured).toBeNull();
    expect(rewrite).toMatchObject({ before: "a cow", after: "a brown cow", author: "human", preset: "byHand", state: "proposed" });
    expect(rewrite).toMatchObject({ measure: { scoreAfter: 0.4 }, holds: ["addedWords"], glitches: [] });
    expect((await listAll(dataset)).rewrites).toEqual([rewrite]);
    expect(await readFile(join(dataset.root, "train/b.txt"), "utf8")).toBe("a cow");
  });

  it("says of a worksheet's caption whether the old one was seen, and is a person's after it was accepted", async () => {
    const dataset = await createDiscovered(files);
    const draw = { scope: { kind: "dataset" }, count: 10, seed: 0 } as const;
    const places = await drawWorksheet(dataset.env, await dataset.open(), draw, signal);
    const { captionHash } = places.find(({ sample }) => sample === "train/b.jpg")!;
    const { rewrite } = await propose(dataset, { was: { captionHash }, preset: "seen" });
    expect(rewrite.preset).toBe("seen");
    expect(await accept(dataset, { kind: "ids", ids: [rewrite.id] })).toMatchObject({ accepted: 1, left: [] });
    expect(await readFile(join(dataset.root, "train/b.txt"), "utf8")).toBe("a brown cow");
    expect(await (await dataset.open()).tables.query("SELECT author FROM edits")).toEqual([{ author: "human" }]);
  });

  it("is looked over for glitches where an agent wrote it", async () => {
    const dataset = await createDiscovered(files);
    const { rewrite } = await propose(dataset, { author: "agent", caption: "I'm sorry, I can't describe this image." });
    expect(rewrite).toMatchObject({ author: "agent", glitches: ["refusal"] });
  });

  it("waits unmeasured where the encoder is not to be had, and says why", async () => {
    const dataset = await createDiscovered(files);
    const none = { call: () => Promise.reject(new Error("The encoder is gone")) } as unknown as Asks;
    const { rewrite, unmeasured } = await propose(dataset, {}, none);
    expect(unmeasured).toBe("The encoder is gone");
    expect(rewrite).toMatchObject({ measure: null, holds: ["unknown", "addedWords"] });
  });

  it.each([
    [{ was: { text: "a bull" } }, "Caption 1 of train/b.jpg says something else by now: look at it again"],
    [{ captionIndex: 1 }, "train/b.jpg has no caption 1"],
    [{ caption: " " }, "Nothing was written for caption 1 of train/b.jpg"],
    [{ caption: "a cow" }, "Caption 1 of train/b.jpg says that already"],
    [{ sample: "test/c.jpg", was: { text: "a hen" } }, "test/c.jpg is of the evaluation split, which is never rewritten"],
  ])("is refused with a sentence: %j", async (asked, sentence) => {
    const dataset = await createDiscovered(files);
    await expect(propose(dataset, asked)).rejects.toThrow(sentence);
    expect((await listAll(dataset)).rewrites).toEqual([]);
  });
});

describe("a proposal whose file was changed by something else", () => {
  it("is stale as soon as it is looked at, and is not accepted", async () => {
    const dataset = await createDiscovered(files);
    const { rewrite } = await propose(dataset);
    await writeFile(join(dataset.root, "train/b.txt"), "a bull");
    expect((await listAll(dataset)).rewrites).toMatchObject([{ id: rewrite.id, state: "stale" }]);
    const accepted = await accept(dataset, { kind: "ids", ids: [rewrite.id] });
    expect(accepted).toMatchObject({ accepted: 0, operation: null, left: [{ id: rewrite.id }] });
    expect(await readFile(join(dataset.root, "train/b.txt"), "utf8")).toBe("a bull");
    await writeFile(join(dataset.root, "train/b.txt"), "a cow");
    expect((await listAll(dataset)).rewrites).toMatchObject([{ state: "proposed" }]);
  });
});

describe("proposals in their order", () => {
  it("come by what they add, and apart by whether the rule takes them", async () => {
    const dataset = await createDiscovered(files);
    await propose(dataset);
    await propose(dataset, { caption: "an ox" });
    await propose(dataset, { sample: "train/a.jpg", was: { text: "a cat" }, caption: "cat a" });
    const list = async (asked: { order?: "latest" | "mostGain" | "leastGain"; passing?: boolean }): Promise<string[]> => {
      const page = await listRewrites(dataset.env, await dataset.open(), { from: 0, limit: 10, ...asked }, signal);
      return page.rewrites.map(({ after }) => after);
    };
    expect(await list({})).toEqual(["a brown cow", "an ox", "cat a"]);
    expect(await list({ order: "latest" })).toEqual(["cat a", "an ox", "a brown cow"]);
    expect(await list({ order: "mostGain" })).toEqual(["a brown cow", "cat a", "an ox"]);
    expect(await list({ order: "leastGain" })).toEqual(["an ox", "cat a", "a brown cow"]);
    expect(await list({ passing: true })).toEqual(["cat a"]);
    expect(await list({ passing: false })).toEqual(["a brown cow", "an ox"]);
  });

  it("are open again, with their measure, when a rejection is taken back", async () => {
    const dataset = await createDiscovered(files);
    const { rewrite } = await propose(dataset);
    await rejectRewrites(dataset.env, await dataset.open(), [rewrite.id], signal);
    expect((await listAll(dataset)).counts).toMatchObject({ proposed: 0, rejected: 1 });
    expect(await reopenRewrites(dataset.env, await dataset.open(), [rewrite.id], signal)).toEqual({ reopened: 1 });
    expect((await listAll(dataset)).rewrites).toEqual([rewrite]);
    expect(await reopenRewrites(dataset.env, await dataset.open(), [rewrite.id], signal)).toEqual({ reopened: 0 });
  });
});
