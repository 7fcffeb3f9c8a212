import { numberOption, parseOptions, textOption, type Options, type OptionTable } from "../../prune/options.ts";
import type { ModelFamily } from "./families.ts";

/** Options of every job for a text-to-image trainer. */
export const imageJobOptions = {
  name: { kind: "text", about: "name of what is trained", otherwise: "tuned" },
  model: { kind: "text", about: "the base model, a name or a path (the family's usual one)" },
  resolution: { kind: "number", about: "side of training in pixels (what the family was made for)" },
  batchSize: { kind: "number", about: "pictures a step", otherwise: 1 },
  epochs: { kind: "number", about: "times that all is shown", otherwise: 10 },
  rate: { kind: "number", about: "learning rate", otherwise: 1e-4 },
  rank: { kind: "number", about: "rank of the LoRA", otherwise: 16 },
  seed: { kind: "number", about: "of training and of the first sample picture", otherwise: 1 },
  precision: { kind: "choice", about: "numbers that are trained in", choices: ["bf16", "fp16", "no"], otherwise: "bf16" },
  trigger: { kind: "text", about: "the word that captions begin with where they don't hold it" },
  by: { kind: "choice", about: "what a subset is made of", choices: ["concept", "folder", "all"], otherwise: "concept" },
  repeats: { kind: "number", about: "times that a picture of the largest subset is shown an epoch", otherwise: 1 },
  mostRepeats: {
    kind: "number",
    about: "how often more a small subset may be repeated to even them out; 1 leaves them uneven",
    otherwise: 10,
  },
  samples: { kind: "number", about: "sample pictures a checkpoint, each of a prompt and a seed that stay the same", otherwise: 4 },
  sampleEvery: { kind: "number", about: "epochs from one checkpoint with its sample pictures to the next", otherwise: 1 },
  python: { kind: "text", about: "the interpreter that has the trainer's packages", otherwise: "python" },
  trainerFolder: { kind: "text", about: "the trainer's checkout" },
} as const satisfies OptionTable;

/** The settings of a job, with what the family says where a person says nothing. `accumulate` is batches a step. */
export interface JobSettings {
  readonly name: string;
  readonly family: string;
  readonly model: string;
  readonly resolution: number;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly epochs: number;
  readonly rate: number;
  readonly rank: number;
  readonly seed: number;
  readonly precision: string;
  readonly trigger: string | undefined;
  readonly by: string;
  readonly repeats: number;
  readonly mostRepeats: number;
  readonly samples: number;
  readonly sampleEvery: number;
  readonly python: string;
  readonly trainerFolder: string | undefined;
}

/** What a trainer brings to the table of its options. */
interface Optioned {
  readonly name: string;
  readonly families: readonly ModelFamily[];
  readonly options: OptionTable;
}

const whole = ["batchSize", "accumulate", "epochs", "rank", "repeats", "mostRepeats", "sampleEvery", "resolution"] as const;

/** All options of a trainer's job, its own behind those that all have. */
export function jobOptions({ families, options }: Optioned): OptionTable {
  const ids = families.map(({ id }) => id);
  return { ...imageJobOptions, family: { kind: "choice", about: "kind of base model", choices: ids, otherwise: ids[0]! }, ...options };
}

/** Reads what a person gave for a trainer's job. Throws a `RangeError` in one sentence. */
export function readSettings(trainer: Optioned, given: Readonly<Record<string, unknown>>): { settings: JobSettings; options: Options } {
  const options = parseOptions(jobOptions(trainer), given);
  if (typeof options === "string") throw new RangeError(`${trainer.name}: ${options}`);
  const family = trainer.families.find(({ id }) => id === options["family"])!;
  const text = (name: string): string | undefined => textOption(options, name)?.trim() || undefined;
  const number = (name: string, otherwise: number): number => numberOption(options, name) ?? otherwise;
  const counts = Object.fromEntries(whole.map((name) => [name, number(name, name === "resolution" ? family.resolution : 1)]));
  const wrong = whole.find((name) => !(Number.isSafeInteger(counts[name]) && counts[name]! >= 1));
  if (wrong !== undefined)
    throw new RangeError(`${trainer.name}: Expected a whole number from 1 for ${wrong} but received ${String(counts[wrong])}`);
  const settings = {
    ...(counts as Readonly<Record<(typeof whole)[number], number>>),
    name: safeWord(text("name") ?? imageJobOptions.name.otherwise),
    family: family.id,
    model: text("model") ?? family.model,
    rate: number("rate", imageJobOptions.rate.otherwise),
    seed: number("seed", imageJobOptions.seed.otherwise),
    samples: number("samples", imageJobOptions.samples.otherwise),
    precision: text("precision") ?? imageJobOptions.precision.otherwise,
    trigger: text("trigger"),
    by: text("by") ?? imageJobOptions.by.otherwise,
    python: text("python") ?? imageJobOptions.python.otherwise,
    trainerFolder: text("trainerFolder"),
  };
  if (!(Number.isSafeInteger(settings.samples) && settings.samples >= 0))
    throw new RangeError(`${trainer.name}: Expected a whole number from 0 for samples but received ${settings.samples}`);
  if (!(settings.rate > 0)) throw new RangeError(`${trainer.name}: Expected a number above 0 for rate but received ${settings.rate}`);
  return { settings, options };
}

/** A word that is safe as the name of a file and of a folder in every trainer: letters and digits of any script, the rest as one "-". */
export function safeWord(text: string): string {
  const word = text
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  return Array.from(word).slice(0, 40).join("").replace(/-$/, "") || "set";
}
