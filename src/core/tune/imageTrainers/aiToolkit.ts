import { baseOf, splitExtension } from "../../trainers/paths.ts";
import { aiToolkit as aiToolkitReader, aiToolkitPictures } from "../../trainers/readers/aiToolkit.ts";
import { sidecars } from "./captions.ts";
import { families } from "./families.ts";
import type { ConfigValue, Configured, ImageSelection, ImageTrainer, JobSubset } from "./imageTrainer.ts";
import { epochSteps, shownOf } from "./steps.ts";

/** What differs between base models: how ai-toolkit calls them and how they are sampled. */
const models: Readonly<
  Record<string, { readonly flags: { readonly [flag: string]: boolean }; readonly scheduler: string; readonly guidance: number }>
> = {
  flux: { flags: { is_flux: true, quantize: true }, scheduler: "flowmatch", guidance: 4 },
  sdxl: { flags: { is_xl: true }, scheduler: "ddpm", guidance: 7 },
  sd15: { flags: {}, scheduler: "ddpm", guidance: 7 },
};

/** A LoRA by ai-toolkit: `config.yaml` with a dataset a folder. A caption file is one caption to it, so that the first of several goes out. */
export const aiToolkit: ImageTrainer = {
  id: "ai-toolkit",
  name: "ai-toolkit",
  source: "ostris/ai-toolkit, config/examples/train_lora_flux_24gb.yaml and toolkit/config_modules.py (2026)",
  checkout: "git clone https://github.com/ostris/ai-toolkit",
  packages: ["torch", "diffusers", "transformers"],
  families: [families.flux, families.sdxl, families.sd15],
  options: {},
  reads: (name) => aiToolkitPictures.test(name),
  captions: "first",
  folderOf: ({ name }) => `images/${name}`,
  maskOf: ({ name }, picture) => ({ folder: `masks/${name}`, name: `${splitExtension(picture)[0]}.png` }),
  dataFiles: ({ subsets }) => sidecars(subsets, ({ captions }) => captions[0]!),
  configure,
  readings: ({ subsets, settings: { trigger } }) =>
    subsets.map(({ folder, repeats, pictures }) => ({
      folder,
      trainer: aiToolkitReader.id,
      options: { numRepeats: repeats, ...(trigger === undefined ? {} : { trigger }) },
      images: pictures.length,
      shown: repeats * pictures.length,
    })),
  samples: { folder: ({ name }) => `output/${name}/samples`, parse: parseSample },
};

function configure(selection: ImageSelection): Configured {
  const { folder, subsets, settings } = selection;
  const { python, trainerFolder, epochs, batchSize } = settings;
  const steps = epochs * epochSteps(shownOf(subsets), { batchSize });
  return {
    command: python,
    args: [trainerFolder === undefined ? "run.py" : `${trainerFolder}/run.py`, `${folder}/config.yaml`],
    env: {},
    cwd: trainerFolder,
    files: [{ path: "config.yaml", format: "yaml", value: configOf(selection, steps) }],
    steps,
  };
}

function configOf({ folder, subsets, prompts, settings }: ImageSelection, steps: number): ConfigValue {
  const { name, family, model, resolution, batchSize, rate, rank, seed, precision, trigger, epochs, sampleEvery } = settings;
  const { flags, scheduler, guidance } = models[family]!;
  const every = Math.max(1, Math.round((steps / epochs) * sampleEvery));
  const dtype = precision === "no" ? "fp32" : precision;
  const training = {
    type: "sd_trainer",
    training_folder: `${folder}/output`,
    device: "cuda:0",
    trigger_word: trigger,
    network: { type: "lora", linear: rank, linear_alpha: rank },
    save: { dtype: "float16", save_every: every, max_step_saves_to_keep: Math.ceil(epochs / sampleEvery) },
    datasets: subsets.map((subset) => datasetOf(subset, { folder, resolution })),
    train: {
      batch_size: batchSize,
      steps,
      train_unet: true,
      train_text_encoder: false,
      gradient_checkpointing: true,
      noise_scheduler: scheduler,
      optimizer: "adamw",
      lr: rate,
      dtype,
      disable_sampling: prompts.length === 0,
    },
    model: { name_or_path: model, ...flags },
    sample: {
      sampler: scheduler,
      sample_every: every,
      width: resolution,
      height: resolution,
      // What follows two dashes would be taken for an option.
      prompts: prompts.map((prompt) => prompt.replaceAll(/\s--+/g, " ")),
      neg: "",
      seed,
      walk_seed: true,
      guidance_scale: guidance,
      sample_steps: 20,
    },
  };
  return { job: "extension", config: { name, process: [training] }, meta: { name: "[name]", version: "1.0" } };
}

function datasetOf(subset: JobSubset, { folder, resolution }: { readonly folder: string; readonly resolution: number }): ConfigValue {
  return {
    folder_path: `${folder}/${subset.folder}`,
    mask_path: subset.maskFolder === undefined ? undefined : `${folder}/${subset.maskFolder}`,
    caption_ext: "txt",
    caption_dropout_rate: 0.05,
    cache_latents_to_disk: true,
    num_repeats: subset.repeats,
    resolution: [resolution],
  };
}

/** `1700000000000__000000250_0.jpg`: the time, the step and the prompt. */
function parseSample(name: string): ReturnType<NonNullable<ImageTrainer["samples"]>["parse"]> {
  const match = /^(\d+)__(\d{9,})_(\d+)\.\w+$/.exec(baseOf(name));
  if (match === null) return undefined;
  const [, made, at, prompt] = match;
  return { unit: "step", at: Number(at), prompt: Number(prompt), made: made! };
}
