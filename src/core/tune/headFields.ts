import { losses } from "../losses/losses.ts";
import { parseOptions, type Options, type OptionTable } from "../prune/options.ts";
import { providerChoices, type ProviderChoice } from "../providers.ts";
import { towers } from "./headModel.ts";
import { heads } from "./heads/heads.ts";
import { jobDefaults, type SaidJob } from "./job.ts";

const { loss, head, epochs, batch, rate, decay, warmup, learnsTemperature, seed, patience, guard, confusable, heldOut } = jobDefaults;

/** What ends a run before its last epoch: the same for all trainers that measure recall by themselves. */
export const endFields: OptionTable = {
  patience: { kind: "number", about: "How many epochs may bring no better recall before the run ends; 0 for never", otherwise: patience },
  guard: {
    kind: "number",
    about: "Below this share of the recall at the beginning, or of that on pictures that come with Winnow, the run ends; 0 for never",
    otherwise: guard,
  },
};

/** All that a person may choose of a run of the head trainer, with the usual values: what the wizard asks and tasks.json completes. */
export const headFields: OptionTable = {
  loss: { kind: "choice", about: "What is minimised", choices: losses.map(({ id }) => id), otherwise: loss },
  lossSettings: { kind: "text", about: "Settings of the loss that differ from its own, such as margin=0.1, structure=2", otherwise: "" },
  head: { kind: "choice", about: "What is trained on the frozen vectors", choices: heads.map(({ id }) => id), otherwise: head },
  headSettings: { kind: "text", about: "Settings of the head that differ from its own, such as rank=8", otherwise: "" },
  on: { kind: "choice", about: "Which side of the encoder", choices: ["both", ...towers], otherwise: "both" },
  epochs: { kind: "number", about: "How often all images are seen", otherwise: epochs },
  batch: { kind: "number", about: "Images in a batch", otherwise: batch },
  rate: { kind: "number", about: "AdamW's learning rate", otherwise: rate },
  decay: { kind: "number", about: "Decoupled weight decay", otherwise: decay },
  warmup: { kind: "number", about: "The share of all steps in which the rate rises, 0 to 1", otherwise: warmup },
  temperature: { kind: "number", about: "What cosines are divided by at the beginning; the encoder's own where nothing is set" },
  learnsTemperature: { kind: "flag", about: "Whether the temperature is learned, too", otherwise: learnsTemperature },
  ...endFields,
  confusable: { kind: "flag", about: "Put confusable groups into one batch", otherwise: confusable },
  heldOut: { kind: "share", about: "What is held out where there is no validation split", otherwise: heldOut },
  seed: { kind: "number", about: "Of all that is left to chance", otherwise: seed },
  provider: { kind: "choice", about: "Where the products are computed", choices: providerChoices, otherwise: "auto" },
};

/** What a person said of a run by `headFields`, or a sentence that says what is off. Whether numbers are in range is for the whole job to say. */
export function saidFromOptions(given: Readonly<Record<string, unknown>>): SaidJob | string {
  const options = parseOptions(headFields, given);
  if (typeof options === "string") return options;
  const lossOptions = parseSettings(options, "lossSettings", losses.find(({ id }) => id === options["loss"])?.options);
  const headOptions = parseSettings(options, "headSettings", heads.find(({ id }) => id === options["head"])?.options);
  if (typeof lossOptions === "string") return lossOptions;
  if (typeof headOptions === "string") return headOptions;
  const side = towers.find((tower) => tower === options["on"]);
  return {
    loss: String(options["loss"]),
    head: String(options["head"]),
    lossOptions,
    headOptions,
    on: side === undefined ? towers : [side],
    ...numbersOf(options, ["epochs", "batch", "rate", "decay", "warmup", "temperature", "patience", "guard", "seed"]),
    learnsTemperature: options["learnsTemperature"] === true,
    confusable: options["confusable"] === true,
    heldOut: String(options["heldOut"]),
    provider: options["provider"] as ProviderChoice,
  };
}

function numbersOf<Name extends keyof SaidJob>(options: Options, names: readonly Name[]): Partial<Record<Name, number>> {
  const found = names.flatMap((name) => (typeof options[name] === "number" ? [[name, options[name]] as const] : []));
  return Object.fromEntries(found) as Partial<Record<Name, number>>;
}

/** Reads an option such as `margin=0.1, structure=2`; a sentence where a name is none of the known, or a value no number. */
export function parseSettings(
  options: Options,
  name: string,
  known: Readonly<Record<string, number>> = {},
): Record<string, number> | string {
  const settings: Record<string, number> = {};
  const parts = String(options[name] ?? "").split(",");
  for (const part of parts.map((text) => text.trim()).filter((text) => text !== "")) {
    const [key = "", value = ""] = part.split("=").map((text) => text.trim());
    const names = Object.keys(known);
    if (!names.includes(key)) return `Expected ${names.length === 0 ? "nothing" : names.join(", ")} for ${name} but received ${part}`;
    if (value === "" || !Number.isFinite(Number(value))) return `Expected a number for ${key} of ${name} but received ${part}`;
    settings[key] = Number(value);
  }
  return settings;
}
