import { baseOf } from "../../trainers/paths.ts";
import { simpleTuner as simpleTunerReader, simpleTunerPictures } from "../../trainers/readers/simpleTuner.ts";
import { sidecars } from "./captions.ts";
import { families } from "./families.ts";
import type { ConfigFile, ConfigValue, Configured, ImageSelection, ImageTrainer, JobSubset } from "./imageTrainer.ts";
import { smallBuckets } from "./simpleTunerBuckets.ts";
import { epochSteps, shownOf } from "./steps.ts";

const guidance: Readonly<Record<string, number>> = { flux: 4, sdxl: 5 };

/**
 * A LoRA by SimpleTuner: `config/config.json`, and `config/multidatabackend.json` with a backend a folder. A mask goes by its picture's whole name there, so that only PNG pictures
 * take theirs along.
 */
export const simpleTuner: ImageTrainer = {
  id: "simpletuner",
  name: "SimpleTuner",
  source: "bghira/SimpleTuner 3.1.6, documentation/DATALOADER.md, helpers/multiaspect and helpers/metadata",
  packages: ["torch", "simpletuner"],
  families: [families.flux, families.sdxl],
  options: {
    accumulate: { kind: "number", about: "batches a step of the optimizer", otherwise: 1 },
    shuffle: {
      kind: "flag",
      about: "shuffle the parts of a caption between commas, the trigger word stays first (versions after 3.1)",
      otherwise: false,
    },
  },
  reads: (name) => simpleTunerPictures.test(name),
  captions: "drawn",
  folderOf: ({ name }) => `images/${name}`,
  maskOf: ({ name }, picture) => (/\.png$/i.test(picture) ? { folder: `masks/${name}`, name: picture } : undefined),
  dataFiles: ({ subsets }) => sidecars(subsets, ({ captions }) => captions.join("\n")),
  configure,
  readings: ({ subsets, settings: { trigger } }) =>
    subsets.map(({ folder, repeats, pictures }) => ({
      folder,
      trainer: simpleTunerReader.id,
      options: { repeats: repeats - 1, ...(trigger === undefined ? {} : { trigger }) },
      images: pictures.length,
      shown: repeats * pictures.length,
    })),
  samples: { folder: () => "output/validation_images", parse: parseSample },
};

function configure(selection: ImageSelection): Configured {
  const { subsets, settings } = selection;
  const steps = settings.epochs * epochSteps(shownOf(subsets), settings);
  return {
    command: besidePython(settings.python),
    args: ["train"],
    // It tells accelerate a precision of its own, whatever the configuration says.
    env: { CONFIG_BACKEND: "json", CONFIG_PATH: "config/config.json", MIXED_PRECISION: settings.precision },
    cwd: undefined,
    files: [configFile(selection, steps), backendFile(selection), ...promptFiles(selection)],
    steps,
    warnings: warningsOf(selection),
  };
}

/** A package's program lies beside its interpreter; one without a folder is found as the interpreter is. */
function besidePython(python: string): string {
  return python.replace(/[^\\/]*$/, "simpletuner");
}

/** A bucket of an aspect that doesn't fill a step would end the training before it begins. */
function warningsOf({ subsets, settings: { resolution, batchSize, accumulate } }: ImageSelection): string[] {
  const perStep = batchSize * accumulate;
  const small = smallBuckets(subsets, { resolution, perStep });
  const [first] = small;
  if (first === undefined) return [];
  const what = `shows ${first.shown} pictures of the aspect ${first.aspect} an epoch and a step takes ${perStep}`;
  const more = small.length === 1 ? "" : `, and so do ${small.length - 1} other buckets`;
  return [
    `SimpleTuner would end at once, because ${first.subset} ${what}${more}: make the step smaller (--batch), or the subsets larger (--option by=all)`,
  ];
}

