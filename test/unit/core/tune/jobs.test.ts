import { describe, expect, it } from "vitest";
import { fullDefaults, fullJob } from "../../../../src/core/tune/jobs/fullJob.ts";
import { launchWords, programOf } from "../../../../src/core/tune/jobs/launch.ts";
import { chooseDataKind, openClipDefaults, openClipFiles, openClipJob } from "../../../../src/core/tune/jobs/openClipJob.ts";
import { parseOpenClipLine } from "../../../../src/core/tune/jobs/openClipLog.ts";
import type { OpenClipTold } from "../../../../src/core/tune/jobs/openClipLog.ts";
import { hasLostLoss, metricsFromLog } from "../../../../src/core/tune/jobs/openClipMetrics.ts";
import { readFullSettings, readOpenClipSettings } from "../../../../src/core/tune/jobs/settings.ts";
import { countShards, dealShards, nameShards } from "../../../../src/core/tune/jobs/shardPlan.ts";
import { slurmScript } from "../../../../src/core/tune/jobs/slurm.ts";

const data = { images: 1_000, pairs: 5_000, captions: 4_800, shown: 1_000 };
const place = {
  python: "/env/bin/python",
  program: "/winnow/train_full.py",
  folder: "/data set/.winnow/runs/one",
  launch: { kind: "alone" },
} as const;
const settings = { ...fullDefaults, model: "ViT-B-32", pretrained: "openai" };
const lists = {
  ...data,
  kind: "csv",
  heldOutPairs: 100,
  train: "/out/captions_train.csv",
  validation: "/out/captions_validation.csv",
} as const;

/** What follows an option among the words of a job. */
function after(args: readonly string[], option: string): string | undefined {
  return args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
}

describe("the job of the trainer full", () => {
  it("names the program, the folder and the settings, and counts steps by images", () => {
    const job = fullJob(settings, data, place);
    expect([job.command, ...job.args]).toEqual(["/env/bin/python", "/winnow/train_full.py", "/data set/.winnow/runs/one"]);
    expect(job.steps).toBe(3 * 4);
    expect(JSON.parse(job.files[0]!.text)).toEqual(settings);
    expect([job.seconds, job.memoryBytes]).toEqual([undefined, undefined]);
  });

  it("runs under torchrun on one machine, and on several that meet", () => {
    const script = { kind: "script", path: "/t.py", args: ["/run"] } as const;
    expect(launchWords({ kind: "machine", processes: 2 }, script).join(" ")).toBe(
      "-m torch.distributed.run --standalone --nproc-per-node 2 -- /t.py /run",
    );
    const machines = { kind: "machines", machines: 3, processes: 8, endpoint: "first:29500", id: "7" } as const;
    expect(launchWords(machines, script).join(" ")).toBe(
      "-m torch.distributed.run --nnodes 3 --rdzv-id 7 --rdzv-backend c10d --rdzv-endpoint first:29500 --nproc-per-node 8 -- /t.py /run",
    );
  });
});

describe("the job of stock open_clip", () => {
  it("has the values of fine-tuning, and goes on where it was", () => {
    const job = openClipJob({ ...openClipDefaults, model: "local-dir:/m" }, lists, place);
    expect(job.args.slice(0, 2)).toEqual(["-m", "open_clip_train.main"]);
    // 5,000 pairs are 78 batches of 64, and 4 of those make a step.
    expect(job.steps).toBe(3 * 19);
    expect(["--lr", "--warmup", "--resume", "--model", "--logs"].map((option) => after(job.args, option))).toEqual([
      "0.00001",
      "5",
      "latest",
      "local-dir:/m",
      "/data set/.winnow/runs/one",
    ]);
    expect(job.args).not.toContain("--pretrained");
    expect(job.args).not.toContain("--gather-with-grad");
  });

  it("reports to W&B under the run's own name, for stock goes by it alone", () => {
    const job = openClipJob({ ...openClipDefaults, model: "ViT-B-32", tensorBoard: true, wandb: "team/flowers" }, lists, place);
    expect(["--name", "--report-to", "--wandb-project-name"].map((option) => after(job.args, option))).toEqual([
      "one-stock",
      "tensorboard,wandb",
      "flowers",
    ]);
    expect(job.env["WANDB_ENTITY"]).toBe("team");
    expect(openClipFiles(job)).toEqual({ log: "one-stock/out.log", checkpoints: "one-stock/checkpoints" });
    expect(() => readOpenClipSettings("ViT-B-32", { wandb: "a/b/c" })).toThrow("Expected project or entity/project for wandb");
  });

  it("puts torchrun's words before its own, and locks layers where it is told to", () => {
    const locked = { ...openClipDefaults, model: "ViT-B-32", pretrained: "openai", unlockedImage: 2 };
    const { args } = openClipJob(locked, lists, { ...place, launch: { kind: "machine", processes: 2 } });
    expect(args.slice(0, 8).join(" ")).toBe("-m torch.distributed.run --standalone --nproc-per-node 2 -m -- open_clip_train.main");
    expect(after(args, "--lock-image-unlocked-groups")).toBe("2");
    expect(args).toContain("--gather-with-grad");
  });

  it("says where the pairs don't fill a step, of which stock trains nothing at all", () => {
    const few = { ...lists, pairs: 200 };
    expect(() => openClipJob({ ...openClipDefaults, model: "ViT-B-32" }, few, place)).toThrow(
      "200 pairs don't fill one step of 64 × 4 × 1",
    );
  });
});

