import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { captionLints } from "../../../../src/core/signals/captionLints.ts";
import { signals } from "../../../../src/core/signals/signals.ts";
import { cluster } from "../../../../src/engine/cluster/cluster.ts";
import { clusterDuplicates } from "../../../../src/engine/cluster/duplicates.ts";
import { score } from "../../../../src/engine/score/score.ts";
import { madeDataset } from "../../core/signals/madeDataset.ts";

const gemm = createPlainGemm();
const sentences = { vectors: matrixFromArray(new Float32Array(), 1), rowsOf: () => [] };
const encoder = { logitScale: 20, bias: undefined, probability: "softmax", contextLength: 77 } as const;

function made() {
  const dataset = madeDataset({ samples: 150, seed: 2, messy: true, topics: 15, noise: 0.5 });
  const facts = {
    ids: dataset.ids,
    contentHashes: dataset.ids.map((id, row) => (row === 6 ? dataset.ids[5] : id)),
    pixelHashes: dataset.ids.map((_, row) => (row === 9 || row === 6 ? `pixels ${row - 1}` : `pixels ${row}`)),
    pixelCount: new Float64Array(150).fill(1),
    sizeBytes: new Float64Array(150).fill(1),
  };
  return { dataset, facts, tokensOfText: new Int32Array(dataset.textOf.length).fill(5) };
}

describe("score and cluster", () => {
  it("fill a column for every signal, and groups of every kind that is there", async () => {
    const { dataset, facts, tokensOfText } = made();
    const duplicates = await clusterDuplicates({ facts });
    expect(duplicates.groups.map(({ kind }) => kind)).toEqual(["duplicate", "pixelDuplicate"]);
    const reports: [number, number][] = [];
    const columns = await score(
      { ...dataset, duplicateOf: duplicates.duplicateOf, encoder, tokensOfText, sentences, gemm, seed: 1 },
      { onProgress: (done, total) => reports.push([done, total]) },
    );
    expect(Object.keys(columns).sort()).toEqual(
      signals
        .filter(({ per, id }) => per === "pair" && id !== captionLints.id) // which needs no vectors, and is counted by the lints
        .map(({ id }) => id)
        .sort(),
    );
    expect(Object.values(columns).every((column) => column.length === dataset.pairs.count)).toBe(true);
    expect(reports.at(-1)?.[0]).toBe(reports.at(-1)?.[1]);
    const found = await cluster({ ...dataset, duplicates, columns, marginSigma: 0.5, gemm, seed: 1 });
    expect(new Set(found.groups.map(({ kind }) => kind))).toEqual(
      new Set(["duplicate", "pixelDuplicate", "sameCaption", "sameImage", "confusable", "concept"]),
    );
    expect(new Set(found.groups.map(({ id }) => id)).size).toBe(found.groups.length);
    expect(found.duplicateGroupOf[6]).toBe("duplicate-0001");
    expect(found.conceptOf[3]).toBeUndefined();
    expect(found.conceptOf[0]).toMatch(/^concept-\d{4}$/);
  });

  it("take what a person said to be one picture for copies in every respect", async () => {
    const { dataset, facts, tokensOfText } = made();
    // Rows 5 and 6 have equal bytes, row 9 the pixels of row 8.
    const duplicates = await clusterDuplicates({ facts, stated: [[6, 30]] });
    const { duplicateOf, samePixelsAs } = duplicates;
    expect([duplicateOf[5], duplicateOf[6], samePixelsAs[30]]).toEqual([duplicateOf[30], duplicateOf[30], samePixelsAs[5]]);
    expect(duplicateOf[8]).not.toBe(duplicateOf[30]);
    const columns = await score({ ...dataset, duplicateOf, encoder, tokensOfText, sentences, gemm, seed: 1 });
    const found = await cluster({ ...dataset, duplicates, columns, marginSigma: 0.5, gemm, seed: 1 });
    const sameImage = found.groups.find(({ kind, members }) => kind === "sameImage" && members.some(({ row }) => row === 30));
    expect(new Set(sameImage!.members.map(({ row }) => row))).toEqual(new Set([5, 6, 30]));
  });

  it("stop when they are cancelled", async () => {
    const { dataset, facts, tokensOfText } = made();
    const duplicates = await clusterDuplicates({ facts });
    const signal = AbortSignal.abort(new Error("cancelled by the test"));
    await expect(
      score({ ...dataset, duplicateOf: duplicates.duplicateOf, encoder, tokensOfText, sentences, gemm, seed: 1 }, { signal }),
    ).rejects.toThrow("cancelled by the test");
  });
});
