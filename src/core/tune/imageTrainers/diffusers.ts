import { imageExtensions } from "../../trainers/imagefolderFiles.ts";
import { baseOf, lowerExtension } from "../../trainers/paths.ts";
import { imagefolder } from "../../trainers/readers/imagefolder.ts";
import { families } from "./families.ts";
import type { Configured, ImageSelection, ImageTrainer, JobSubset } from "./imageTrainer.ts";
import { epochSteps } from "./steps.ts";

const folder = "images/train";
const scripts: Readonly<Record<string, string>> = {
  sd15: "train_text_to_image_lora.py",
  sdxl: "train_text_to_image_lora_sdxl.py",
};

/**
 * A LoRA by diffusers' example scripts: an ImageFolder with a row a pair and repeat, and a command line. The scripts know one prompt for sample pictures and give them to TensorBoard
 * alone, so that none lie in files by checkpoint.
 */
export const diffusers: ImageTrainer = {
  id: "diffusers",
  name: "diffusers",
  source: "huggingface/diffusers, examples/text_to_image/train_text_to_image_lora.py",
  checkout: "git clone https://github.com/huggingface/diffusers",
  packages: ["torch", "accelerate", "diffusers", "transformers", "peft", "datasets"],
  families: [families.sd15, families.sdxl],
  options: { accumulate: { kind: "number", about: "batches a step of the optimizer", otherwise: 1 } },
  reads: (name) => imageExtensions.has(lowerExtension(name)),
  captions: "rows",
  folderOf: () => folder,
  // A folder called test below this one would make another split of it.
  nameOf: ({ name }, picture) => `${name}-${picture}`,
  dataFiles: ({ subsets }) => [{ path: `${folder}/metadata.jsonl`, pieces: () => rows(subsets) }],
  configure,
  readings: ({ subsets, settings: { trigger } }) => [
    {
      folder: "images",
      trainer: imagefolder.id,
      options: { captionColumn: "text", ...(trigger === undefined ? {} : { trigger }) },
      images: rowCount(subsets),
      shown: rowCount(subsets),
    },
  ],
};

function* rows(subsets: readonly JobSubset[]): Generator<string> {
  for (const { pictures, repeats } of subsets)
    for (const { path, captions } of pictures)
      for (const text of captions)
        for (let time = 0; time < repeats; time += 1) yield `${JSON.stringify({ file_name: baseOf(path), text })}\n`;
}

function rowCount(subsets: readonly JobSubset[]): number {
  const rowsOf = ({ pictures, repeats }: JobSubset): number => repeats * pictures.reduce((sum, { captions }) => sum + captions.length, 0);
  return subsets.reduce((sum, subset) => sum + rowsOf(subset), 0);
}

function configure({ folder: out, subsets, prompts, settings }: ImageSelection): Configured {
  const { family, model, python, trainerFolder, resolution, batchSize, accumulate, epochs, rate, rank, seed, precision } = settings;
  const script = `examples/text_to_image/${scripts[family]!}`;
  const steps = epochs * epochSteps(rowCount(subsets), settings);
  const said: readonly (readonly [option: string, value: string | number])[] = [
    ["pretrained_model_name_or_path", model],
    ["train_data_dir", `${out}/images`],
    ["caption_column", "text"],
    ["output_dir", `${out}/output`],
    ["resolution", resolution],
    ["train_batch_size", batchSize],
    ["gradient_accumulation_steps", accumulate],
    ["num_train_epochs", epochs],
    ["learning_rate", rate],
    ["lr_scheduler", "constant"],
    ["lr_warmup_steps", 0],
    ["rank", rank],
    ["seed", seed],
    ["mixed_precision", precision],
    // Where there is none yet, it begins.
    ["resume_from_checkpoint", "latest"],
    ["checkpointing_steps", Math.max(1, Math.round((steps / epochs) * settings.sampleEvery))],
    ...prompts
      .slice(0, 1)
      .flatMap((prompt) => [
        ["validation_prompt", prompt] as const,
        ["num_validation_images", settings.samples] as const,
        ["validation_epochs", settings.sampleEvery] as const,
      ]),
  ];
  return {
    command: python,
    args: [
      "-m",
      "accelerate.commands.launch",
      trainerFolder === undefined ? script : `${trainerFolder}/${script}`,
      // One word an option: a prompt may begin with a dash.
      ...said.map(([option, value]) => `--${option}=${value}`),
      "--gradient_checkpointing",
    ],
    env: {},
    cwd: trainerFolder,
    files: [],
    steps,
  };
}
