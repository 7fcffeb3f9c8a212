import { losses } from "../../losses/losses.ts";
import type { OptionField, OptionTable } from "../../prune/options.ts";
import { jobDefaults } from "../job.ts";
import { endFields } from "../headFields.ts";
import { fullDefaults, fullTrainer } from "./fullJob.ts";
import { openClipDefaults, openClipTrainer } from "./openClipJob.ts";

/** The trainers in Python that start from a dataset. */
export type PythonTrainer = typeof fullTrainer | typeof openClipTrainer;

/** What every run in Python is asked for beside its trainer's settings. */
const place: OptionTable = {
  python: { kind: "text", about: "The Python that trains, which has the packages of its trainer", otherwise: "python3" },
  model: {
    kind: "text",
    about: "What is tuned, as open_clip loads it, such as ViT-B-32 or local-dir:folder; what the encoder was made of where nothing is set",
  },
  pretrained: { kind: "text", about: "The tag or the file of the model's weights" },
  processes: { kind: "number", about: "Processes on this machine, under torchrun: one a GPU", otherwise: 1 },
  heldOut: { kind: "share", about: "What is held out where there is no validation split", otherwise: jobDefaults.heldOut },
};

/** What both trainers can be set to, with the words for it. */
const settings = ({ epochs, rate, decay, warmup, clip, workers, seed, gradCheckpointing, tensorBoard }: Shared): OptionTable => ({
  epochs: { kind: "number", about: "How often all images are seen", otherwise: epochs },
  rate: { kind: "number", about: "AdamW's learning rate", otherwise: rate },
  decay: { kind: "number", about: "Decoupled weight decay", otherwise: decay },
  warmup: { kind: "number", about: "The share of all steps in which the rate rises, 0 to 1", otherwise: warmup },
  clip: { kind: "number", about: "The largest length of a step's derivative; 0 cuts none", otherwise: clip },
  unlockedImage: { kind: "number", about: "How many of the image tower's last layers learn; all where nothing is set" },
  unlockedText: { kind: "number", about: "How many of the text tower's last layers learn; all where nothing is set" },
  workers: { kind: "number", about: "Processes that read pictures", otherwise: workers },
  seed: { kind: "number", about: "Of all that is left to chance", otherwise: seed },
  gradCheckpointing: { kind: "flag", about: "Compute layers again on the way back, for less memory", otherwise: gradCheckpointing },
  tensorBoard: { kind: "flag", about: "Write metrics for TensorBoard, too", otherwise: tensorBoard },
  wandb: {
    kind: "text",
    about: "The project of Weights & Biases that gets the metrics, too: project or entity/project; its own login is taken",
  },
});

type Shared = Pick<
  typeof fullDefaults | typeof openClipDefaults,
  "epochs" | "rate" | "decay" | "warmup" | "clip" | "workers" | "seed" | "gradCheckpointing" | "tensorBoard"
>;

const lossField: OptionField = {
  kind: "choice",
  about: "What is minimised",
  choices: losses.map(({ id }) => id),
  otherwise: fullDefaults.loss,
};

/** All that a person may choose of a run in Python, with the usual values: what the wizard asks and tasks.json completes. The settings have the names of `settings.ts`. */
export const pythonFields: Readonly<Record<PythonTrainer, OptionTable>> = {
  [fullTrainer]: {
    ...place,
    loss: lossField,
    lossSettings: { kind: "text", about: "Settings of the loss that differ from its own, such as margin=0.1, structure=2", otherwise: "" },
    batch: { kind: "number", about: "Images in a batch, over all processes", otherwise: fullDefaults.batch },
    chunk: {
      kind: "number",
      about: "Images that one process encodes at once: less memory, the same result",
      otherwise: fullDefaults.chunk,
    },
    ...settings(fullDefaults),
    temperature: { kind: "number", about: "What cosines are divided by at the beginning; the model's own where nothing is set" },
    learnsTemperature: { kind: "flag", about: "Whether the temperature is learned, too", otherwise: fullDefaults.learnsTemperature },
    loraRank: { kind: "number", about: "Rank of LoRA's matrices on both towers; 0 is no LoRA", otherwise: fullDefaults.loraRank },
    interpolation: { kind: "number", about: "The share of the tuned weights in the end (WiSE-FT)", otherwise: fullDefaults.interpolation },
    ...endFields,
    confusable: { kind: "flag", about: "Put confusable groups into one batch", otherwise: fullDefaults.confusable },
    augment: { kind: "flag", about: "Crop pictures at random", otherwise: fullDefaults.augment },
    keepPictures: {
      kind: "flag",
      about: "Read every picture once and keep it in memory, for many epochs of small pictures",
      otherwise: fullDefaults.keepPictures,
    },
    precision: { kind: "choice", about: "Numbers inside of the towers", choices: ["fp32", "bf16"], otherwise: fullDefaults.precision },
    device: { kind: "choice", about: "Where it trains", choices: ["auto", "cpu", "cuda"], otherwise: fullDefaults.device },
    scratch: { kind: "flag", about: "Begin from chance where there are no weights", otherwise: fullDefaults.scratch },
    checkpointSteps: { kind: "number", about: "Steps between checkpoints; 0 for epochs only", otherwise: fullDefaults.checkpointSteps },
  },
  [openClipTrainer]: {
    ...place,
    batch: { kind: "number", about: "Pairs that one process takes at once", otherwise: openClipDefaults.batch },
    accumulate: { kind: "number", about: "Batches that make a step", otherwise: openClipDefaults.accumulate },
    ...settings(openClipDefaults),
    precision: {
      kind: "choice",
      about: "Numbers inside of the towers",
      choices: ["amp_bf16", "amp", "fp32"],
      otherwise: openClipDefaults.precision,
    },
    device: { kind: "choice", about: "Where it trains", choices: ["auto", "cpu", "cuda"], otherwise: openClipDefaults.device },
    data: {
      kind: "choice",
      about: "How it gets the pairs: a list of files, or shards with the pictures, which auto takes for a million pairs and for archives",
      choices: ["auto", "csv", "webdataset"],
      otherwise: openClipDefaults.data,
    },
    siglip: { kind: "flag", about: "SigLIP's loss in the place of CLIP's", otherwise: openClipDefaults.siglip },
  },
};
