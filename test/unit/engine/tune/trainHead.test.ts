import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { losses } from "../../../../src/core/losses/losses.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import type { Canary } from "../../../../src/core/tune/canary.ts";
import type { HeadJob } from "../../../../src/core/tune/job.ts";
import { meanRecall } from "../../../../src/core/tune/retrieval.ts";
import { rowsAt } from "../../../../src/core/tune/rows.ts";
import type { TuneSet } from "../../../../src/core/tune/tuneSet.ts";
import type { Checkpoint } from "../../../../src/engine/tune/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../../../../src/engine/tune/checkpoint.ts";
import { readSafetensors, writeSafetensors } from "../../../../src/engine/tune/safetensors.ts";
import type { Metric, Trained } from "../../../../src/engine/tune/trainHead.ts";
import { trainHead } from "../../../../src/engine/tune/trainHead.ts";
import { madeJob, madeSet, turnedAbout } from "./made.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "winnow-tune-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Followed {
  readonly trained: Trained;
  readonly metrics: readonly Metric[];
  readonly checkpoints: readonly Checkpoint[];
}

async function follow(
  job: HeadJob,
  set: TuneSet,
  { from, canary }: { readonly from?: Checkpoint; readonly canary?: Canary } = {},
): Promise<Followed> {
  const metrics: Metric[] = [];
  const checkpoints: Checkpoint[] = [];
  const trained = await trainHead(job, set, {
    gemm: createPlainGemm(),
    now: () => 0,
    check: () => undefined,
    report: (metric) => Promise.resolve(void metrics.push(metric)),
    keep: (checkpoint) => Promise.resolve(void checkpoints.push(checkpoint)),
    onProgress: () => undefined,
    canary,
    from,
  });
  return { trained, metrics, checkpoints };
}

/** Pictures that lie where their texts do: what turning the images towards the texts of `madeSet` forgets. */
function madeCanary(): Canary {
  const { texts } = madeSet();
  const rows = rowsAt(
    texts,
    Array.from({ length: 64 }, (_, at) => 2 * at),
  );
  return { images: rows, texts: rows };
}

const epochLosses = ({ metrics }: Followed): number[] => metrics.flatMap((metric) => (metric.kind === "epoch" ? [metric.loss] : []));

