import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { measureTexts } from "../../../../src/engine/requests/measureTexts.ts";
import { openSearcher, type Searcher } from "../../../../src/engine/requests/searcher.ts";
import { createSearchable, type Searchable } from "./searchFixture.ts";

const { signal } = new AbortController();
const angles: Readonly<Record<string, number>> = { north: 90, east: 0, "north east": 45, "nearly east": 10 };

let place: Searchable;
let searcher: Searcher;
beforeEach(async () => {
  place = await createSearchable();
  const pictures = [
    { angle: 0, captions: ["east", "north east"] },
    { angle: 90, captions: ["north"] },
    { angle: 12, captions: ["nearly east"] },
    { angle: undefined, captions: ["nothing is seen"] },
  ];
  await place.save(pictures, (text) => angles[text]);
  searcher = await openSearcher(place.env, place.root);
});
afterEach(async () => {
  await searcher.close();
  await place.remove();
});

const cosine = (one: number, other: number): number => Math.cos(((one - other) * Math.PI) / 180);

async function measure(...items: readonly (readonly [sample: string, before: string, after: string])[]) {
  const asked = items.map(([sample, before, after]) => ({ sample, before, after }));
  return await measureTexts(place.env, searcher, { items: asked, provider: "cpu", signal });
}

describe("texts that are measured", () => {
  it("have the scores of their stored vectors, and ranks among the captions of other pictures", async () => {
    const [measured] = await measure(["0.jpg", "north east", "east"]);
    expect(measured!.scoreBefore).toBeCloseTo(cosine(0, 45), 3);
    expect(measured!.scoreAfter).toBeCloseTo(1, 3);
    // Foreign are north (90°) and nearly east (10°); what has no vector is among nothing.
    expect(measured).toMatchObject({ rankBefore: 2, rankAfter: 1, candidates: 3, tokenLimit: 16 });
    expect(measured!.tokensAfter).toBe("east".length + 2);
  });

  it("are encoded where they are new, once", async () => {
    const [first] = await measure(["0.jpg", "east", "zz"]);
    expect(Number.isFinite(first!.scoreAfter)).toBe(true);
    const before = place.env.counters.batchesRun;
    const [again] = await measure(["0.jpg", "north east", "zz"]);
    expect(again!.scoreAfter).toBe(first!.scoreAfter);
    // Only the text without its added word is new, and it has none.
    expect(place.env.counters.batchesRun).toBe(before);
  });

  it("are unknown without a picture's or a text's vector, never 0", async () => {
    const [blind, empty] = await measure(["3.jpg", "nothing is seen", "something"], ["0.jpg", "east", " "]);
    expect(blind).toMatchObject({ scoreBefore: NaN, scoreAfter: NaN, rankAfter: NaN });
    expect(empty).toMatchObject({ scoreAfter: NaN, rankAfter: NaN });
  });

  it("name the added words without which they score higher", async () => {
    const [measured] = await measure(["0.jpg", "east", "north east"]);
    expect(measured!.unsupported).toEqual(["north"]);
  });
});
