import { losses } from "../../losses/losses.ts";
import type { FullSettings } from "./fullJob.ts";
import { fullDefaults } from "./fullJob.ts";
import type { OpenClipSettings } from "./openClipJob.ts";
import { openClipDefaults } from "./openClipJob.ts";
import { parseWandb } from "./wandb.ts";

/** A setting's value as a person or a file gives it. */
export type GivenSettings = Readonly<Record<string, string | number | boolean | null | undefined>>;

type Setting = string | number | boolean | null;

/** What settings that are words may be. */
const choices: Readonly<Record<string, readonly string[]>> = {
  loss: losses.map(({ id }) => id),
  device: ["auto", "cpu", "cuda"],
};
/** Settings whose usual value is null and that are numbers otherwise. */
const nullableNumbers = new Set(["temperature", "unlockedImage", "unlockedText"]);

/** Names of what can be set of a trainer by itself, with the usual values. */
export const settingsOf = {
  full: without(fullDefaults, ["lossOptions"]),
  open_clip: openClipDefaults as Readonly<Record<string, Setting>>,
} as const;

/** Settings of the trainer `full` from what was given. Throws a RangeError that names what is off. */
export function readFullSettings(model: string, given: GivenSettings, lossOptions: Readonly<Record<string, number>> = {}): FullSettings {
  const settings = merged(settingsOf.full, given, { ...choices, precision: ["fp32", "bf16"] });
  return checked({ ...fullDefaults, ...settings, lossOptions, model });
}

/** Settings of stock open_clip from what was given. Throws a RangeError that names what is off. */
export function readOpenClipSettings(model: string, given: GivenSettings): OpenClipSettings {
  const words = {
    ...choices,
    device: ["auto", "cpu", "cuda"],
    precision: ["fp32", "amp", "amp_bf16"],
    data: ["auto", "csv", "webdataset"],
  };
  return checked({ ...openClipDefaults, ...merged(settingsOf.open_clip, given, words), model });
}

function merged(
  known: Readonly<Record<string, Setting>>,
  given: GivenSettings,
  words: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, Setting>> {
  const said = Object.entries(given).filter(([, value]) => value !== undefined) as [string, Setting][];
  const unknown = said.find(([name]) => !(name in known));
  if (unknown !== undefined) throw new RangeError(`Expected one of ${Object.keys(known).join(", ")} but received "${unknown[0]}"`);
  return Object.fromEntries(said.map(([name, value]) => [name, readSetting(name, value, { usual: known[name]!, words: words[name] })]));
}

function readSetting(name: string, value: Setting, { usual, words }: { usual: Setting; words: readonly string[] | undefined }): Setting {
  const off = (wanted: string): RangeError => new RangeError(`Expected ${wanted} for ${name} but received "${String(value)}"`);
  if (words !== undefined && !words.includes(String(value))) throw off(`one of ${words.join(", ")}`);
  if (typeof usual === "number" || nullableNumbers.has(name)) {
    if (value === null || value === "null") return usual === null ? null : raise(off("a number"));
    const number = Number(value);
    if (value === "" || !Number.isFinite(number) || number < 0) throw off("a number of 0 or more");
    return number;
  }
  if (typeof usual === "boolean") return ["true", "false"].includes(String(value)) ? String(value) === "true" : raise(off("true or false"));
  return value === null ? null : String(value);
}

function checked<Settings extends { readonly wandb: string | null }>(settings: Settings): Settings {
  if (settings.wandb !== null) parseWandb(settings.wandb);
  return settings;
}

function raise(error: RangeError): never {
  throw error;
}

function without<Value extends object>(value: Value, names: readonly string[]): Readonly<Record<string, Setting>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