describe("a checkpoint", () => {
  it("that is damaged is told, with what to do", async () => {
    const path = join(folder, "checkpoint.safetensors");
    const { checkpoints } = await follow(madeJob({ epochs: 1 }), madeSet());
    await writeCheckpoint(path, checkpoints[0]!);
    const whole = await readFile(path);
    for (const bytes of [
      whole.subarray(0, whole.length >> 1),
      whole.subarray(0, 4),
      Buffer.alloc(0),
      Buffer.from("not at all one of these"),
    ]) {
      await writeFile(path, bytes);
      await expect(readCheckpoint(path)).rejects.toThrow(/checkpoint\.safetensors can't be read as safetensors \(.*\): delete it/);
    }
    await writeSafetensors(path, { tensors: {}, metadata: { winnow: "{" } });
    await expect(readCheckpoint(path)).rejects.toThrow("is no checkpoint of this version of Winnow");
  });
});

it("goes on without the canary from a checkpoint that was written before it was watched", async () => {
  const path = join(folder, "checkpoint.safetensors");
  const { checkpoints } = await follow(madeJob({ epochs: 1 }), madeSet(), { canary: madeCanary() });
  expect(checkpoints[0]!.before.canary).toBe(1);
  await writeCheckpoint(path, checkpoints[0]!);
  const { tensors, metadata } = await readSafetensors(path);
  const { canary, ...words } = JSON.parse(metadata["winnow"]!) as Record<string, unknown>;
  expect(canary).toBe(1);
  await writeSafetensors(path, { tensors, metadata: { winnow: JSON.stringify(words) } });
  const { trained } = await follow(madeJob({ epochs: 2, rate: 20 }), madeSet(), { from: await readCheckpoint(path), canary: madeCanary() });
  expect(trained.end).toBe("allEpochs");
});

describe("the head trainer", () => {
  it.each(losses.map(({ id }) => id))("makes %s fall", async (loss) => {
    const followed = await follow(madeJob({ loss, learnsTemperature: false }), madeSet());
    const fallen = epochLosses(followed);
    expect(fallen.at(-1)).toBeLessThan(fallen[0]!);
    expect(fallen).toHaveLength(8);
  });

  it.each(["linear", "lowRank", "adapter"])("brings recall up from a turned start with the head %s", async (head) => {
    const { trained } = await follow(
      madeJob({ head, headOptions: head === "linear" ? {} : { rank: 12, share: 0.9, reduction: 1 }, epochs: 25, rate: 0.02 }),
      madeSet(),
    );
    expect(trained.before.imageToText).toBeLessThan(0.3);
    expect(trained.best.recall.imageToText).toBeGreaterThan(trained.before.imageToText + 0.2);
    expect(trained.best.recall.textToImage).toBeGreaterThan(trained.before.textToImage + 0.2);
  });

  it.each(["infoNce", "iSogClr", "nearestNeighbour", "protoClip", "hardMixing"])(
    "goes on with %s as if it had never stopped",
    async (loss) => {
      const job = madeJob({ loss, epochs: 4 });
      const whole = await follow(job, madeSet());
      const path = join(folder, "checkpoint.safetensors");
      await writeCheckpoint(path, whole.checkpoints[1]!);
      const resumed = await follow(job, madeSet(), { from: await readCheckpoint(path) });
      expect(resumed.trained).toEqual(whole.trained);
      expect(resumed.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
      expect(resumed.metrics).toEqual(whole.metrics.filter((metric) => metric.kind !== "before" && metric.epoch >= 2));
    },
  );

  it("gives the same for the same seed and other things for another", async () => {
    const of = async (seed: number) => (await follow(madeJob({ seed, epochs: 2 }), madeSet())).trained.best.weights;
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  it("ends where recall no longer rises, and gives the best epoch's weights", async () => {
    const { trained, checkpoints } = await follow(madeJob({ epochs: 60, rate: 0.05, patience: 2 }), madeSet());
    expect(trained.end).toBe("noBetter");
    expect(trained.epochs).toBe(trained.best.epoch + 2);
    expect(trained.best.weights).toEqual(checkpoints[trained.best.epoch - 1]!.weights);
  });

  it("ends where recall falls far below what it was, and keeps the best", async () => {
    const aligned = {
      ...madeSet(),
      images: rowsAt(
        madeSet().texts,
        Array.from({ length: 160 }, (_, item) => 2 * item),
      ),
    };
    const job = madeJob({ on: ["image"], rate: 20, decay: 0, warmup: 0 });
    const { trained, checkpoints } = await follow(job, aligned);
    expect([trained.end, trained.epochs, checkpoints.length, trained.best.epoch]).toEqual(["fallen", 1, 1, 0]);
    expect(meanRecall(trained.before)).toBeGreaterThan(0.9);
    expect(trained.best.recall).toEqual(trained.before);
    expect((await follow({ ...job, guard: 0 }, aligned)).trained.end).toBe("allEpochs");
  });

  it("ends where the canary falls far below what it was, however much was learned, and keeps the best epoch before", async () => {
    const job = madeJob({ epochs: 30, rate: 0.02, patience: 0 });
    const forgotten = await follow(job, madeSet(), { canary: madeCanary() });
    const { trained, metrics, checkpoints } = forgotten;
    const watched = metrics.flatMap((metric) => (metric.kind === "step" ? [] : [metric.canary!]));
    expect([trained.end, trained.epochs, trained.best.epoch]).toEqual(["forgotten", watched.length - 1, watched.length - 2]);
    expect(watched[0]).toBe(1);
    expect(watched.at(-2)).toBeGreaterThanOrEqual(0.5);
    expect(watched.at(-1)).toBeLessThan(0.5);
    // It was the best by what is held out.
    const shares = metrics.flatMap((metric) => (metric.kind === "epoch" ? [metric.imageToText! + metric.textToImage!] : []));
    expect(shares.at(-1)).toBe(Math.max(...shares));
    expect(trained.best.weights).toEqual(checkpoints.at(-2)!.weights);
    expect(metrics.at(-1)).toMatchObject({ kind: "epoch", fall: "forgotten" });
    expect((await follow({ ...job, guard: 0 }, madeSet(), { canary: madeCanary() })).trained.end).toBe("allEpochs");
  });

  it("goes on with the canary as if it had never stopped, ends at once after the epoch that forgot, and needs nothing held out", async () => {
    const job = madeJob({ epochs: 30, rate: 0.02, patience: 0 });
    const set = { ...madeSet(), heldOut: new Uint8Array(160) };
    const whole = await follow(job, set, { canary: madeCanary() });
    expect([whole.trained.end, whole.trained.best.epoch]).toEqual(["forgotten", whole.trained.epochs - 1]);
    const path = join(folder, "checkpoint.safetensors");
    for (const checkpoint of [whole.checkpoints[1]!, whole.checkpoints.at(-1)!]) {
      await writeCheckpoint(path, checkpoint);
      const resumed = await follow(job, set, { from: await readCheckpoint(path), canary: madeCanary() });
      expect(resumed.trained).toEqual(whole.trained);
    }
  });

  it("takes no notice of a canary that the encoder doesn't know", async () => {
    const { images, texts } = madeCanary();
    const { trained, metrics } = await follow(madeJob(), madeSet(), { canary: { images, texts: turnedAbout(texts, 3) } });
    expect(trained.end).toBe("allEpochs");
    for (const metric of metrics) expect(metric).not.toHaveProperty("canary");
  });

  it("stops with a sentence where the loss is no number any more", async () => {
    const set = madeSet();
    set.images.values.fill(NaN, 0, 64);
    await expect(follow(madeJob(), set)).rejects.toThrow(/^The loss is no number any more at step \d+: lower the rate/);
  });

  it("says what it lacks", async () => {
    await expect(follow(madeJob({ loss: "none" }), madeSet())).rejects.toThrow(
      /^Expected one of the losses infoNce, .* but received none$/,
    );
    await expect(follow(madeJob(), { ...madeSet(), heldOut: new Uint8Array(160).fill(1) })).rejects.toThrow("fewer than two pairs");
  });
});
