import { describe, expect, it } from "vitest";
import { findConcepts } from "../../../../src/core/clusters/concepts.ts";
import { createNaming } from "../../../../src/core/clusters/naming.ts";
import { findSameCaptions, findSameImages, normaliseCaption } from "../../../../src/core/clusters/sameCaption.ts";
import { distinctiveWordsOf } from "../../../../src/core/clusters/words.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { madeDataset, reordered } from "../signals/madeDataset.ts";

const textOf = ["A dog runs.", "a dog  runs", "a cat sleeps"];
const facts = {
  pairs: { count: 5, image: Int32Array.of(0, 1, 2, 2, 3), text: Int32Array.of(0, 1, 2, -1, 2), captionIndex: Int32Array.of(0, 0, 0, 1, 0) },
  textOf,
  ids: ["b", "a", "c", "d"],
  duplicateOf: Int32Array.of(0, 1, 2, 2),
};

describe("same captions", () => {
  it("are found under different pictures whatever case, spaces and stop", () => {
    expect(findSameCaptions(facts)).toEqual([
      {
        id: "sameCaption-0001",
        kind: "sameCaption",
        name: "a dog  runs",
        members: [
          { row: 1, captionIndex: 0 },
          { row: 0, captionIndex: 0 },
        ],
      },
    ]);
  });

  it("normalise how accents are composed", () => {
    expect(normaliseCaption(" Une  Cafe\u0301 ! ")).toBe("une café");
  });

  it("are not those of duplicates, which differ where their captions do", () => {
    expect(findSameImages(facts, Int32Array.of(0, 0, 1, 1))).toEqual([]);
    const different = { ...facts, pairs: { ...facts.pairs, text: Int32Array.of(0, 2, 2, -1, 2) } };
    expect(findSameImages(different, Int32Array.of(0, 0, 1, 1)).map(({ members }) => members.map(({ row }) => row))).toEqual([[1, 0]]);
  });
});

describe("names", () => {
  it("are the words that set a group off from the rest", () => {
    const dogs = Array.from({ length: 20 }, (_, at) => `a brown dog runs on the grass number ${"abcdefghij"[at % 10]!}x`);
    const boats = Array.from({ length: 20 }, () => "a brown boat sails on the lake");
    const name = createNaming([...dogs, ...boats]);
    expect(name(boats)).toBe("boat, lake, sails");
    expect(name(dogs).split(", ")).toContain("dog");
    expect(name(dogs)).not.toContain("brown");
  });

  it("say so where there are no words", () => {
    expect(createNaming(["a dog"])([])).toBe("without words");
  });

  it("leave stop words and single letters out and keep words of any script", () => {
    expect(distinctiveWordsOf("The dog's B & un café de München, 犬")).toEqual(["dog's", "un", "café", "de", "münchen", "犬"]);
  });
});

describe("concepts", () => {
  it("gather images of one direction, the largest first, the same in another order", async () => {
    const made = madeDataset({ samples: 60, seed: 3, topics: 4, noise: 0.2 });
    const options = { gemm: createPlainGemm(), seed: 1, k: 4 };
    const found = await findConcepts({ images: made.images, facts: made }, options);
    expect(found.groups.every(({ members }) => new Set(members.map(({ row }) => row % 4)).size === 1)).toBe(true);
    expect(found.groups.map(({ id }) => id)).toEqual(["concept-0001", "concept-0002", "concept-0003", "concept-0004"]);
    expect(found.groups[found.conceptOf[7]!]?.members.some(({ row }) => row === 7)).toBe(true);
    const other = reordered(made, 4);
    const turned = await findConcepts({ images: other.images, facts: other }, options);
    const names = (groups: typeof found.groups, ids: readonly string[]) => groups.map(({ members }) => members.map(({ row }) => ids[row]));
    expect(names(turned.groups, other.ids)).toEqual(names(found.groups, made.ids));
  });
});
