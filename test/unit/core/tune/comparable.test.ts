import { expect, it } from "vitest";
import { comparableJob } from "../../../../src/core/tune/comparable.ts";
import { armsOf } from "../../../../src/core/tune/comparisonJob.ts";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { EncoderJob } from "../../../../src/core/tune/tuneJob.ts";
import { madeJob } from "../../engine/tune/made.ts";

const encoder = { id: "e@1" as EncoderId, folder: "/e", name: "e" };
const full: EncoderJob = {
  ...{ schema: 1, trainer: "full", command: "python3", args: ["train_full.py", "/r"], env: {}, cwd: "/r", folder: "/r", files: [] },
  data: { images: 1, pairs: 1, captions: 1, shown: 1 },
  origin: { encoder, heldOut: "10%", seed: 4, digest: "d" },
  ...{ steps: undefined, seconds: undefined, memoryBytes: undefined },
};
const compared = { schema: 1, trainer: "againstRandom", dataset: "/d", of: "one", seeds: 2, job: full } as const;

it("is asked of runs of head and full that were trained here, and told why not of others", () => {
  expect(comparableJob(madeJob(), false)).toEqual(madeJob());
  expect(comparableJob(full, false)).toEqual(full);
  expect(comparableJob(full, true)).toMatch(/^It was trained on a cluster/);
  expect(comparableJob({ ...full, origin: undefined }, false)).toMatch(/^Its job doesn't tell what its pairs were taken from/);
  expect(comparableJob({ ...full, trainer: "open_clip" }, false)).toMatch(/and this one is of open_clip$/);
  expect(comparableJob({ ...full, trainer: "kohya", epochs: 1, prompts: [], samples: null }, false)).toMatch(/^A model that paints/);
  expect(comparableJob(compared, false)).toMatch(/the answer is in the report of the run one$/);
});

it("trains on the kept pairs and on random ones by the same seeds, which count up from the run's own", () => {
  const told = armsOf(compared).map(({ seed, isCurated }) => [seed, isCurated]);
  expect(told).toEqual([
    [4, true],
    [4, false],
    [5, true],
    [5, false],
  ]);
  expect(armsOf({ ...compared, job: madeJob({ seed: 9 }), seeds: 1 }).map(({ seed }) => seed)).toEqual([9, 9]);
});
