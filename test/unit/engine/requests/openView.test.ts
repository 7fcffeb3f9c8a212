import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GenerationGoneError } from "../../../../src/engine/requests/generationGone.ts";
import { SetGoneError } from "../../../../src/engine/requests/fitting.ts";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { openView, ViewGoneError } from "../../../../src/engine/requests/openView.ts";
import { readPage } from "../../../../src/engine/requests/readPage.ts";
import { saveSamples } from "../../../../src/engine/requests/sets.ts";
import { setVerdicts } from "../../../../src/engine/requests/setVerdicts.ts";
import { FieldError } from "../../../../src/engine/store/filters.ts";
import type { GalleryRow, ViewRequest } from "../../../../src/protocol/gallery.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

type Asked = Omit<ViewRequest, "root">;

async function rowsOf(dataset: AnalysedDataset, request: Asked, fields: readonly string[] = []): Promise<readonly GalleryRow[]> {
  const { view, count } = await openView(dataset, request);
  return (await readPage(dataset, { view, from: 0, to: Math.min(500, count), fields })).rows;
}

const pairsOf = (rows: readonly GalleryRow[]): number[] => rows.flatMap(({ captions }) => captions.map(({ pair }) => pair));
const sampleRowsOf = (rows: readonly GalleryRow[]): number[] => rows.map(({ sampleRow }) => sampleRow);

describe("openView", () => {
  it("lists all pairs in the dataset's order, and all samples with those that lack captions", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 45, captionsPerSample: 2 });
    const pairs = await use((dataset) => openView(dataset, { unit: "pair" }));
    expect(pairs).toMatchObject({ count: 88, pairs: 88, samples: 44 });
    const samples = await use((dataset) => openView(dataset, { unit: "sample" }));
    expect(samples).toMatchObject({ count: 45, pairs: 88, samples: 45 });
    const rows = await use((dataset) => rowsOf(dataset, { unit: "sample" }));
    expect(sampleRowsOf(rows)).toEqual([...Array(45).keys()]);
    expect(rows[40]).toMatchObject({ captions: [], problems: ["missingCaption"], width: 700, verdict: "keep" });
    expect(rows[44]?.captions.map(({ captionIndex }) => captionIndex)).toEqual([0, 1]);
  });

  it("sorts as JavaScript would, with unknown last in both directions", async () => {
    const scores = fc.array(fc.constantFrom(-0.5, 0, 0.25, 0.5, Number.NaN), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(scores, fc.boolean(), async (clipScore, isDownwards) => {
        const { use, sessions } = await createAnalysedWorkplace({ samples: 4, captionsPerSample: 3, clipScore, groups: false });
        const sort = `${isDownwards ? "-" : ""}clipScore`;
        const value = (pair: number): number => (Number.isNaN(clipScore[pair]) ? Infinity : clipScore[pair]! * (isDownwards ? -1 : 1));
        const order = [...clipScore.keys()].sort((left, right) =>
          value(left) === value(right) ? left - right : value(left) - value(right),
        );
        expect(pairsOf(await use((dataset) => rowsOf(dataset, { unit: "pair", sort })))).toEqual(order);
        const first = (row: number): number => Math.min(...[0, 1, 2].map((index) => order.indexOf(3 * row + index)));
        const samples = [0, 1, 2, 3].sort((left, right) => first(left) - first(right));
        expect(sampleRowsOf(await use((dataset) => rowsOf(dataset, { unit: "sample", sort })))).toEqual(samples);
        sessions.close();
      }),
      { numRuns: 8 },
    );
  });

  it("shows of a sample the captions that fit, and samples without captions only where no caption is asked about", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 60, captionsPerSample: 3 });
    const second = await use((dataset) => rowsOf(dataset, { unit: "sample", where: "captionIndex = 1" }));
    expect(second).toHaveLength(59);
    expect(second.every(({ captions }) => captions.length === 1 && captions[0]?.captionIndex === 1)).toBe(true);
    const notLow = await use((dataset) => openView(dataset, { unit: "sample", where: "not clipScore < 0" }));
    expect(notLow.count).toBe(59);
    const ofFolder = await use((dataset) => openView(dataset, { unit: "sample", where: "folder = garden" }));
    expect(ofFolder).toMatchObject({ count: 15, pairs: 42 });
    const troubled = await use((dataset) => rowsOf(dataset, { unit: "sample", where: "problem = missingCaption" }));
    expect(sampleRowsOf(troubled)).toEqual([40]);
  });

  it("stays as it is when verdicts change, and tells them as they are now", async () => {
    const { env, use } = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 2 });
    const { view } = await use((dataset) => openView(dataset, { unit: "pair", where: "verdict = keep", sort: "-pair" }));
    const named = [{ sample: "garden/00.jpg", captionIndex: 1 }];
    await use((dataset) => setVerdicts(env, dataset, { targets: { kind: "named", pairs: named }, decision: "drop", reason: "dark" }));
    const { rows } = await use((dataset) => readPage(dataset, { view, from: 18, to: 20, fields: ["clipScore"] }));
    expect(rows.map(({ captions: [caption] }) => caption)).toMatchObject([
      { pair: 1, verdict: "drop", actor: "person", reason: "dark" },
      { pair: 0, verdict: "keep", actor: null, reason: null },
    ]);
    expect(rows[0]?.verdict).toBe("keep");
    await use((dataset) =>
      setVerdicts(env, dataset, { targets: { kind: "view", view, ranges: [[19, 20]] }, decision: "drop", reason: "" }),
    );
    expect((await use((dataset) => readPage(dataset, { view, from: 18, to: 19, fields: [] }))).rows[0]?.verdict).toBe("drop");
    expect((await use((dataset) => openView(dataset, { unit: "pair", where: "verdict = keep" }))).count).toBe(18);
  });

  it("orders and filters by similarities, one a sample, and shows them", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 6, captionsPerSample: 2, problems: false });
    const values = Float32Array.of(0.25, 0.75, Number.NaN, 0.5, 0, -0.25);
    const generation = (await use((dataset) => Promise.resolve(dataset))).generation;
    const rows = await use((dataset) => rowsOf(dataset, { unit: "sample", sort: "-similarity", similarity: { generation, values } }));
    expect(sampleRowsOf(rows)).toEqual([1, 3, 0, 4, 5, 2]);
    expect(rows.map(({ similarity }) => similarity)).toEqual([0.75, 0.5, 0.25, 0, -0.25, null]);
    const close = { unit: "pair", where: "similarity >= 0.25 and captionIndex = 0", similarity: { generation, values } } as const;
    expect(pairsOf(await use((dataset) => rowsOf(dataset, close)))).toEqual([0, 2, 6]);
    await expect(use((dataset) => openView(dataset, { unit: "pair", sort: "similarity" }))).rejects.toThrow(FieldError);
    const old = { unit: "pair", similarity: { generation: "g-old", values } } as const;
    await expect(use((dataset) => openView(dataset, old))).rejects.toThrow(GenerationGoneError);
    const short = { unit: "pair", similarity: { generation, values: values.subarray(1) } } as const;
    await expect(use((dataset) => openView(dataset, short))).rejects.toThrow("Expected 6 similarities, one a sample, but received 5");
  });

  it("filters by sets of samples with all their pairs, and says when a set is gone", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 50, captionsPerSample: 2 });
    const set = await use((dataset) => saveSamples(dataset, Uint32Array.of(40, 3, 3, 7)));
    expect(pairsOf(await use((dataset) => rowsOf(dataset, { unit: "pair", where: `set = "${set}"` })))).toEqual([6, 7, 14, 15]);
    const samples = await use((dataset) => rowsOf(dataset, { unit: "sample", where: `set = ${set} and not folder = night` }));
    expect(sampleRowsOf(samples)).toEqual([40]);
    await expect(use((dataset) => openView(dataset, { unit: "pair", where: "set = gone" }))).rejects.toThrow(SetGoneError);
  });

  it("keeps the latest lists and says when one is gone", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 5 });
    const first = await use((dataset) => openView(dataset, { unit: "pair" }));
    for (let count = 0; count < 7; count += 1) await use((dataset) => openView(dataset, { unit: "sample" }));
    const page = { view: first.view, from: 0, to: 1, fields: [] };
    expect((await use((dataset) => readPage(dataset, page))).rows).toHaveLength(1);
    await use((dataset) => openView(dataset, { unit: "sample" }));
    await expect(use((dataset) => readPage(dataset, page))).rejects.toThrow(ViewGoneError);
  });
});

