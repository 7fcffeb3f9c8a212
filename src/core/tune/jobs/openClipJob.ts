import type { JobData, TuneJob } from "../tuneJob.ts";
import type { PythonPlace } from "./fullJob.ts";
import { launchWords, processesOf } from "./launch.ts";
import { countShards } from "./shardPlan.ts";
import { parseWandb } from "./wandb.ts";

/** The id of open_clip's own trainer. */
export const openClipTrainer = "open_clip";

/** What stock open_clip writes below the run's folder, in a folder of the name that it was given: its log and a checkpoint an epoch. */
export function openClipFiles({ args }: Pick<TuneJob, "args">): { readonly log: string; readonly checkpoints: string } {
  const name = args[args.indexOf("--name") + 1]!;
  return { log: `${name}/out.log`, checkpoints: `${name}/checkpoints` };
}

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
  readonly device: "auto" | "cpu" | "cuda";
  readonly workers: number;
  readonly seed: number;
  readonly siglip: boolean;
  readonly gradCheckpointing: boolean;
  readonly tensorBoard: boolean;
  readonly wandb: string | null;
  /** How it gets the pairs: as a list of files, or as shards that hold the pictures. */
  readonly data: "auto" | OpenClipDataKind;
}

/** What stock open_clip reads: a CSV with the paths of pictures, or WebDataset shards. */
export type OpenClipDataKind = "csv" | "webdataset";

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
  device: "auto",
  workers: 2,
  // The seed holds images out, too: runs of all trainers have the same ones, and so can be compared.
  seed: 1,
  siglip: false,
  gradCheckpointing: false,
  tensorBoard: false,
  wandb: null,
  data: "auto",
} as const satisfies Omit<OpenClipSettings, "model">;

/** The lists or the shards of pairs that are trained on and evaluated, as paths that are absolute or begin at the run's folder, and how many pairs are held out. */
export interface OpenClipData extends JobData {
  readonly kind: OpenClipDataKind;
  readonly train: string;
  readonly validation: string | undefined;
  readonly heldOutPairs: number;
}

/** From so many pairs on they go into shards: each worker holds the whole list otherwise, and each picture is a file of its own to find. */
const manyPairs = 1_000_000;

/** Which of both it is where nobody says: shards for many pairs, and where pictures lie in no files of their own and are written out anyway. */
export function chooseDataKind(
  { data }: OpenClipSettings,
  found: { readonly pairs: number; readonly hasLoosePictures: boolean },
): OpenClipDataKind {
  if (data !== "auto") return data;
  return found.hasLoosePictures && found.pairs < manyPairs ? "csv" : "webdataset";
}

/** How many processes read shards. */
export function countReaders({ workers }: OpenClipSettings, processes: number): number {
  return Math.max(1, workers) * processes;
}

/** How many steps of the optimizer an epoch has. What doesn't fill a batch of all processes is dropped from a list; shards begin anew until every reader has given as many batches. */
export function openClipSteps(
  settings: OpenClipSettings,
  { kind, pairs }: Pick<OpenClipData, "kind" | "pairs">,
  processes: number,
): number {
  const batches = pairs / (settings.batch * processes);
  const workers = Math.max(1, settings.workers);
  const whole = kind === "csv" ? Math.floor(batches) : Math.ceil(Math.ceil(batches) / workers) * workers;
  return Math.floor(whole / settings.accumulate);
}

/**
 * The job of stock open_clip. Started again it goes on from its last epoch, which is all that it saves. Its `program` is a module, so the place's is not used. Throws a RangeError where
 * the pairs don't fill one step, of which stock makes an error of its own, or nothing at all.
 */
export function openClipJob(settings: OpenClipSettings, data: OpenClipData, place: Omit<PythonPlace, "program">): TuneJob {
  const { python, folder, launch } = place;
  const { train, validation, kind, heldOutPairs, ...counts } = data;
  const processes = processesOf(launch);
  const wandb = settings.wandb === null ? undefined : parseWandb(settings.wandb);
  const each = openClipSteps(settings, data, processes);
  checkFilled(settings, data, processes);
  const steps = settings.epochs * each;
  const args = [
    ...pair("train-data", train),
    ...(validation === undefined ? [] : pair("val-data", validation)),
    ...pair("dataset-type", kind),
    ...(kind === "webdataset" ? [...pair("train-num-samples", data.pairs), ...pair("val-num-samples", heldOutPairs)] : []),
    ...pair("model", settings.model),
    ...(settings.pretrained === null ? [] : pair("pretrained", settings.pretrained)),
    ...learning(settings, Math.floor(settings.warmup * steps)),
    ...(processes > 1 ? ["--local-loss", "--gather-with-grad"] : []),
    ...pair("logs", folder),
    ...pair("name", nameOf(settings, folder)),
    ...pair("log-every-n-steps", Math.max(1, Math.floor(each / 20))),
    ...["--save-frequency", "1", "--val-frequency", "1", "--zeroshot-frequency", "0"],
    // Where there is nothing yet, it begins.
    ...["--resume", "latest"],
    ...reporting(settings),
  ];
  return {
    schema: 1,
    trainer: openClipTrainer,
    command: python,
    args: launchWords(launch, { kind: "module", name: "open_clip_train.main", args }),
    env: { PYTHONUNBUFFERED: "1", ...(wandb?.entity !== undefined && { WANDB_ENTITY: wandb.entity }) },
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

/** W&B knows a run by this name alone, so that it must be another one for each; the folder of the run's own name is the encoder's. */
function nameOf({ wandb }: OpenClipSettings, folder: string): string {
  return wandb === null ? openClipTrainer : `${folder.split(/[\\/]/).at(-1)!}-stock`;
}

function reporting({ tensorBoard, wandb }: OpenClipSettings): readonly string[] {
  const boards = [...(tensorBoard ? ["tensorboard"] : []), ...(wandb === null ? [] : ["wandb"])];
  if (boards.length === 0) return [];
  return [...pair("report-to", boards.join(",")), ...(wandb === null ? [] : pair("wandb-project-name", parseWandb(wandb).project))];
}

function checkFilled(settings: OpenClipSettings, data: OpenClipData, processes: number): void {
  const { batch, accumulate } = settings;
  if (openClipSteps(settings, data, processes) === 0)
    throw new RangeError(
      `${data.pairs} pairs don't fill one step of ${batch} × ${accumulate} × ${processes}: make the batch smaller, or accumulate less`,
    );
  const readers = countReaders(settings, processes);
  // A reader whose shards never fill a batch waits for ever.
  if (data.kind === "webdataset" && Math.floor(data.pairs / countShards({ ...data, readers })) < batch)
    throw new RangeError(
      `${data.pairs} pairs in shards don't fill a batch of ${batch} for each of ${readers} readers: make the batch smaller, or take fewer workers`,
    );
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
    // Where there is no GPU, it goes on with the processor by itself.
    ...pair("device", settings.device === "auto" ? "cuda" : settings.device),
    ...pair("workers", settings.workers),
    ...pair("seed", settings.seed),
    ...(settings.siglip ? ["--siglip"] : []),
    ...(settings.gradCheckpointing ? ["--grad-checkpointing"] : []),
  ];
}

function pair(name: string, value: string | number): readonly [string, string] {
  return [`--${name}`, String(value)];
}