describe("shards for stock open_clip", () => {
  const shards = { ...lists, kind: "webdataset", train: "shards/train-{000000..000001}.tar" } as const;

  it("are told with their counts, and begin anew until every worker has given as many batches", () => {
    const job = openClipJob({ ...openClipDefaults, model: "ViT-B-32", accumulate: 1 }, shards, place);
    expect(["--dataset-type", "--train-num-samples", "--val-num-samples"].map((option) => after(job.args, option))).toEqual([
      "webdataset",
      "5000",
      "100",
    ]);
    // 5,000 pairs are 79 batches of 64, of which each of two workers gives 40.
    expect(job.steps).toBe(3 * 80);
  });

  it("must fill a batch for every reader, for one that can't waits for ever", () => {
    const few = { ...shards, pairs: 200 };
    const settings = { ...openClipDefaults, model: "ViT-B-32", accumulate: 1, workers: 4 };
    expect(() => openClipJob(settings, few, place)).toThrow("200 pairs in shards don't fill a batch of 64 for each of 4 readers");
  });

  it("are chosen for many pairs, for pictures in archives, and where they are asked for", () => {
    const settings = { ...openClipDefaults, model: "ViT-B-32" };
    expect(chooseDataKind(settings, { pairs: 5_000, hasLoosePictures: true })).toBe("csv");
    expect(chooseDataKind(settings, { pairs: 5_000, hasLoosePictures: false })).toBe("webdataset");
    expect(chooseDataKind(settings, { pairs: 2_000_000, hasLoosePictures: true })).toBe("webdataset");
    expect(chooseDataKind({ ...settings, data: "csv" }, { pairs: 2_000_000, hasLoosePictures: false })).toBe("csv");
  });

  it("are as many for each reader, and each a sample of all pairs", () => {
    expect([countShards({ pairs: 50, readers: 4 }), countShards({ pairs: 90_000, readers: 4 })]).toEqual([4, 12]);
    const dealt = dealShards({ pairs: 1_000, readers: 4, seed: 3 });
    const counts = [0, 1, 2, 3].map((shard) => dealt.filter((own) => own === shard).length);
    expect(counts).toEqual([250, 250, 250, 250]);
    expect(new Set(dealt.subarray(0, 20)).size).toBe(4);
    expect(dealShards({ pairs: 1_000, readers: 4, seed: 3 })).toEqual(dealt);
    expect([nameShards("shards", "train", 1), nameShards("shards", "train", 4)]).toEqual([
      "shards/train-000000.tar",
      "shards/train-{000000..000003}.tar",
    ]);
  });
});

describe("the program of a job", () => {
  it.each([
    { kind: "script", path: "/t.py", args: ["/run"] } as const,
    { kind: "module", name: "open_clip_train.main", args: ["--logs", "--"] } as const,
  ])("is found again among its words: $kind", (program) => {
    expect(programOf(launchWords({ kind: "alone" }, program))).toEqual(program);
    expect(programOf(launchWords({ kind: "machine", processes: 4 }, program))).toEqual(program);
  });
});

describe("a job for Slurm", () => {
  it("starts one torchrun a machine, quotes what a shell would take apart, and keeps its work before its time is over", () => {
    const job = fullJob(settings, data, place);
    const script = slurmScript(job, { name: "winnow", machines: 2, gpus: 4, cores: 16, time: "08:00:00" }, ["export_encoder.py", "a b"]);
    expect(script).toContain("#SBATCH --nodes=2\n");
    expect(script).toContain("#SBATCH --signal=TERM@120\n");
    expect(script).toContain("cd '/data set/.winnow/runs/one' || exit 1\n");
    expect(script).toContain("#SBATCH --output='/data set/.winnow/runs/one/log.txt'\n");
    expect(script).toContain("/env/bin/python export_encoder.py 'a b' | tail -n 1 > exported.json || finish failed $?\n");
    expect(script).toContain('--rdzv-endpoint "${first}:29500" --nproc-per-node 4 -- /winnow/train_full.py ');
    expect(script).not.toContain("--partition");
  });
});