describe("readPage", () => {
  it("gives fewer rows at the end and refuses more than 500", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 5 });
    const { view } = await use((dataset) => openView(dataset, { unit: "pair" }));
    const read = (from: number, to: number): Promise<unknown> => use((dataset) => readPage(dataset, { view, from, to, fields: [] }));
    expect(await read(3, 100)).toMatchObject({ from: 3, rows: [{ sampleRow: 3 }, { sampleRow: 4 }] });
    expect(await read(9, 12)).toMatchObject({ rows: [] });
    for (const [from, to] of [
      [0, 501],
      [-1, 3],
      [4, 3],
      [0.5, 3],
    ] as const)
      await expect(read(from, to), `${from} to ${to}`).rejects.toThrow("Expected positions from 0, at most 500");
  });

  it("tells the fields that are asked for, null where they are unknown", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 2, clipScore: [0.5, Number.NaN] });
    const rows = await use((dataset) => rowsOf(dataset, { unit: "pair" }, ["clipScore", "truncated", "captionTokens"]));
    expect(rows.map(({ captions }) => captions[0]?.signals)).toEqual([
      { clipScore: 0.5, truncated: false, captionTokens: 8 },
      { clipScore: null, truncated: null, captionTokens: 9 },
    ]);
    await expect(use((dataset) => rowsOf(dataset, { unit: "pair" }, ["colour"]))).rejects.toThrow(FieldError);
  });
});
