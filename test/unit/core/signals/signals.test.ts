import { describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { computeCaptionTokens } from "../../../../src/core/signals/captionTokens.ts";
import { computeClipScore } from "../../../../src/core/signals/clipScore.ts";
import { computeClipScorePercentile } from "../../../../src/core/signals/clipScorePercentile.ts";
import { computeMatchProbability } from "../../../../src/core/signals/matchProbability.ts";
import { bucket, bucketsOf, gatherRows } from "../../../../src/core/signals/pairs.ts";
import { signals } from "../../../../src/core/signals/signals.ts";
import { drawByName } from "../../../../src/core/signals/textHash.ts";
import { computeTruncated } from "../../../../src/core/signals/truncated.ts";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { boundedMatrix, madeRows } from "../neighbours/made.ts";
import { dim, madeDataset, reordered } from "./madeDataset.ts";

const gemm = createPlainGemm();

describe("clipScore", () => {
  it("is the product of the vectors, unknown for empty captions and missing vectors", async () => {
    const made = madeDataset({ samples: 12, seed: 4, messy: true });
    const scores = await computeClipScore(made);
    made.pairs.image.forEach((image, pair) => {
      const text = made.pairs.text[pair]!;
      const isUnknown = text < 0 || image === 3 || text === 5;
      if (isUnknown) expect(scores[pair]).toBeNaN();
      else {
        const vector = made.imageValues.subarray(image * dim, (image + 1) * dim);
        expect(scores[pair]).toBeCloseTo(
          vector.reduce((sum, value, at) => sum + value * made.textValues[text * dim + at]!, 0),
          6,
        );
      }
    });
  });

  it("stops when it is cancelled", async () => {
    const controller = new AbortController();
    controller.abort(new Error("cancelled by the test"));
    await expect(computeClipScore(madeDataset({ samples: 3, seed: 1 }), { signal: controller.signal })).rejects.toThrow(
      "cancelled by the test",
    );
  });
});

describe("clipScorePercentile", () => {
  it("gives equal scores the middle of their ranks and leaves unknown ones out", () => {
    expect([...computeClipScorePercentile(Float32Array.of(0.1, 0.3, NaN, 0.3, 0.5))]).toEqual([12.5, 50, NaN, 50, 87.5]);
  });
});

describe("matchProbability", () => {
  const made = madeDataset({ samples: 150, seed: 8, topics: 150 });
  const encoder = { logitScale: 20, bias: undefined, probability: "softmax" } as const;
  const compute = async (dataset: typeof made, change: object = {}) =>
    computeMatchProbability({ ...dataset, clipScore: await computeClipScore(dataset), encoder: { ...encoder, ...change }, gemm, seed: 1 });

  it("is the softmax over the own caption and 99 foreign ones", async () => {
    const probabilities = await compute(made);
    expect(probabilities.every((probability) => probability > 0 && probability <= 1)).toBe(true);
    const flat = await compute(made, { logitScale: 0 });
    expect(flat.every((probability) => Math.abs(probability - 0.01) < 1e-7)).toBe(true);
  });

  it("is the same in another order of the dataset", async () => {
    const other = reordered(made, 3);
    const [here, there] = [await compute(made), await compute(other)];
    other.pairOrder.forEach((pair, place) => expect(there[place]).toBeCloseTo(here[pair]!, 5));
  });

  it("is the sigmoid of scale and bias for sigmoid encoders", async () => {
    const scores = await computeClipScore(made);
    const probabilities = await compute(made, { probability: "sigmoid", logitScale: 10, bias: -5 });
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-(10 * scores[0]! - 5))), 6);
  });

  it.each([{ logitScale: undefined }, { probability: "sigmoid" }])("is unknown where scale or bias is missing: %o", async (change) => {
    expect((await compute(made, change)).every(Number.isNaN)).toBe(true);
  });

  it("is unknown where there are fewer than 99 foreign texts", async () => {
    expect((await compute(madeDataset({ samples: 30, seed: 1 }))).every(Number.isNaN)).toBe(true);
  });
});

describe("tokens", () => {
  it("are counted per pair, and captions that are longer than the context are marked", () => {
    const pairs = { count: 3, image: Int32Array.of(0, 0, 1), text: Int32Array.of(1, -1, 0), captionIndex: Int32Array.of(0, 1, 0) };
    const tokens = computeCaptionTokens(pairs, Int32Array.of(78, 77));
    expect([...tokens]).toEqual([77, NaN, 78]);
    expect([...computeTruncated(tokens, 77)]).toEqual([0, NaN, 1]);
  });
});

describe("registry", () => {
  it("has each id once, with a source and a description", () => {
    expect(new Set(signals.map(({ id }) => id)).size).toBe(signals.length);
    for (const { source, description } of signals) expect([source, description].every((text) => text.length > 10)).toBe(true);
  });
});

describe("pairs", () => {
  it("gathers rows in any order from bounded reads, and zeros for none", async () => {
    const values = madeRows(3000, 2, { seed: 1 });
    const gathered = await gatherRows(boundedMatrix(values, 2, 1024), Int32Array.of(2999, -1, 0, 2999));
    expect(gathered).toEqual(Float32Array.of(values[5998]!, values[5999]!, 0, 0, values[0]!, values[1]!, values[5998]!, values[5999]!));
    expect((await gatherRows(matrixFromArray(values, 2), new Int32Array(0))).length).toBe(0);
  });

  it("sorts items into buckets and leaves out those of none", () => {
    const buckets = bucketsOf(Int32Array.of(2, 0, -1, 2), 3);
    expect([0, 1, 2].map((group) => [...bucket(buckets, group)])).toEqual([[1], [], [0, 3]]);
  });
});

describe("drawByName", () => {
  const names = Array.from({ length: 500 }, (_, at) => `name ${at}`);

  it("draws the same names whatever their order", () => {
    const turned = names.toReversed();
    const drawn = [...drawByName(names, 20, { seed: 3 })].map((at) => names[at]);
    expect([...drawByName(turned, 20, { seed: 3 })].map((at) => turned[at])).toEqual(drawn);
  });

  it("draws others for another seed, and none that is not allowed", () => {
    expect([...drawByName(names, 20, { seed: 4 })]).not.toEqual([...drawByName(names, 20, { seed: 3 })]);
    expect([...drawByName(names, 500, { seed: 3, isAllowed: (at) => at % 2 === 0 })].every((at) => at % 2 === 0)).toBe(true);
  });
});