function configFile({ folder, subsets, prompts, settings }: ImageSelection, steps: number): ConfigFile {
  const { family, model, name, rank, rate, seed, precision, batchSize, accumulate, resolution, epochs, sampleEvery } = settings;
  const every = Math.max(1, Math.round((steps / epochs) * sampleEvery));
  const value = {
    model_family: family,
    model_type: "lora",
    pretrained_model_name_or_path: model,
    // Otherwise it fetches one for SDXL, though the model's lies in its folder.
    pretrained_vae_model_name_or_path: isFolder(model) ? model : undefined,
    data_backend_config: "config/multidatabackend.json",
    // Small subsets would lose pictures to buckets that don't fill a batch.
    disable_bucket_pruning: true,
    aspect_bucket_alignment: 64,
    aspect_bucket_rounding: 2,
    output_dir: `${folder}/output`,
    lora_type: "standard",
    lora_rank: rank,
    lora_alpha: rank,
    learning_rate: rate,
    lr_scheduler: "constant",
    optimizer: "adamw_bf16",
    mixed_precision: precision,
    train_batch_size: batchSize,
    gradient_accumulation_steps: accumulate,
    gradient_checkpointing: true,
    max_train_steps: steps,
    num_train_epochs: 0,
    checkpoint_step_interval: every,
    // Where there is none yet, it begins.
    resume_from_checkpoint: "latest",
    masked_loss_probability: subsets.some(({ isMasked }) => isMasked) ? 1 : undefined,
    seed,
    validation_seed: prompts.length > 0 ? seed : undefined,
    validation_step_interval: prompts.length > 0 ? every : undefined,
    validation_resolution: `${resolution}x${resolution}`,
    validation_guidance: guidance[family]!,
    validation_num_inference_steps: 20,
    user_prompt_library: prompts.length > 0 ? "config/prompts.json" : undefined,
    validation_disable_unconditional: true,
    report_to: "none",
    tracker_project_name: name,
    tracker_run_name: name,
  };
  return { path: "config/config.json", format: "json", value };
}

/** What names a place on a disk rather than a repository. */
function isFolder(model: string): boolean {
  return /^(?:[/\\~.]|[A-Za-z]:)/.test(model);
}

function backendFile(selection: ImageSelection): ConfigFile {
  const texts = {
    id: "text-embeds",
    type: "local",
    dataset_type: "text_embeds",
    default: true,
    cache_dir: `${selection.folder}/cache/text`,
  };
  return {
    path: "config/multidatabackend.json",
    format: "json",
    value: [...selection.subsets.flatMap((subset) => backendsOf(subset, selection)), texts],
  };
}

/** A subset as a backend, with one of its masks where it has some. No picture is left out for its size. */
function backendsOf(subset: JobSubset, { folder, settings, options }: ImageSelection): ConfigValue[] {
  const { name, repeats, maskFolder } = subset;
  const common = {
    type: "local",
    crop: false,
    resolution: settings.resolution,
    resolution_type: "pixel_area",
    minimum_image_size: 0,
  };
  const kept = settings.trigger === undefined ? 0 : settings.trigger.split(",").length;
  const images = {
    id: name,
    dataset_type: "image",
    instance_data_dir: `${folder}/${subset.folder}`,
    cache_dir_vae: `${folder}/cache/vae/${name}`,
    ...common,
    caption_strategy: "textfile",
    caption_shuffle:
      options["shuffle"] === true
        ? { enable: true, count: 3, seed: settings.seed, split_on: "comma", position_start: kept, include_original: true }
        : undefined,
    repeats: repeats - 1,
    conditioning_data: maskFolder === undefined ? undefined : `${name}-masks`,
  };
  if (maskFolder === undefined) return [images];
  const masks = {
    id: `${name}-masks`,
    dataset_type: "conditioning",
    conditioning_type: "mask",
    source_dataset_id: name,
    instance_data_dir: `${folder}/${maskFolder}`,
    cache_dir_vae: `${folder}/cache/vae/${name}-masks`,
    ...common,
    caption_strategy: "instanceprompt",
    instance_prompt: "mask",
  };
  return [images, masks];
}

/** The names become parts of the sample pictures' names. */
function promptFiles({ prompts }: ImageSelection): ConfigFile[] {
  if (prompts.length === 0) return [];
  const value = Object.fromEntries(prompts.map((prompt, at) => [`prompt${String(at).padStart(2, "0")}`, prompt]));
  return [{ path: "config/prompts.json", format: "json", value }];
}

/** `step_250_prompt00_0_1024x1024.png`; versions before 2 wrote no number before the size. */
function parseSample(name: string): ReturnType<NonNullable<ImageTrainer["samples"]>["parse"]> {
  const match = /^step_(\d+)_prompt(\d+)_.*\.png$/.exec(baseOf(name));
  if (match === null) return undefined;
  return { unit: "step", at: Number(match[1]), prompt: Number(match[2]), made: "" };
}
