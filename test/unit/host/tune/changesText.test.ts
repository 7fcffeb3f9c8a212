import { describe, expect, it } from "vitest";
import { formatAgainstRandom, formatChanges } from "../../../../src/host/tune/changesText.ts";
import type { AgainstRandom } from "../../../../src/protocol/againstRandom.ts";
import type { MovedPair, TuneReport } from "../../../../src/protocol/tuneReport.ts";

const moved: MovedPair = {
  ...{ sample: "garden/1.jpg", captionIndex: 0, caption: "a | b\nc", part: "heldOut" },
  ...{ cosine: { before: 0.2, after: 0.4 }, percentile: { before: 12.4, after: 80 } },
};
const recall = { imageToText: 0.4, textToImage: 0.6 };
const report: TuneReport = {
  ...{
    run: "r",
    folder: "/r",
    title: "infoNce, linear",
    encoder: "e",
    tuned: "/r/e",
    epochs: 3,
    bestEpoch: 2,
    fall: "forgotten",
    isDataChanged: false,
  },
  heldOut: { images: 30, captions: 30, recall: { before: recall, after: recall } },
  parity: { pictures: 16, texts: 16, leastCosine: 0.99999, agrees: true },
  canary: { pairs: 60, recall: { before: recall, after: { imageToText: 0.2, textToImage: 0.2 } }, hasFallen: true },
  crowding: { images: { before: 0.3, after: 0.31 }, texts: { before: 0.4, after: 0.42 }, hasCollapsed: false },
  ...{ pairs: 300, ups: [moved], downs: [], confusable: { margin: 1, separated: [], stillConfused: [], others: 0 } },
  ...{ againstRandom: null, next: ["Use it"] },
};
const compared: AgainstRandom = {
  ...{ pairs: 1_200, ofPairs: 2_000, curated: [0.3, 0.32], random: [0.25, 0.27], difference: { mean: 0.05, low: 0.02, high: 0.08 } },
};

describe("what a run changed", () => {
  it("is told with what is wrong, and the pairs that moved", () => {
    const lines = formatChanges(report, null);
    expect(lines).toContain("- The exported graphs give what was trained: cosine 0.99999 at least, over 16 pictures and 16 texts");
    expect(lines).toContain(
      "- **It forgot what it knew beside this dataset**: R@1 on 60 pictures of Winnow's own 50.0 % → 20.0 %; the last epoch forgot it, which ended the run",
    );
    expect(lines).toContain("| 12 → 80 | garden/1\\.jpg \\#0 | held out | a \\| b c |");
    expect(lines.join("\n")).toMatch(/## Fell most\n\nNone\.[^]*Was it the curation\?\n\nNobody asked yet/);
  });

  it("is unknown where it can't be known", () => {
    const lines = formatChanges({ ...report, canary: null, isDataChanged: true, againstRandom: compared }, "Why not");
    expect(lines.join("\n")).toMatch(/What it knew beside this dataset is unknown[^]*have changed since[^]*: it helped/);
    expect(lines).not.toContain("Why not");
    expect(formatChanges(report, "Why not").join("\n")).toContain("## Was it the curation?\n\nWhy not\n");
  });

  it.each([
    [0.02, 0.08, "95 % of +2.0 to +8.0, 2 seeds): it helped"],
    [-0.08, -0.02, "95 % of −8.0 to −2.0, 2 seeds): it did harm"],
    [-0.01, 0.08, ": it can't be told from chance"],
    [null, null, "one seed, which has no interval"],
  ])("says whether it was the curation: %s to %s", (low, high, told) => {
    expect(formatAgainstRandom({ ...compared, difference: { mean: 0.05, low, high } })).toContain(told);
  });
});
