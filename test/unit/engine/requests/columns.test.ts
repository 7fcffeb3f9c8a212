import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { readBins, readSortedColumn } from "../../../../src/engine/requests/columns.ts";
import { openView } from "../../../../src/engine/requests/openView.ts";
import { readPage } from "../../../../src/engine/requests/readPage.ts";
import { readSampleColumn } from "../../../../src/engine/requests/sampleColumn.ts";
import { setVerdicts } from "../../../../src/engine/requests/setVerdicts.ts";
import { FieldError } from "../../../../src/engine/store/filters.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

/** A field's values by position in the list of pairs that is sorted by it. */
async function sortedByView(dataset: AnalysedDataset, field: string, where: string): Promise<(number | boolean | null)[]> {
  const { view } = await openView(dataset, { unit: "pair", where, sort: field });
  const { rows } = await readPage(dataset, { view, from: 0, to: 500, fields: [field] });
  return rows.map(({ captions: [caption] }) => caption!.signals[field]!);
}

describe("readSortedColumn", () => {
  it("has at each position the value of the pair at that position in the list sorted by the field", async () => {
    const scores = fc.array(fc.oneof(fc.float({ noDefaultInfinity: true }), fc.constantFrom(0.1, 0.25, -0, 0)), {
      minLength: 30,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(scores, fc.constantFrom("folder = garden", "caption ~ a", "clipScore is not unknown"), async (clipScore, where) => {
        const { use, sessions } = await createAnalysedWorkplace({ samples: 30, clipScore, groups: false });
        for (const field of ["clipScore", "captionRank", "truncated", "pixels"]) {
          const column = await use((dataset) => readSortedColumn(dataset, { field, where }));
          const listed = await use((dataset) => sortedByView(dataset, field, where));
          const known = listed.filter((value) => value !== null).map((value) => Math.fround(Number(value)) + 0);
          expect([...column.values].map((value) => value + 0)).toEqual(known);
          expect(column.unknown).toBe(listed.length - known.length);
          expect(listed.slice(known.length).every((value) => value === null)).toBe(true);
        }
        sessions.close();
      }),
      { numRuns: 10 },
    );
  });

  it("counts by a cut at one of its values as a filter does", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 300, captionsPerSample: 2 });
    const { values } = await use((dataset) => readSortedColumn(dataset, { field: "clipScore" }));
    for (const position of [0, 1, 250, values.length - 1]) {
      const where = `clipScore < ${values[position]}`;
      expect((await use((dataset) => openView(dataset, { unit: "pair", where }))).count).toBe(position);
    }
  });
});

describe("readBins", () => {
  it("counts every known value once, between the least and the greatest", async () => {
    const { use, made } = await createAnalysedWorkplace({ samples: 500, captionsPerSample: 2 });
    const bins = await use((dataset) => readBins(dataset, { field: "clipScore", where: "folder ^= garden" }));
    const scores = made.samples.flatMap(({ captions, folder }) => captions.map(() => folder)).map((folder, pair) => ({ folder, pair }));
    const own = scores.filter(({ folder }) => folder.startsWith("garden")).map(({ pair }) => made.clipScore[pair]!);
    const [least, greatest] = [Math.min(...own), Math.max(...own)];
    expect(bins).toMatchObject({ least, greatest, unknown: 0 });
    const counts = new Uint32Array(256);
    for (const value of own) counts[Math.min(255, Math.floor(((value - least) / (greatest - least)) * 256))]! += 1;
    expect(bins.counts).toEqual(counts);
  });

  it("gives whole numbers and flags a bin each, one value one bin, and nothing known none", async () => {
    const clipScore = [0.5, 0.5, Number.NaN, 0.5];
    const { use } = await createAnalysedWorkplace({ samples: 4, clipScore, groups: false });
    const read = (field: string): Promise<object> => use((dataset) => readBins(dataset, { field }));
    expect(await read("captionTokens")).toMatchObject({ least: 8, greatest: 11, counts: Uint32Array.of(1, 1, 1, 1) });
    expect(await read("clipScore")).toMatchObject({ least: 0.5, greatest: 0.5, counts: Uint32Array.of(3), unknown: 1 });
    expect(await read("truncated")).toMatchObject({ least: 0, greatest: 0, counts: Uint32Array.of(3), unknown: 1 });
    const none = await use((dataset) => readBins(dataset, { field: "clipScore", where: "clipScore > 1" }));
    expect(none).toMatchObject({ least: Number.NaN, greatest: Number.NaN, counts: new Uint32Array(0), unknown: 0 });
  });

  it("refuses texts and fields that are not there", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 4 });
    await expect(use((dataset) => readBins(dataset, { field: "folder" }))).rejects.toThrow(
      "Expected a field of numbers but received folder",
    );
    await expect(use((dataset) => readSortedColumn(dataset, { field: "colour" }))).rejects.toThrow(FieldError);
  });

  it("counts samples where a dataset has no captions at all", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 6, captionsPerSample: 0 });
    expect((await use((dataset) => readSortedColumn(dataset, { field: "width" }))).values).toEqual(
      Float32Array.of(200, 300, 400, 500, 600, 700),
    );
  });
});

