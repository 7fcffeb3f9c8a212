import { numberOption, parseOptions, type Options } from "../../prune/options.ts";
import { createTally } from "../../trainers/dryRun.ts";
import { bucketOptions } from "../../trainers/kohyaBuckets.ts";
import { baseOf, folderOf, splitExtension } from "../../trainers/paths.ts";
import { kohya as kohyaReader, kohyaPictures } from "../../trainers/readers/kohya.ts";
import { commonOptions } from "../../trainers/trainer.ts";
import { sidecars } from "./captions.ts";
import { families } from "./families.ts";
import type { ConfigFile, Configured, ExpectedReading, ImageSelection, ImageTrainer, JobPicture, JobSubset } from "./imageTrainer.ts";

const { minBucketReso, bucketResoSteps, bucketNoUpscale } = bucketOptions;
const scripts: Readonly<Record<string, string>> = { sdxl: "sdxl_train_network.py", sd15: "train_network.py" };
/** The greatest that sd-scripts take for `max_token_length`: captions are long more often than not. */
const tokens = 225;

/** A LoRA by kohya's sd-scripts: `dataset.toml` with a subset a folder, and `train.toml` for the rest. The folders are named for `--train_data_dir`, too. */
export const kohya: ImageTrainer = {
  id: "kohya",
  name: "kohya sd-scripts",
  source: "kohya-ss/sd-scripts v0.10.1, docs/config_README-en.md and library/train_util.py",
  checkout: "git clone https://github.com/kohya-ss/sd-scripts",
  packages: ["torch", "accelerate", "diffusers", "transformers"],
  families: [families.sdxl, families.sd15],
  options: {
    accumulate: { kind: "number", about: "batches a step of the optimizer", otherwise: 1 },
    shuffle: { kind: "flag", about: "shuffle the parts of a caption between commas, the trigger word stays first", otherwise: false },
    enableBucket: { kind: "flag", about: "sort pictures into buckets of different aspect", otherwise: true },
    minBucketReso,
    maxBucketReso: { kind: "number", about: "greatest side of a bucket (twice the resolution)" },
    bucketResoSteps,
    bucketNoUpscale,
  },
  reads: (name) => kohyaPictures.test(name),
  captions: "drawn",
  folderOf: ({ name, repeats, isMasked }) => `${isMasked ? "masked" : "images"}/${repeats}_${name}`,
  maskOf: ({ name, repeats }, picture) => ({ folder: `masks/${repeats}_${name}`, name: `${splitExtension(picture)[0]}.png` }),
  dataFiles: ({ subsets }) => sidecars(subsets, textOf),
  configure,
  readings: (selection) => blocksOf(selection.subsets).map((subsets) => readingOf(subsets, selection)),
  resume: resumeWords,
  samples: { folder: () => "output/sample", parse: parseSample },
};

/** Masked subsets and others are of different kinds to sd-scripts and can't be in one dataset. */
function blocksOf(subsets: readonly JobSubset[]): readonly (readonly JobSubset[])[] {
  return [false, true].map((isMasked) => subsets.filter((subset) => subset.isMasked === isMasked)).filter(({ length }) => length > 0);
}

function isDrawn({ pictures }: JobSubset): boolean {
  return pictures.some(({ captions }) => captions.length > 1);
}

/** Where one of several lines is drawn, braces mean a choice and are doubled to stay braces. */
function textOf({ captions }: JobPicture, subset: JobSubset): string {
  const text = captions.join("\n");
  return isDrawn(subset) ? text.replaceAll(/[{}]/g, (brace) => brace + brace) : text;
}

function configure(selection: ImageSelection): Configured {
  const { folder, settings, subsets } = selection;
  const { python, trainerFolder, family, epochs, accumulate } = settings;
  const script = scripts[family]!;
  const args = ["-m", "accelerate.commands.launch", "--num_cpu_threads_per_process", "1"];
  const batches = blocksOf(subsets).reduce((sum, block) => sum + batchesOf(block, selection), 0);
  return {
    command: python,
    args: [...args, trainerFolder === undefined ? script : `${trainerFolder}/${script}`, "--config_file", `${folder}/train.toml`],
    env: {},
    cwd: trainerFolder,
    files: [datasetFile(selection), trainFile(selection), ...promptFiles(selection)],
    steps: epochs * Math.ceil(batches / accumulate),
  };
}

function datasetFile({ folder, subsets, settings, options }: ImageSelection): ConfigFile {
  const buckets = bucketsOf({ settings, options });
  const shuffled = options["shuffle"] === true;
  const kept = settings.trigger === undefined ? 0 : settings.trigger.split(",").length;
  const value = {
    general: { caption_extension: ".txt", shuffle_caption: shuffled, keep_tokens: shuffled ? kept : 0 },
    datasets: blocksOf(subsets).map((block) => ({
      resolution: settings.resolution,
      batch_size: settings.batchSize,
      enable_bucket: buckets.enableBucket,
      min_bucket_reso: buckets.minBucketReso,
      max_bucket_reso: buckets.maxBucketReso,
      bucket_reso_steps: buckets.bucketResoSteps,
      bucket_no_upscale: buckets.bucketNoUpscale,
      subsets: block.map((subset) => ({
        image_dir: `${folder}/${subset.folder}`,
        conditioning_data_dir: subset.maskFolder === undefined ? undefined : `${folder}/${subset.maskFolder}`,
        num_repeats: subset.repeats,
        enable_wildcard: isDrawn(subset),
      })),
    })),
  };
  return { path: "dataset.toml", format: "toml", value };
}

