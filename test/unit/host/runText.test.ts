import { describe, expect, it } from "vitest";
import { formatCount, formatRunState, formatStageTimes, formatTimeLeft } from "../../../src/host/runText.ts";

describe("the words for a run", () => {
  it("tell how long it takes in steps that people think in", () => {
    expect([1, 12, 54, 55, 121, 3_540, 3_600, 7_860].map(formatTimeLeft)).toEqual([
      "a few seconds",
      "15 s",
      "55 s",
      "1 min",
      "3 min",
      "59 min",
      "1 h 0 min",
      "2 h 11 min",
    ]);
  });

  it("count with the right noun", () => {
    expect([formatCount(1, "pair"), formatCount(12_000, "pair"), formatCount(0, "pair")]).toEqual(["1 pair", "12,000 pairs", "0 pairs"]);
  });

  it("say what is done, how far it is and how long it takes", () => {
    expect(formatRunState({ progress: [], etaSeconds: null })).toBe("starting");
    const progress = [{ stage: "encode", done: 11_000, cached: 1_000, total: 50_000 }] as const;
    expect(formatRunState({ progress, etaSeconds: 170 })).toBe("encoding 12,000 of 50,000, 3 min left");
    expect(formatRunState({ progress: [{ stage: "write", done: 0, cached: 0, total: 1 }], etaSeconds: null })).toBe("writing");
  });

  it("give the log a line for each stage", () => {
    const lines = formatStageTimes({
      dataset: { root: "/data", format: "sidecar", formatReason: "", samples: 1, captions: 2 },
      encoder: { id: "x", name: "built-in", provider: "cpu", builtin: true },
      stages: {
        encode: { ms: 1_234.4, done: 3, total: 5, cached: 2, models: { image: { batches: 1, rows: 3, ms: 600, idleShare: 0.256 } } },
        discover: { ms: 1, done: 1, total: 1, cached: 0 },
      },
      groups: {
        duplicate: 0,
        pixelDuplicate: 0,
        nearDuplicate: 0,
        sameCaption: 0,
        sameImage: 0,
        confusable: 0,
        concept: 0,
        falseNegative: 0,
      },
      problems: [],
      notices: [],
    });
    expect(lines).toEqual([
      "/data: 1 sample, 2 captions, built-in on cpu",
      "discover         1 ms, 1 done, 0 cached of 1",
      "encode       1,234 ms, 3 done, 2 cached of 5",
      "         images: 1 batch, 5.0/s, the model idle 26 % of the time",
    ]);
  });
});
