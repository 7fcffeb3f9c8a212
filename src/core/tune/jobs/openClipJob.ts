import type { JobData, TuneJob } from "../tuneJob.ts";
import type { PythonPlace } from "./fullJob.ts";
import { launchWords, processesOf } from "./launch.ts";

/** The id of open_clip's own trainer. */
export const openClipTrainer = "open_clip";

/** What stock open_clip writes, by its name below the run's folder: its log and a checkpoint an epoch. */
export const openClipFiles = { name: "open_clip", log: "open_clip/out.log", checkpoints: "open_clip/checkpoints" } as const;

/** Settings of stock open_clip. `batch` counts the pairs that one process takes at once, `accumulate` how many such make a step. */
export interface OpenClipSettings {
  readonly model: string;
  readonly pretrained: string | null;
  readonly epochs: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly rate: number;
  readonly decay: number;
  /** The share of all steps in which the rate rises. */
  readonly warmup: number;
  readonly clip: number;
  readonly unlockedImage: number | null;
  readonly unlockedText: number | null;
  readonly precision: "fp32" | "amp" | "amp_bf16";
  readonly device: "cuda" | "cpu";
  readonly workers: number;
  readonly seed: number;
  readonly siglip: boolean;
  readonly gradCheckpointing: boolean;
  readonly tensorBoard: boolean;
}

/** What is taken where nobody says otherwise. Stock's own values are those of training from the beginning: a rate of 5e-4, 10,000 steps of warm-up, 32 epochs. */
export const openClipDefaults = {
  pretrained: null,
  epochs: 3,
  batch: 64,
  accumulate: 4,
  rate: 1e-5,
  decay: 0.1,
  warmup: 0.1,
  clip: 1,
  unlockedImage: null,
  unlockedText: null,
  precision: "amp_bf16",
  device: "cuda",
  workers: 2,
  seed: 0,
  siglip: false,
  gradCheckpointing: false,
  tensorBoard: false,
} as const satisfies Omit<OpenClipSettings, "model">;

/** The lists of pairs that are trained on and evaluated, by absolute paths. */
export interface OpenClipData extends JobData {
  readonly train: string;
  readonly validation: string | undefined;
}

/** How many steps of the optimizer an epoch has: what doesn't fill a batch of all processes is dropped. */
export function openClipSteps(settings: OpenClipSettings, pairs: number, processes: number): number {
  return Math.floor(Math.floor(pairs / (settings.batch * processes)) / settings.accumulate);
}

/**
 * The job of stock open_clip. Started again it goes on from its last epoch, which is all that it saves. Its `program` is a module, so the place's is not used. Throws a RangeError where
 * the pairs don't fill one step, of which stock makes an error of its own, or nothing at all.
 */
export function openClipJob(settings: OpenClipSettings, data: OpenClipData, place: Omit<PythonPlace, "program">): TuneJob {
  const { python, folder, launch } = place;
  const { train, validation, ...counts } = data;
  const processes = processesOf(launch);
  const each = openClipSteps(settings, data.pairs, processes);
  if (each === 0)
    throw new RangeError(
      `${data.pairs} pairs don't fill one step of ${settings.batch} × ${settings.accumulate} × ${processes}: make the batch smaller, or accumulate less`,
    );
  const steps = settings.epochs * each;
  const args = [
    ...pair("train-data", train),
    ...(validation === undefined ? [] : pair("val-data", validation)),
    ...["--dataset-type", "csv"],
    ...pair("model", settings.model),
    ...(settings.pretrained === null ? [] : pair("pretrained", settings.pretrained)),
    ...learning(settings, Math.floor(settings.warmup * steps)),
    ...(processes > 1 ? ["--local-loss", "--gather-with-grad"] : []),
    ...pair("logs", folder),
    ...pair("name", openClipFiles.name),
    ...pair("log-every-n-steps", Math.max(1, Math.floor(each / 20))),
    ...["--save-frequency", "1", "--val-frequency", "1", "--zeroshot-frequency", "0"],
    // Where there is nothing yet, it begins.
    ...["--resume", "latest"],
    ...(settings.tensorBoard ? ["--report-to", "tensorboard"] : []),
  ];
  return {
    schema: 1,
    trainer: openClipTrainer,
    command: python,
    args: launchWords(launch, { kind: "module", name: "open_clip_train.main", args }),
    env: { PYTHONUNBUFFERED: "1" },
    cwd: folder,
    folder,
    files: [],
    data: counts,
    epochs: settings.epochs,
    steps,
    seconds: undefined,
    memoryBytes: undefined,
  };
}

function learning(settings: OpenClipSettings, warmupSteps: number): readonly string[] {
  const { unlockedImage, unlockedText } = settings;
  return [
    ...pair("epochs", settings.epochs),
    ...pair("batch-size", settings.batch),
    ...pair("accum-freq", settings.accumulate),
    ...pair("lr", settings.rate),
    ...pair("wd", settings.decay),
    ...pair("warmup", warmupSteps),
    ...(settings.clip > 0 ? pair("grad-clip-norm", settings.clip) : []),
    ...(unlockedImage === null ? [] : ["--lock-image", ...pair("lock-image-unlocked-groups", unlockedImage)]),
    ...(unlockedText === null ? [] : ["--lock-text", ...pair("lock-text-unlocked-layers", unlockedText)]),
    ...pair("precision", settings.precision),
    ...pair("device", settings.device),
    ...pair("workers", settings.workers),
    ...pair("seed", settings.seed),
    ...(settings.siglip ? ["--siglip"] : []),
    ...(settings.gradCheckpointing ? ["--grad-checkpointing"] : []),
  ];
}

function pair(name: string, value: string | number): readonly [string, string] {
  return [`--${name}`, String(value)];
}