function trainFile({ folder, subsets, prompts, settings }: ImageSelection): ConfigFile {
  const { model, name, rank, rate, epochs, seed, precision, accumulate, sampleEvery } = settings;
  const value = {
    pretrained_model_name_or_path: model,
    dataset_config: `${folder}/dataset.toml`,
    output_dir: `${folder}/output`,
    output_name: name,
    logging_dir: `${folder}/logs`,
    network_module: "networks.lora",
    network_dim: rank,
    network_alpha: rank,
    optimizer_type: "AdamW",
    learning_rate: rate,
    max_train_epochs: epochs,
    gradient_accumulation_steps: accumulate,
    gradient_checkpointing: true,
    mixed_precision: precision,
    cache_latents: true,
    max_token_length: tokens,
    masked_loss: subsets.some(({ isMasked }) => isMasked),
    seed,
    save_model_as: "safetensors",
    save_every_n_epochs: sampleEvery,
    // What a run is resumed from takes twice a checkpoint: the newest alone is kept.
    save_state: true,
    save_last_n_epochs_state: 1,
    sample_prompts: prompts.length > 0 ? `${folder}/prompts.json` : undefined,
    sample_every_n_epochs: prompts.length > 0 ? sampleEvery : undefined,
  };
  return { path: "train.toml", format: "toml", value };
}

/** JSON rather than lines of text, in which " --" would begin an option. */
function promptFiles({ prompts, settings: { resolution, seed } }: ImageSelection): ConfigFile[] {
  if (prompts.length === 0) return [];
  const value = prompts.map((prompt, at) => ({
    prompt,
    width: resolution,
    height: resolution,
    seed: seed + at,
    sample_steps: 20,
    scale: 7,
  }));
  return [{ path: "prompts.json", format: "json", value }];
}

interface Buckets {
  readonly enableBucket: boolean;
  readonly minBucketReso: number;
  readonly maxBucketReso: number;
  readonly bucketResoSteps: number;
  readonly bucketNoUpscale: boolean;
}

function bucketsOf({ settings: { resolution }, options }: Pick<ImageSelection, "settings" | "options">): Buckets {
  return {
    enableBucket: options["enableBucket"] === true,
    minBucketReso: numberOption(options, "minBucketReso") ?? minBucketReso.otherwise,
    maxBucketReso: numberOption(options, "maxBucketReso") ?? 2 * resolution,
    bucketResoSteps: numberOption(options, "bucketResoSteps") ?? bucketResoSteps.otherwise,
    bucketNoUpscale: options["bucketNoUpscale"] === true,
  };
}

/** The options under which the reader of sd-scripts' folders reads a block of subsets. */
function readingOptions(subsets: readonly JobSubset[], selection: ImageSelection): ExpectedReading["options"] {
  const { resolution, batchSize, trigger } = selection.settings;
  return {
    ...bucketsOf(selection),
    resolution: String(resolution),
    batchSize,
    captionExtension: ".txt",
    enableWildcard: subsets.some(isDrawn),
    tokens,
    ...(trigger === undefined ? {} : { trigger }),
  };
}

function readingOf(subsets: readonly JobSubset[], selection: ImageSelection): ExpectedReading {
  return {
    folder: folderOf(subsets[0]!.folder),
    trainer: kohyaReader.id,
    options: readingOptions(subsets, selection),
    images: subsets.reduce((sum, { pictures }) => sum + pictures.length, 0),
    shown: subsets.reduce((sum, { pictures, repeats }) => sum + repeats * pictures.length, 0),
  };
}

/** Batches of an epoch, by the reader's own buckets. */
function batchesOf(subsets: readonly JobSubset[], selection: ImageSelection): number {
  const options = parseOptions({ ...commonOptions, ...kohyaReader.options }, readingOptions(subsets, selection)) as Options;
  const tally = createTally(kohyaReader, options);
  for (const { folder: set, repeats, pictures } of subsets)
    for (const { path, captions: texts, size } of pictures) tally.add({ kind: "pair", image: path, texts, set, repeats, size });
  return tally.result().steps!.perEpoch;
}

/** The newest state, `<name>-000003-state`. Its epoch is said, too: states of a run that was resumed before count from there. */
function resumeWords(names: readonly string[], folder: string): readonly string[] {
  const states = names.flatMap((name) => {
    const epoch = /-(\d{6,})-state$/.exec(name)?.[1];
    return epoch === undefined ? [] : [{ name, epoch: Number(epoch) }];
  });
  const newest = states.sort((a, b) => a.epoch - b.epoch).at(-1);
  return newest === undefined ? [] : ["--resume", `${folder}/output/${newest.name}`, "--initial_epoch", String(newest.epoch + 1)];
}

/** `<name>_e000001_00_20260101120000_1.png`, or without the "e" for a step. */
function parseSample(name: string): ReturnType<NonNullable<ImageTrainer["samples"]>["parse"]> {
  const match = /^(?:.*_)?(e?)(\d{6,})_(\d{2,})_(\d{14})(?:_\d+)?\.png$/.exec(baseOf(name));
  if (match === null) return undefined;
  const [, epoch, at, prompt, made] = match;
  return { unit: epoch === "e" ? "epoch" : "step", at: Number(at), prompt: Number(prompt), made: made! };
}
