import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../../../src/core/sample.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { drawSpotCheck, estimateSpotCheck, saveLabels } from "../../../../src/engine/requests/spotCheck.ts";
import { saveAnalysis } from "../../../../src/engine/store/analysis.ts";
import { createGeneration, switchGeneration } from "../../../../src/engine/store/generations.ts";
import { captionHash, readState, locateDataset } from "../../../../src/engine/store/dotWinnow.ts";
import { openMade, type Opened } from "./opened.ts";

const options = {
  samples: 100,
  captionsPerSample: 2,
  problems: false,
  groups: false,
  clipScore: Array.from({ length: 200 }, (_, at) => at / 200),
};
const cut = { signal: "clipScore", cut: 0.4 };

async function draw(made: Opened, size: number, seed = 1) {
  const { pairs } = await drawSpotCheck(made.env, await made.open(), { root: made.root, ...cut, size, seed });
  const rowOf = (id: string): number => made.samples.findIndex((sample) => sample.id === id);
  return pairs.map(({ sample, captionIndex }) => 2 * rowOf(sample) + captionIndex);
}

async function label(made: Opened, pairs: readonly number[], labelOf: (pair: number) => "match" | "mismatch" | "unsure" | "clear") {
  const labels = pairs.map((pair) => ({ sample: made.samples[pair >> 1]!.id, captionIndex: pair & 1, label: labelOf(pair) }));
  return await saveLabels(made.env, await made.open(), { root: made.root, labels });
}

async function estimate(made: Opened, request = cut) {
  return await estimateSpotCheck(made.env, await made.open(), { root: made.root, ...request });
}

describe("a spot check", () => {
  it("is drawn from both sides, labelled, and told with intervals", async () => {
    const made = await openMade(options);
    const drawn = await draw(made, 60);
    const onDropped = drawn.filter((pair) => pair < 80).length;
    expect(Math.abs(onDropped - 30)).toBeLessThanOrEqual(1);
    await label(made, drawn, (pair) => (pair < 90 ? "mismatch" : "match"));
    const { precision, recall, mismatchRate, labelled, droppedLabelled, keptLabelled } = await estimate(made);
    expect(precision!.value).toBe(1);
    expect(precision!.low).toBeGreaterThan(0.8);
    expect(recall!.low).toBeLessThan(80 / 90);
    expect(recall!.high).toBeGreaterThan(80 / 90);
    expect(mismatchRate!.low).toBeLessThan(0.45);
    expect([labelled.match + labelled.mismatch, droppedLabelled, keptLabelled]).toEqual([60, onDropped, 60 - onDropped]);
  });

  it("passes over what has a label, and uses it for another cut", async () => {
    const made = await openMade(options);
    const first = await draw(made, 60);
    await label(made, first, () => "match");
    const second = await draw(made, 60, 1);
    expect(second.filter((pair) => first.includes(pair))).toEqual([]);
    expect((await estimate(made, { signal: "clipScore", cut: 0.2 })).labelled.match).toBe(60);
    expect((await estimate(made, { signal: "captionRank", cut: 4 })).labelled.match).toBe(60);
  });

  it("looks at no pair of the evaluation split, and at none without a value", async () => {
    const made = await openMade({
      ...options,
      validation: 0.25,
      clipScore: options.clipScore.map((score, at) => (at % 10 === 9 ? NaN : score)),
    });
    const drawn = await draw(made, 1000);
    expect(drawn).toHaveLength(135);
    expect(drawn.filter((pair) => pair < 50 || pair % 10 === 9)).toEqual([]);
  });

  it("keeps its labels readable, as operations, and takes them back", async () => {
    const made = await openMade(options);
    const operation = await label(made, [7, 2], (pair) => (pair === 7 ? "unsure" : "mismatch"));
    const text = (pair: number): string => made.samples[pair >> 1]!.captions[pair & 1]!.text;
    const rows = (await readFile(join(made.root, ".winnow/labels.csv"), "utf8")).trim().split("\n");
    expect(rows[0]).toBe("sample,captionIndex,captionHash,label,time");
    const written = rows.slice(1).map((row) => row.replace(/,[^,]*Z$/, ""));
    expect(written.sort()).toEqual(
      [`${made.samples[1]!.id},0,${captionHash(text(2))},mismatch`, `${made.samples[3]!.id},1,${captionHash(text(7))},unsure`].sort(),
    );
    expect(await made.operations()).toMatchObject([{ operation, kind: "label", summary: "spot check: 1 mismatch, 1 unsure" }]);
    const cleared = await label(made, [2], () => "clear");
    expect((await estimate(made)).labelled).toEqual({ match: 0, mismatch: 0, unsure: 1 });
    await undoOperation(made.env, made.root, { operation: cleared!, cascade: false });
    expect((await estimate(made)).labelled).toEqual({ match: 0, mismatch: 1, unsure: 1 });
  });

  it("finds a label again where its caption stands now, and forgets it where the text is another", async () => {
    const made = await openMade(options);
    await label(made, [0, 1, 5], () => "mismatch");
    const turn = (sample: Sample): Sample => ({ ...sample, captions: [...sample.captions].reverse() });
    const dataset = await made.open();
    const samples = made.samples.map((sample, row) =>
      row === 2 ? { ...sample, captions: sample.captions.map((caption) => ({ ...caption, text: "new" })) } : turn(sample),
    );
    const generation = await createGeneration(made.env, made.root);
    const pairColumns = [{ name: "clipScore", type: "float", values: made.clipScore }] as const;
    await saveAnalysis(generation, { summary: dataset.summary, samples, groups: [], problems: [], sampleColumns: [], pairColumns });
    await switchGeneration(made.env, made.root, generation);
    expect((await estimate(made)).labelled.mismatch).toBe(2);
  });

  it("says what can't be", async () => {
    const made = await openMade(options);
    await expect(label(made, [500], () => "match")).rejects.toThrow();
    const dataset = await made.open();
    const ask = (rest: object) => drawSpotCheck(made.env, dataset, { root: made.root, ...cut, size: 5, seed: 1, ...rest });
    await expect(ask({ size: 0 })).rejects.toThrow("Expected a whole number from 1 to 10000 for the size");
    await expect(ask({ cut: NaN })).rejects.toThrow("Expected a number for the cut of clipScore but received NaN");
    await expect(ask({ signal: "beauty" })).rejects.toThrow("received beauty");
    expect(await saveLabels(made.env, dataset, { root: made.root, labels: [] })).toBeNull();
    expect((await readState(made.env, await locateDataset(made.env, made.root))).labels).toEqual([]);
  });
});