describe("the log of stock open_clip", () => {
  const stamp = "2026-11-29,09:30:01 | INFO | ";

  it("tells steps with their loss, mean loss and temperature", () => {
    const line = `${stamp}Train Epoch: 1 [ 128/1000 (13%)] Data (t): 0.012 Batch (t): 0.210, 304.1/s, 304.1/s/gpu LR: 0.000010 Logit Scale: 14.286 Contrastive_loss: 4.1001 (4.1502) Loss: 4.1001 (4.1502)`;
    expect(parseOpenClipLine(line)).toEqual({
      kind: "step",
      epoch: 1,
      pairs: 128,
      loss: 4.1001,
      meanLoss: 4.1502,
      rate: 0.00001,
      temperature: 1 / 14.286,
      atMs: Date.UTC(2026, 10, 29, 9, 30, 1),
    });
    expect(parseOpenClipLine(line.replaceAll("4.1001", "nan"))).toMatchObject({ loss: NaN, meanLoss: 4.1502 });
  });

  it("tells recall of the epoch that is over", () => {
    const line = `${stamp}Eval Epoch: 2 image_to_text_mean_rank: 3.2500\timage_to_text_R@1: 0.1250\ttext_to_image_R@1: 0.2500\tclip_val_loss: 2.0813`;
    expect(parseOpenClipLine(line)).toMatchObject({ kind: "recall", epoch: 1, imageToText: 0.125, textToImage: 0.25 });
    expect(parseOpenClipLine(`${stamp}Eval Epoch: 2 [16 / 16]\tClip Loss: 2.081300\t`)).toBeUndefined();
    expect(parseOpenClipLine("Traceback (most recent call last):")).toBeUndefined();
  });
});

describe("metrics of the log", () => {
  const step = (epoch: number, pairs: number, loss: number): OpenClipTold => ({
    kind: "step",
    ...{ epoch, pairs, loss, meanLoss: loss + 1, rate: 0.1, temperature: 0.07, atMs: 1_000 * (epoch * 10 + pairs) },
  });
  const recall: OpenClipTold = { kind: "recall", epoch: 0, imageToText: 0.5, textToImage: 0.25, atMs: 9_000 };
  const counts = { pairsEach: 2, stepsEach: 2, isOver: false };

  it("are steps, and epochs with recall where it is told", () => {
    const found = metricsFromLog([step(0, 2, 4), step(0, 4, 3), recall, step(1, 2, 2)], counts);
    expect(found.map(({ kind, step: at, loss }) => [kind, at, loss])).toEqual([
      ["step", 0, 4],
      ["step", 1, 3],
      ["epoch", 2, 4],
      ["step", 2, 2],
    ]);
    expect(found[2]).toMatchObject({ imageToText: 0.5, textToImage: 0.25, temperature: 0.07, ms: 7_000 });
  });

  it("take what was done again after a kill for what was done first, and tell the last epoch once it is over", () => {
    const told = [step(0, 2, 4), step(0, 4, 3), step(1, 2, 2), step(1, 2, 1.5), step(1, 4, 1)];
    expect(metricsFromLog(told, counts).filter(({ kind }) => kind === "epoch")).toHaveLength(1);
    const over = metricsFromLog(told, { ...counts, isOver: true });
    expect(over.map(({ loss }) => loss)).toEqual([4, 3, 4, 1.5, 1, 2]);
    expect(over.at(-1)).toMatchObject({ kind: "epoch", imageToText: null });
  });

  it("tell of a loss that is no number", () => {
    expect(hasLostLoss([step(0, 2, 4)])).toBe(false);
    expect(hasLostLoss([step(0, 2, NaN)])).toBe(true);
    expect(metricsFromLog([step(0, 2, NaN)], counts)).toEqual([]);
  });
});

describe("settings of the Python trainers", () => {
  it("are the usual ones with what a person says over them", () => {
    const said = readFullSettings("ViT-B-32", { batch: "512", unlockedImage: 2, confusable: "true", precision: "bf16", rate: undefined });
    expect(said).toEqual({ ...fullDefaults, model: "ViT-B-32", batch: 512, unlockedImage: 2, confusable: true, precision: "bf16" });
    expect(readOpenClipSettings("ViT-B-32", { unlockedText: "null" }).unlockedText).toBeNull();
  });

  it.each([
    [{ batchSize: 1 }, 'but received "batchSize"'],
    [{ batch: "many" }, 'Expected a number of 0 or more for batch but received "many"'],
    [{ batch: null }, "Expected a number for batch"],
    [{ loss: "clip" }, 'for loss but received "clip"'],
    [{ confusable: 3 }, "Expected true or false for confusable"],
  ])("say what is off about %o", (given, why) => {
    expect(() => readFullSettings("ViT-B-32", given)).toThrow(why);
  });
});