describe("readSampleColumn", () => {
  it("has for each sample the value of its least favourable pair", async () => {
    const clipScore = [0.1, 0.4, Number.NaN, 0.2, Number.NaN, Number.NaN];
    const { use } = await createAnalysedWorkplace({ samples: 3, captionsPerSample: 2, clipScore });
    const read = async (field: string): Promise<Float32Array> => (await use((dataset) => readSampleColumn(dataset, { field }))).values;
    expect(await read("clipScore")).toEqual(Float32Array.of(0.1, 0.2, Number.NaN));
    const ranks = await use((dataset) =>
      dataset.tables.query("SELECT max(captionRank) AS worst FROM pairs GROUP BY sampleRow ORDER BY sampleRow"),
    );
    expect(await read("captionRank")).toEqual(Float32Array.from(ranks, ({ worst }) => (worst === null ? Number.NaN : Number(worst))));
    expect(await read("width")).toEqual(Float32Array.of(200, 300, 400));
  });

  it("has places in names for texts, the commonest first, and people's names for concepts", async () => {
    const { use, made } = await createAnalysedWorkplace({ samples: 45, captionsPerSample: 1 });
    const format = await use((dataset) => readSampleColumn(dataset, { field: "pictureFormat" }));
    expect(format.names).toEqual(["jpeg", "png", "webp"]);
    expect([...format.values]).toEqual(Array.from({ length: 45 }, (_, row) => row % 3));
    const split = await use((dataset) => readSampleColumn(dataset, { field: "split" }));
    expect(split).toMatchObject({ names: [], values: new Float32Array(45).fill(Number.NaN) });
    const concept = await use((dataset) => readSampleColumn(dataset, { field: "concept" }));
    const named = made.groups.filter(({ kind }) => kind === "concept");
    expect(concept.names?.[concept.values[13]!]).toBe(named.find(({ members }) => members.some(({ row }) => row === 13))?.name);
    const captions = await use((dataset) => readSampleColumn(dataset, { field: "caption" }));
    expect(captions.values[40]).toBeNaN();
  });

  it("tells a sample's verdict from all its pairs", async () => {
    const { env, use } = await createAnalysedWorkplace({ samples: 42, captionsPerSample: 2 });
    const give = (pairs: readonly [string, number | null][], decision: "drop" | "review"): Promise<unknown> => {
      const named = pairs.map(([sample, captionIndex]) => ({ sample, captionIndex }));
      return use((dataset) => setVerdicts(env, dataset, { targets: { kind: "named", pairs: named }, decision, reason: "" }));
    };
    await give(
      [
        ["garden/00.jpg", 0],
        ["garden/roses/01.jpg", null],
        ["garden/40.jpg", null],
        ["market/02.jpg", 0],
      ],
      "drop",
    );
    await give([["market/02.jpg", 1]], "review");
    const { values, names } = await use((dataset) => readSampleColumn(dataset, { field: "verdict" }));
    expect([0, 1, 2, 3, 40].map((row) => names?.[values[row]!])).toEqual(["keep", "drop", "review", "keep", "drop"]);
  });
});
