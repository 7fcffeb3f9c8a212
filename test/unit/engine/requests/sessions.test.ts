import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { DatasetGoneError } from "../../../../src/engine/requests/currentState.ts";
import { countFitting } from "../../../../src/engine/requests/fitting.ts";
import { openView } from "../../../../src/engine/requests/openView.ts";
import { readPage } from "../../../../src/engine/requests/readPage.ts";
import { createSessions } from "../../../../src/engine/requests/sessions.ts";
import { saveItems } from "../../../../src/engine/requests/sets.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { createWorkplace } from "../store/workplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";
import { saveMadeAnalysis } from "./analysisFixture.ts";

const self = (dataset: AnalysedDataset): Promise<AnalysedDataset> => Promise.resolve(dataset);
const dropped = (dataset: AnalysedDataset): Promise<number> => countFitting(dataset, { where: "verdict = drop" });

describe("sessions", () => {
  it("keep a dataset open between questions, and one that is spelt otherwise is the same", async () => {
    const { sessions, root, use } = await createAnalysedWorkplace({ samples: 20 });
    const first = await use(self);
    expect(await use(self)).toBe(first);
    expect(await sessions.use(join(root, "..", "dataset"), self)).toBe(first);
  });

  it("say that a dataset has no analysis yet, and open it as soon as it has one", async () => {
    const place = await createWorkplace();
    const sessions = createSessions(place.env);
    onTestFinished(() => sessions.close());
    await expect(sessions.use(place.root, self)).rejects.toThrow(`There is no analysis of ${place.root} yet: run one first`);
    await saveMadeAnalysis(place.env, place.root, { samples: 5 });
    expect((await sessions.use(place.root, self)).summary.samples).toBe(5);
  });

  it("see verdicts that another process gives, without opening the tables again", async () => {
    const { env, root, use, made } = await createAnalysedWorkplace({ samples: 20 });
    const before = await use(self);
    expect(await use(dropped)).toBe(0);
    await importVerdicts(env, root, `sample,captionIndex,verdict,reason\n${made.samples[3]!.id},0,drop,dark\n`);
    expect(await use(dropped)).toBe(1);
    const after = await use(self);
    expect(after.tables).toBe(before.tables);
    expect(after.stamp).not.toBe(before.stamp);
    await rm(join(root, ".winnow"), { recursive: true });
    expect(await use(dropped)).toBe(0);
  });

  it("see a file of the state that was changed by hand within the same size", async () => {
    const { root, use, made } = await createAnalysedWorkplace({ samples: 20 });
    const file = join(root, ".winnow", "selection.csv");
    const write = (row: number): Promise<void> =>
      writeFile(file, `sample,captionIndex,captionHash,verdict,actor,reason\n${made.samples[row]!.id},,,drop,person,\n`);
    const droppedSamples = (dataset: AnalysedDataset): Promise<unknown> => dataset.tables.query("SELECT sampleRow FROM verdicts");
    await mkdir(join(root, ".winnow"));
    await write(3);
    expect(await use(droppedSamples)).toEqual([{ sampleRow: 3 }]);
    await write(5);
    await utimes(file, 1, 1);
    expect(await use(droppedSamples)).toEqual([{ sampleRow: 5 }]);
  });

  it("open a new analysis while readers of the one before go on", async () => {
    const { env, root, use } = await createAnalysedWorkplace({ samples: 20, seed: 1 });
    let go: () => void = () => undefined;
    let slow = Promise.resolve(0);
    await new Promise<void>((started) => {
      slow = use(async (dataset) => {
        await new Promise<void>((resolve) => {
          go = resolve;
          started();
        });
        return await countFitting(dataset, {});
      });
    });
    await saveMadeAnalysis(env, root, { samples: 30, seed: 2 });
    expect(await use((dataset) => countFitting(dataset, {}))).toBe(30);
    go();
    expect(await slow).toBe(20);
  });

  it("close the longest unused and keep its lists and sets", async () => {
    const place = await createWorkplace();
    const sessions = createSessions(place.env, { datasets: 2, pairs: 1_000 });
    onTestFinished(() => sessions.close());
    const roots = ["a", "b", "c"].map((name) => join(place.outside, name));
    for (const root of roots) await saveMadeAnalysis(place.env, root, { samples: 10 });
    const [first, second, third] = roots as [string, string, string];
    const before = await sessions.use(first, self);
    const set = await sessions.use(first, (dataset) => saveItems(dataset, Int32Array.of(2, 7)));
    const { view } = await sessions.use(first, (dataset) => openView(dataset, { unit: "pair", sort: "-pair" }));
    await sessions.use(second, self);
    await sessions.use(third, self);
    await expect(before.tables.query("SELECT 1")).rejects.toThrow();
    const page = await sessions.use(first, (dataset) => readPage(dataset, { view, from: 0, to: 2, fields: [] }));
    expect(page.rows.map(({ sampleRow }) => sampleRow)).toEqual([9, 8]);
    expect(await sessions.use(first, (dataset) => countFitting(dataset, { where: `set = ${set}` }))).toBe(2);
  });

  it("say that a folder is gone, and go on when it is back", async () => {
    const { root, use } = await createAnalysedWorkplace({ samples: 20 });
    expect(await use(dropped)).toBe(0);
    await rename(root, `${root}-away`);
    await expect(use(dropped)).rejects.toThrow(DatasetGoneError);
    await rename(`${root}-away`, root);
    expect(await use(dropped)).toBe(0);
  });

  it("open a dataset once for many who ask at the same time", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 20 });
    const all = await Promise.all(Array.from({ length: 8 }, () => use(self)));
    expect(new Set(all.map(({ tables }) => tables)).size).toBe(1);
  });
});
