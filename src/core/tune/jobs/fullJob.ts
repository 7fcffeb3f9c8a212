import type { LossOptions } from "../../losses/loss.ts";
import { jobDefaults } from "../job.ts";
import type { JobData, TuneJob } from "../tuneJob.ts";
import type { Launch } from "./launch.ts";
import { launchWords } from "./launch.ts";

/** The id of Winnow's own Python trainer. */
export const fullTrainer = "full";

/** The files of a run of the trainer `full`, in its folder: the settings, the pairs that it trains on, those of the canary, how it says that it stands, and the folder of the tuned model. */
export const fullFiles = {
  settings: "full.json",
  pairs: "pairs.jsonl",
  canary: "canary.jsonl",
  state: "trainer.json",
  model: "model",
} as const;

/**
 * What the trainer `full` reads from `full.json`; the same names stand in `src/trainers/full/settings.py`, with what each means. `batch` counts images over all processes, `chunk` those
 * that one process encodes at once.
 */
export interface FullSettings {
  /** A name of open_clip, or `local-dir:FOLDER`. */
  readonly model: string;
  /** A tag or a file of weights, where the name alone has none. */
  readonly pretrained: string | null;
  /** Begins from chance where there are no weights. */
  readonly scratch: boolean;
  readonly loss: string;
  readonly lossOptions: LossOptions;
  readonly epochs: number;
  readonly batch: number;
  readonly chunk: number;
  readonly rate: number;
  readonly decay: number;
  readonly warmup: number;
  /** The largest length of a step's derivative; 0 cuts none. */
  readonly clip: number;
  /** Null is the model's own. */
  readonly temperature: number | null;
  readonly learnsTemperature: boolean;
  /** How many of a tower's last layers learn; null is all. */
  readonly unlockedImage: number | null;
  readonly unlockedText: number | null;
  /** 0 is no LoRA. */
  readonly loraRank: number;
  /** The share of the tuned weights in the end (WiSE-FT). */
  readonly interpolation: number;
  /** How many epochs may bring no better recall before the run ends; 0 lets it go on. */
  readonly patience: number;
  /** Below this share of what they were at the beginning, recall or that on the canary ends the run; 0 lets it go on. Where both are 0, the last epoch's weights go out and not the best's. */
  readonly guard: number;
  readonly confusable: boolean;
  readonly augment: boolean;
  readonly precision: "fp32" | "bf16";
  readonly device: "auto" | "cpu" | "cuda";
  readonly workers: number;
  /** Reads every picture once and keeps it in memory as the model wants it. */
  readonly keepPictures: boolean;
  readonly seed: number;
  readonly checkpointSteps: number;
  readonly gradCheckpointing: boolean;
  readonly tensorBoard: boolean;
  /** The project of Weights & Biases that gets the metrics, too: `project` or `entity/project`; null is none. */
  readonly wandb: string | null;
}

/** What is taken where nobody says otherwise: rates and steps of fine-tuning, not of training from the beginning. */
export const fullDefaults = {
  pretrained: null,
  scratch: false,
  loss: "infoNce",
  lossOptions: {},
  epochs: 3,
  batch: 256,
  chunk: 64,
  rate: 1e-5,
  decay: 0.1,
  warmup: 0.1,
  clip: 1,
  temperature: null,
  learnsTemperature: true,
  unlockedImage: null,
  unlockedText: null,
  loraRank: 0,
  interpolation: 1,
  patience: jobDefaults.patience,
  guard: jobDefaults.guard,
  confusable: false,
  augment: false,
  precision: "fp32",
  device: "auto",
  workers: 2,
  keepPictures: false,
  seed: 1,
  checkpointSteps: 0,
  gradCheckpointing: false,
  tensorBoard: false,
  wandb: null,
} as const satisfies Omit<FullSettings, "model">;

/** Where a job of a Python trainer runs: the Python, the trainer's program, the run's folder, all by absolute paths. */
export interface PythonPlace {
  readonly python: string;
  readonly program: string;
  readonly folder: string;
  readonly launch: Launch;
}

/** The job of the trainer `full`. It is resumed by being started again; a stop file in its folder ends it. `data.shown` are the images of an epoch. */
export function fullJob(settings: FullSettings, data: JobData, { python, program, folder, launch }: PythonPlace): TuneJob {
  return {
    schema: 1,
    trainer: fullTrainer,
    command: python,
    args: launchWords(launch, { kind: "script", path: program, args: [folder] }),
    // A log that comes late looks like a run that stands still.
    env: { PYTHONUNBUFFERED: "1" },
    cwd: folder,
    folder,
    files: [{ path: fullFiles.settings, text: `${JSON.stringify(settings, undefined, 2)}\n` }],
    data,
    epochs: settings.epochs,
    steps: settings.epochs * Math.ceil(data.shown / settings.batch),
    seconds: undefined,
    memoryBytes: undefined,
  };
}
