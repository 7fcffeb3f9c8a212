import { appendFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMetricsSummaries } from "../../../../src/engine/tune/metricsSummary.ts";
import { createWorkplace } from "../store/workplace.ts";

const epoch = (at: number, recall: number): string =>
  `${JSON.stringify({ kind: "epoch", epoch: at, step: 4, loss: 2, imageToText: recall, textToImage: recall, temperature: 0.1, ms: 500 })}\n`;
const before = `${JSON.stringify({ kind: "before", imageToText: 0.1, textToImage: 0.3 })}\n`;

it("sums up what is new of a file, waits for the rest of a line, and begins anew with another file", async () => {
  const { root: folder } = await createWorkplace();
  const path = join(folder, "metrics.jsonl");
  const summaries = createMetricsSummaries(() => 0);
  const unknown = { stepMs: null, loss: null, recallBefore: null, recallBest: null };
  expect(await summaries.read(folder)).toEqual({ epochs: 0, epochsMs: 0, steps: 0, ...unknown, points: [] });
  await writeFile(path, `${before}not a metric\n${epoch(0, 0.5)}${epoch(1, 0.4).slice(0, 20)}`);
  expect(await summaries.read(folder)).toEqual({
    ...{ epochs: 1, epochsMs: 500, steps: 0, stepMs: null, loss: 2, recallBefore: 0.2, recallBest: 0.5 },
    points: [
      { epoch: 0, loss: null, imageToText: 0.1, textToImage: 0.3 },
      { epoch: 1, loss: 2, imageToText: 0.5, textToImage: 0.5 },
    ],
  });
  await appendFile(path, epoch(1, 0.4).slice(20));
  expect(await summaries.read(folder)).toMatchObject({ epochs: 2, epochsMs: 1_000, recallBest: 0.5 });
  // What was read isn't read again: were it, this would be seen.
  const whole = (before + epoch(0, 0.9)).padEnd((before + "not a metric\n" + epoch(0, 0.5) + epoch(1, 0.4)).length, " ");
  await writeFile(path, whole);
  expect(await summaries.read(folder)).toMatchObject({ epochs: 2, recallBest: 0.5 });
  await writeFile(join(folder, "other"), whole);
  await rename(join(folder, "other"), path);
  expect(await summaries.read(folder)).toMatchObject({ epochs: 1, recallBest: 0.9 });
  await writeFile(path, before);
  expect(await summaries.read(folder)).toMatchObject({ epochs: 0, recallBest: 0.2 });
});

it("tells the canary where it is watched, and takes no epoch for the best by which a run ended, for it forgot", async () => {
  const { root: folder } = await createWorkplace();
  const lines = [before, epoch(0, 0.5), epoch(1, 0.9)].map((line) => JSON.parse(line) as object);
  const watched = lines.map((line, at) => ({ ...line, canary: 0.9 - 0.3 * at, ...(at === 2 && { fall: "forgotten" }) }));
  await writeFile(join(folder, "metrics.jsonl"), watched.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { recallBest, points } = await createMetricsSummaries(() => 0).read(folder);
  expect(recallBest).toBe(0.5);
  expect(points.map(({ canary, isForgotten }) => [canary?.toFixed(1), isForgotten])).toEqual([
    ["0.9", undefined],
    ["0.6", undefined],
    ["0.3", true],
  ]);
});

it("leaves recall unknown where nothing is held out", async () => {
  const { root: folder } = await createWorkplace();
  await writeFile(join(folder, "metrics.jsonl"), `${JSON.stringify({ kind: "before", imageToText: null, textToImage: null })}\n`);
  expect(await createMetricsSummaries(() => 0).read(folder)).toMatchObject({ recallBefore: null, recallBest: null });
});

it("times steps from the first look on, and not before", async () => {
  const { root: folder } = await createWorkplace();
  const path = join(folder, "metrics.jsonl");
  const step = (at: number): string => `${JSON.stringify({ kind: "step", epoch: 0, step: at, loss: 2, rate: 0.1 })}\n`;
  let nowMs = 0;
  const summaries = createMetricsSummaries(() => nowMs);
  await writeFile(path, step(0) + step(1));
  nowMs = 5_000;
  expect(await summaries.read(folder)).toMatchObject({ steps: 2, stepMs: null });
  await appendFile(path, step(2) + step(3));
  nowMs = 6_000;
  expect(await summaries.read(folder)).toMatchObject({ steps: 4, stepMs: 500 });
});
