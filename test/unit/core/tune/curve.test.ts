import { describe, expect, it } from "vitest";
import { adviseNext, formatSparkline, summarizeCurve } from "../../../../src/core/tune/curve.ts";

const curveOf = (...recalls: readonly (number | null)[]) =>
  summarizeCurve(recalls.map((recall, epoch) => ({ epoch, loss: epoch === 0 ? null : 1 / epoch, recall })));

describe("a curve", () => {
  it("is summed up by where it began and where it was best, the earlier of equals", () => {
    expect(curveOf(0.1, 0.3, 0.2, 0.3)).toEqual({ before: 0.1, best: { epoch: 1, recall: 0.3 }, epochs: 3 });
    const forgotten = [0.1, 0.3, 0.9].map((recall, epoch) => ({ epoch, loss: 1, recall, isForgotten: epoch === 2 }));
    expect(summarizeCurve(forgotten)).toMatchObject({ best: { epoch: 1 }, epochs: 2 });
    expect(curveOf(null, null)).toEqual({ before: null, best: null, epochs: 1 });
    expect(curveOf()).toEqual({ before: null, best: null, epochs: 0 });
  });

  it("is drawn as blocks from its lowest to its highest, with gaps for what is unknown", () => {
    expect(formatSparkline([0, 7, null, 3.5, 2])).toBe("▁█ ▅▃");
    expect(formatSparkline([2, 2])).toBe("▁▁");
    expect(formatSparkline([null])).toBe("");
    expect(formatSparkline(Array.from({ length: 1_000 }, (_, at) => at))).toHaveLength(60);
  });
});

describe("what to do after a run", () => {
  it.each([
    ["nothing is known", curveOf(null, null), /^Nothing is held out/],
    ["nothing was measured before it", curveOf(null, 0.3), /^Its trainer measures no R@1 before/],
    ["no epoch is done", curveOf(0.2), /^No epoch is done yet/],
    ["nothing got better", curveOf(0.2, 0.1, 0.2), /^No epoch was better than the beginning/],
    ["it rose to the end", curveOf(0.2, 0.3, 0.4), /more epochs may bring more$/],
    ["it fell early", curveOf(0.2, 0.4, 0.3, 0.3), /^After epoch 1 it learned by heart/],
  ])("is told where %s", (_, curve, told) => {
    expect(adviseNext(curve, 2).at(-1)).toMatch(told);
  });
});
