import { describe, expect, it } from "vitest";
import { tools, type ToolParts } from "../../../../src/host/tools/tools.ts";
import { analysedEntry, newEntry } from "../entries.ts";

const never = new AbortController().signal;
const row = {
  sample: "a.jpg",
  verdict: "keep",
  problems: [],
  similarity: 0.4,
  captions: [{ text: "a dog", captionIndex: 0, signals: { clipScore: 0.2 }, verdict: "keep", reason: null }],
};
const answers: Readonly<Record<string, unknown>> = {
  openView: { view: "v", count: 7 },
  readPage: { rows: [row] },
  similarities: { generation: "g1", values: new Float32Array(1) },
  readGroups: { count: 3, groups: [{ id: "g", name: "dog", size: 9, members: [{ row }] }] },
  proposeCaption: {
    rewrite: {
      ...{ before: "a dog", after: "a brown dog", state: "proposed", glitches: [], measure: null, holds: ["addedWords"] },
      comparison: { added: ["brown"], removed: [], addedNumbers: [], removedNumbers: [], lengthRatio: 1.5 },
    },
    unmeasured: "The encoder is gone",
  },
  tryRules: { effects: [{ dropped: 2 }], kept: { samples: 5, captions: 5 } },
};

function open(entries = [analysedEntry({ root: "/data", name: "data" }), newEntry({ root: "/new", name: "new" })]) {
  const asked: (readonly [method: string, params: unknown])[] = [];
  const call = (method: string, params: unknown): Promise<unknown> => {
    asked.push([method, params]);
    return Promise.resolve(answers[method]);
  };
  const parts = {
    engine: { store: { call }, searcher: { call } },
    datasets: { all: entries },
    provider: () => "cpu",
  } as unknown as ToolParts;
  const use = (name: string, input: unknown): Promise<unknown> => tools.find((tool) => tool.name === name)!.answer(parts, input, never);
  return { use, asked };
}

describe("the tools of language models", () => {
  it("list pairs with their scores, the worst first, and say how many there are", async () => {
    const { use, asked } = open();
    expect(await use("winnow_score", { where: "caption ~ dog", limit: 1 })).toEqual({
      pairs: 7,
      shown: 1,
      rows: [{ sample: "a.jpg", captionIndex: 0, caption: "a dog", clipScore: 0.2, verdict: "keep", reason: null }],
    });
    expect(asked[0]).toEqual(["openView", { root: "/data", unit: "pair", sort: "clipScore", where: "caption ~ dog" }]);
    expect(asked[1]?.[1]).toMatchObject({ view: "v", from: 0, to: 1 });
  });

  it("search by a text, and list groups", async () => {
    const { use, asked } = open();
    expect(await use("winnow_search", { text: "a dog", dataset: "data" })).toMatchObject({
      pictures: 7,
      rows: [{ sample: "a.jpg", similarity: 0.4, captions: [{ text: "a dog", clipScore: 0.2 }] }],
    });
    expect(asked[0]).toEqual(["similarities", { root: "/data", query: { kind: "text", text: "a dog" }, provider: "cpu" }]);
    expect(await use("winnow_listGroups", { kind: "confusable" })).toMatchObject({ groups: 3, shown: 1, list: [{ id: "g", size: 9 }] });
  });

  it("preview pruning by the given rules or the recipe's, and only try them", async () => {
    const entry = analysedEntry({ root: "/data", name: "data" });
    const { use, asked } = open([entry]);
    const rule = { policy: "threshold", signal: "clipScore", min: 0.2 };
    expect(await use("winnow_previewPruning", { rules: [rule] })).toMatchObject({
      note: "Nothing was changed",
      rules: [{ rule, dropped: 2 }],
    });
    await use("winnow_previewPruning", {});
    expect(asked).toEqual([
      ["tryRules", { root: "/data", rules: [rule] }],
      ["tryRules", { root: "/data", rules: entry.overview?.recipe.rules }],
    ]);
  });

  it("propose a caption as an agent, whoever it says that it is, and change nothing", async () => {
    const { use, asked } = open();
    const input = { sample: "a.jpg", captionIndex: 0, before: "a dog", text: "a brown dog" };
    expect(await use("winnow_proposeRewrite", { ...input, author: "human" })).toEqual({
      note: "Nothing was changed: the person accepts or rejects it",
      ...{ before: "a dog", after: "a brown dog", state: "proposed", glitches: [], measure: null, unmeasured: "The encoder is gone" },
      ...{ passesTheRule: false, waitsBecause: ["addedWords"], addedWords: ["brown"], removedWords: [] },
    });
    await use("winnow_proposeRewrite", input);
    const request = {
      ...{ root: "/data", sample: "a.jpg", captionIndex: 0, was: { text: "a dog" } },
      caption: "a brown dog",
      preset: "seen",
    };
    expect(asked).toEqual([
      ["proposeCaption", { ...request, author: "agent:human" }],
      ["proposeCaption", { ...request, author: "agent" }],
    ]);
    await expect(use("winnow_proposeRewrite", { ...input, text: "" })).rejects.toThrow("text");
  });

  it("refuse input in another form before anything is asked", async () => {
    const { use, asked } = open();
    await expect(use("winnow_score", { limit: 1000 })).rejects.toThrow("The input of winnow_score can't be read: limit");
    await expect(use("winnow_listGroups", { kind: "fruit" })).rejects.toThrow("kind");
    await expect(use("winnow_search", null)).rejects.toThrow("can't be read");
    expect(asked).toEqual([]);
  });

  it("ask for a name where several datasets could be meant", async () => {
    const { use } = open([analysedEntry({ root: "/a", name: "a" }), analysedEntry({ root: "/b", name: "b" })]);
    await expect(use("winnow_score", {})).rejects.toThrow("Name one of the datasets: a (/a), b (/b)");
    await expect(use("winnow_score", { dataset: "c" })).rejects.toThrow("There is no analysed dataset c, only a (/a), b (/b)");
    expect(await use("winnow_score", { dataset: "/b" })).toMatchObject({ pairs: 7 });
    await expect(open([newEntry({})]).use("winnow_score", {})).rejects.toThrow("No dataset of this window has been analysed");
  });
});
