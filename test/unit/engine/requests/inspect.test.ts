import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { openAnalysed } from "../../../../src/engine/requests/analysedDataset.ts";
import { editCaption } from "../../../../src/engine/requests/editCaption.ts";
import { inspect } from "../../../../src/engine/requests/inspect.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import type { Inspection } from "../../../../src/protocol/inspection.ts";
import { writeEncoder } from "../../../encoderFixture.ts";
import { tarOf } from "../discover/tar.ts";
import { createWorkplace } from "../store/workplace.ts";
import { saveMadeAnalysis } from "./analysisFixture.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";

const never = { signal: new AbortController().signal };

async function look(dataset: DiscoveredDataset, sample: string): Promise<Inspection> {
  return await inspect(dataset.env, await dataset.open(), { root: dataset.root, sample }, never);
}

describe("the inspection of a sample", () => {
  it("tells its row, its groups with their sizes, and its problems", async () => {
    const { env, root } = await createWorkplace();
    const made = await saveMadeAnalysis(env, root, { samples: 250, captionsPerSample: 2, files: true });
    const dataset = await openAnalysed(env, root);
    const sample = made.samples[13]!;
    const inspection = await inspect(env, dataset, { root, sample: sample.id }, never);
    expect(inspection).toMatchObject({
      row: {
        sample: sample.id,
        sampleRow: 13,
        width: 800,
        height: 450,
        captions: sample.captions.map(({ text }, captionIndex) => ({ text, captionIndex })),
      },
      path: join(root, sample.id),
      format: "png",
      sizeBytes: 1013,
      contentHash: (13).toString(16).padStart(64, "0"),
      orientation: 1,
      frames: 1,
      problems: [],
      history: [],
    });
    expect(inspection.row.captions[1]?.signals).toMatchObject({
      clipScore: made.clipScore[27],
      suspectedMismatch: expect.any(Boolean) as boolean,
    });
    expect(inspection.groups).toEqual([
      { id: "concept-0002", kind: "concept", name: "cat", members: 21 },
      { id: "confusable-0001", kind: "confusable", name: "confusable 0", members: 3 },
    ]);
    const broken = await inspect(env, dataset, { root, sample: made.samples[60]!.id }, never);
    expect(broken).toMatchObject({ row: { width: null, problems: ["brokenImage"] }, format: null, contentHash: null });
    expect(broken.problems).toEqual([expect.objectContaining({ code: "brokenImage", sample: made.samples[60]!.id })]);
    expect((await inspect(env, dataset, { root, sample: made.samples[40]!.id }, never)).captions).toEqual([]);
    await expect(inspect(env, dataset, { root, sample: "stranger.jpg" }, never)).rejects.toThrow("stranger.jpg is not in the analysis");
    dataset.close();
  });

  it("tells for every signal which share of the known values is lower; unknown is unknown", async () => {
    const { env, root } = await createWorkplace();
    const clipScore = Array.from({ length: 40 }, (_, pair) => (pair % 10 === 9 ? NaN : Math.floor(pair / 2) / 100));
    const made = await saveMadeAnalysis(env, root, { samples: 20, captionsPerSample: 2, clipScore, problems: false, groups: false });
    const dataset = await openAnalysed(env, root);
    for (const row of [0, 4, 7, 19]) {
      const { captions } = await inspect(env, dataset, { root, sample: made.samples[row]!.id }, never);
      for (const [index, { standings }] of captions.entries()) {
        const value = made.clipScore[row * 2 + index]!;
        const known = [...made.clipScore].filter((score) => !Number.isNaN(score));
        const expected = Number.isNaN(value)
          ? { value: null, below: null }
          : { value, below: known.filter((score) => score < value).length / known.length };
        expect(standings.find(({ signal }) => signal === "clipScore")).toEqual({ signal: "clipScore", ...expected });
      }
      const pixels = captions[0]?.standings.find(({ signal }) => signal === "pixels");
      const all = made.samples.map((_, at) => (200 + (at % 7) * 100) * (150 + (at % 5) * 100));
      expect(pixels).toEqual({ signal: "pixels", value: all[row], below: all.filter((count) => count < all[row]!).length / all.length });
      const truncated = captions[0]?.standings.find(({ signal }) => signal === "truncated");
      expect(truncated?.value === null ? null : typeof truncated?.value).toBe(truncated?.value === null ? null : "boolean");
    }
    dataset.close();
  });

  it("has the captions' tokens as the analysis' encoder cuts them, and none where that is gone or another", async () => {
    const { env, outside } = await createWorkplace();
    const folder = await writeEncoder(outside);
    const { descriptor } = await readEncoder(env, folder);
    const caption = "abc defghijklmnop";
    const files = { "a.jpg": "1", "a.txt": `${caption}\nxyz` };
    const dataset = await createDiscovered(files, { encoderFolder: folder, encoderId: descriptor.id });
    const { captions } = await look(dataset, "a.jpg");
    expect(captions[0]?.tokens).toEqual({ pieces: Array.from(caption), kept: 14, limit: 16 });
    expect(captions[1]?.tokens).toEqual({ pieces: ["x", "y", "z"], kept: 3, limit: 16 });
    const other = await createDiscovered(files, { encoderFolder: folder, encoderId: "other@0/0/8/fp32" });
    expect((await look(other, "a.jpg")).captions[0]?.tokens).toBeNull();
    const gone = await createDiscovered(files, { encoderFolder: join(outside, "gone"), encoderId: descriptor.id });
    expect((await look(gone, "a.jpg")).captions[0]?.tokens).toBeNull();
  });

  it("says where each caption stands and whether it can be changed there", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one\ntwo" });
    expect((await look(dataset, "a.jpg")).captions).toMatchObject([
      { file: join(dataset.root, "a.txt"), line: 0, row: null, editable: null, author: "import" },
      { line: 1, editable: null },
    ]);
    const packed = await createDiscovered({
      "d-0.tar": await tarOf([
        ["x.png", "123"],
        ["x.txt", "one"],
      ]),
    });
    const inspection = await look(packed, "d-0.tar#x.png");
    expect(inspection).toMatchObject({ path: null, sizeBytes: 3 });
    expect(inspection.captions[0]?.editable).toBeNull();
  });

  it.skipIf(process.getuid?.() === 0)("says of a file that can't be written that it can't be changed", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one" });
    await chmod(join(dataset.root, "a.txt"), 0o400);
    expect((await look(dataset, "a.jpg")).captions[0]?.editable).toMatch(/can't be written by you/);
  });

  it("tells what was done to the sample, the newest first, and not what was done to others", async () => {
    const csv = "filepath,title\na.jpg,one\nb.jpg,two\n";
    const dataset = await createDiscovered({ "a.jpg": "1", "b.jpg": "2", "c.csv": csv });
    const verdict = (text: string): Promise<unknown> =>
      importVerdicts(dataset.env, dataset.root, `sample,captionIndex,verdict,reason\n${text}\n`);
    const edit = async (sample: string, before: string, after: string): Promise<unknown> =>
      await editCaption(dataset.env, await dataset.open(), { root: dataset.root, sample, captionIndex: 0, before, after }, never);
    await verdict("a.jpg,0,drop,first");
    await verdict("b.jpg,0,drop,other");
    await edit("a.jpg", "one", "1");
    await edit("b.jpg", "two", "2");
    await verdict("a.jpg,0,keep,after all");
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    const [of, other] = [await look(dataset, "a.jpg"), await look(dataset, "b.jpg")];
    expect(of.history.map(({ summary, state, by }) => [summary, state, by])).toEqual([
      ["undoes: 1 verdicts", "done", "person"],
      ["1 verdicts", "undone", "person"],
      ['caption 0 of a.jpg: "1" (was "one")', "done", "person"],
      ["1 verdicts", "done", "person"],
    ]);
    expect(other.history.map(({ summary }) => summary)).toEqual(['caption 0 of b.jpg: "2" (was "two")', "1 verdicts"]);
    await writeFile(join(dataset.root, ".winnow/selection.csv"), "gone astray");
    expect((await look(dataset, "a.jpg")).history.length).toBeGreaterThan(0);
  });
});
