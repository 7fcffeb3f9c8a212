import type { OptionField, OptionTable } from "../../prune/options.ts";
import type { ImageTrainer } from "./imageTrainer.ts";
import { jobOptions } from "./settings.ts";

/** What splits prompts in one field. */
const between = "|";

/** What every run is asked for beside its trainer's settings. */
const place = {
  out: {
    kind: "text",
    about: "Where pictures, configuration and results go, outside of the dataset; the run's own folder where nothing is set",
  },
  pictures: { kind: "choice", about: "How the pictures go out", choices: ["copy", "hardlink"], otherwise: "copy" },
  withoutReview: { kind: "flag", about: "Leave out what is in review", otherwise: false },
  prompts: {
    kind: "text",
    about: `Prompts of the sample pictures, with ${between} between them; captions of the largest concepts where nothing is set`,
  },
} as const satisfies OptionTable;

/** The fields of the trainer's checkout and interpreter come first: nothing begins without them. */
const first = ["trainerFolder", "python", "family", "model"] as const;

/** All that a person may choose of a run of a text-to-image trainer, with the usual values: what the wizard asks and tasks.json completes. */
export function imageFields(trainer: ImageTrainer): OptionTable {
  const options = jobOptions(trainer);
  const ahead = Object.fromEntries(first.map((name) => [name, options[name]!]));
  return Object.fromEntries(Object.entries({ ...ahead, ...place, ...options }).map(([name, field]) => [name, asSentence(field)]));
}

/** What was chosen by `imageFields`, parted into what is asked of the place and the settings that are the trainer's; what is left out or empty is undefined. */
export interface ChosenFields {
  readonly out: string | undefined;
  readonly pictures: "copy" | "hardlink" | undefined;
  readonly withoutReview: boolean;
  readonly prompts: readonly string[] | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Parts what a person chose; whether the settings are right is for the trainer to say. */
export function partFields(given: Readonly<Record<string, unknown>>): ChosenFields | string {
  const { out, pictures, withoutReview, prompts, ...settings } = given;
  const modes: readonly unknown[] = [undefined, ...place.pictures.choices];
  if (!modes.includes(pictures))
    return `Expected ${place.pictures.choices.join(" or ")} for pictures but received ${JSON.stringify(pictures)}`;
  return {
    out: textOf(out),
    pictures: pictures as ChosenFields["pictures"],
    withoutReview: String(withoutReview) === "true",
    prompts: textOf(prompts)
      ?.split(between)
      .map((prompt) => prompt.trim())
      .filter((prompt) => prompt !== ""),
    settings,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** The command line's help goes on within a line, a field stands by itself. */
function asSentence(field: OptionField): OptionField {
  return { ...field, about: field.about[0]!.toUpperCase() + field.about.slice(1) };
}
