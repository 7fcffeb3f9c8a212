import { describe, expect, it } from "vitest";
import { biggestMoves, closestGap, isCollapsed, meanCosine, rescore } from "../../../../src/core/tune/changes.ts";
import { nextSteps } from "../../../../src/core/tune/nextSteps.ts";
import type { TuneOutcome } from "../../../../src/core/tune/nextSteps.ts";
import { isBetterRecall, meanRecall } from "../../../../src/core/tune/retrieval.ts";
import { drawUnits } from "./made.ts";

describe("scores before and after", () => {
  it("are compared by their standing, and what is unknown on one side takes no part", () => {
    const scores = rescore(Float32Array.of(0.1, 0.2, 0.3, 0.4, NaN, 0.9), Float32Array.of(0.9, 0.6, 0.5, 0.7, 0.7, NaN));
    expect([...scores.percentileBefore]).toEqual([12.5, 37.5, 62.5, 87.5, NaN, NaN]);
    expect([...scores.percentileAfter]).toEqual([87.5, 37.5, 12.5, 62.5, NaN, NaN]);
    expect(biggestMoves(scores, 5)).toEqual({ ups: [0], downs: [2, 3] });
    expect(biggestMoves(scores, 1)).toEqual({ ups: [0], downs: [2] });
  });

  it("don't move where nothing changed", () => {
    const same = Float32Array.of(0.3, 0.1, 0.2);
    expect(biggestMoves(rescore(same, same), 5)).toEqual({ ups: [], downs: [] });
  });
});

describe("a group's gap", () => {
  it("is that of the two that come closest", () => {
    const scores = [
      [0.5, 0.4, 0.1],
      [0.45, 0.5, 0.2],
      [0.1, 0.1, 0.5],
    ];
    expect(closestGap(scores)).toBeCloseTo(-0.1, 12);
    expect(closestGap([[0.5]])).toBeNaN();
    expect(
      closestGap([
        [0.5, NaN],
        [0.1, 0.5],
      ]),
    ).toBeNaN();
  });
});

describe("crowding", () => {
  it("is 1 where all vectors are one, and near 0 where they lie evenly", () => {
    const one = drawUnits(1, 8, 1);
    const same = { rows: 5, columns: 8, values: Float32Array.from({ length: 40 }, (_, at) => one.values[at % 8]!) };
    expect(meanCosine(same, 1)).toBeCloseTo(1, 4);
    expect(Math.abs(meanCosine(drawUnits(400, 8, 2), 1))).toBeLessThan(0.05);
    expect(meanCosine(one, 1)).toBeNaN();
    expect([isCollapsed(0.3, 0.99), isCollapsed(0.99, 0.98), isCollapsed(0.3, 0.6)]).toEqual([true, false, false]);
  });
});

describe("recall", () => {
  const of = (share: number) => ({ imageToText: share, textToImage: share });

  it("is the mean of both directions, and unknown with either", () => {
    expect(meanRecall({ imageToText: 0.2, textToImage: 0.4 })).toBeCloseTo(0.3, 12);
    expect(meanRecall({ imageToText: NaN, textToImage: 0.4 })).toBeNaN();
    expect([isBetterRecall(of(0.3), of(0.3)), isBetterRecall(of(0.4), of(0.3)), isBetterRecall(of(NaN), of(NaN))]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("what to do next", () => {
  const sound: TuneOutcome = {
    ...{ recallBefore: 0.5, recallAfter: 0.6, heldOutImages: 500, epochs: 20, bestEpoch: 12, keepsBest: true },
    ...{ agrees: true, hasCollapsed: false, hasForgotten: false, fall: undefined, isOurs: true, downs: 0, stillConfused: 0 },
  };

  it("is to use an encoder that is sound", () => {
    expect(nextSteps(sound)).toEqual([expect.stringContaining("Score the dataset again")]);
  });

  it.each<[Partial<TuneOutcome>, string]>([
    [{ agrees: false }, "don't use this encoder"],
    [{ hasCollapsed: true }, "drawn together"],
    [{ hasForgotten: true }, "keepZeroShot"],
    [{ fall: "fallen" }, "Recall fell far below what it was, which ended the run early"],
    [{ fall: "forgotten" }, "forgot what the encoder knew beside this dataset, which ended the run early"],
    [{ bestEpoch: 0 }, "No epoch was better"],
    [{ recallBefore: NaN }, "Nothing is held out"],
    [{ heldOutImages: 30 }, "one of them is 3.3 points"],
    [{ bestEpoch: 20 }, "go on for longer"],
    [{ keepsBest: false }, "Nothing was better than epoch 12, but the last one's weights are kept"],
    [{ recallAfter: 0.4, bestEpoch: 20 }, "finds no more of what is held out"],
    [{ downs: 3 }, "fell most"],
    [{ stillConfused: 1 }, "1 confusable group is confused still"],
  ])("says so of %j", (change, words) => {
    expect(nextSteps({ ...sound, ...change }).join("\n")).toContain(words);
  });

  it("names what the trainer itself has, and another trainer where stock open_clip hasn't", () => {
    const told = (isOurs: boolean) => nextSteps({ ...sound, hasForgotten: true, stillConfused: 2, isOurs }).join("\n");
    expect(told(true)).toMatch(/take the loss keepZeroShot, the low-rank head, or a lower rate[^]*: put such into one batch/);
    expect(told(false)).toMatch(/take the trainer full with the loss keepZeroShot, or a lower rate[^]*: the trainer full puts such/);
  });

  it("doesn't send anybody to an encoder that is not", () => {
    for (const change of [{ agrees: false }, { hasCollapsed: true }, { hasForgotten: true }, { bestEpoch: 0 }, { recallAfter: 0.5 }])
      expect(nextSteps({ ...sound, ...change }).join("\n")).not.toContain("Score the dataset again");
  });
});
