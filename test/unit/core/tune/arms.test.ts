import { describe, expect, it } from "vitest";
import { countPairs, drawPairs, takePairs } from "../../../../src/core/tune/arms.ts";
import { pairedInterval } from "../../../../src/core/tune/pairedInterval.ts";
import { itemsOf } from "../../../../src/core/tune/tuneSet.ts";
import { madeSet } from "../../engine/tune/made.ts";

const set = madeSet(20, 4);
const all = set.textsOf.map(() => Uint8Array.of(1, 1));

describe("pairs to train on", () => {
  it("are those that are flagged, and what is held out stays", () => {
    const flags = set.textsOf.map((_, item) => Uint8Array.of(item % 2, 0));
    const taken = takePairs(set, flags);
    const held = itemsOf(set, "heldOut");
    expect(itemsOf(taken, "heldOut")).toHaveLength(held.length);
    expect(Array.from(itemsOf(taken, "train"), (item) => [...taken.textsOf[item]!])).toEqual(
      [1, 3, 7, 9, 11, 13, 17, 19].map((item) => [2 * item]),
    );
    for (const item of itemsOf(taken, "heldOut")) expect(taken.textsOf[item]).toHaveLength(2);
    taken.classOf.forEach((own, item) => expect(taken.images.values[item * 4]).toBe(set.images.values[own * 4]));
    expect(taken.together).toEqual([[taken.classOf.indexOf(0), taken.classOf.indexOf(1)].filter((place) => place >= 0)]);
    expect(countPairs(set, flags)).toBe(8);
  });

  it("are drawn by the seed, as many as asked, none that is held out", () => {
    const draw = (seed: number) => drawPairs(set, all, { count: 11, seed });
    expect(countPairs(set, draw(1))).toBe(11);
    for (const item of itemsOf(set, "heldOut")) expect([...draw(1)[item]!]).toEqual([0, 0]);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(countPairs(set, drawPairs(set, all, { count: 1000, seed: 1 }))).toBe(32);
  });
});

describe("a paired interval", () => {
  it("is Student's", () => {
    const { mean, low, high } = pairedInterval([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    // t.test(1:5) of R: 1.036757 to 4.963243.
    expect(low).toBeCloseTo(1.036757, 4);
    expect(high).toBeCloseTo(4.963243, 4);
  });

  it("is unknown of one, and goes on behind the table", () => {
    expect(pairedInterval([2])).toEqual({ mean: 2, low: NaN, high: NaN });
    const many = Array.from({ length: 31 }, (_, at) => at);
    const { low, high } = pairedInterval(many);
    // qt(0.975, 30) is 2.042272.
    expect((high - low) / 2 / Math.sqrt((31 * 32) / 12 / 31)).toBeCloseTo(2.042272, 3);
  });
});
