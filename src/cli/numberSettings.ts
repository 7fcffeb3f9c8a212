import type { Words } from "./command.ts";
import { listOption, UsageError } from "./command.ts";

/** The numbers that an option such as `--loss-option margin=0.1` sets, of those that are `known`. Throws `UsageError` for another name, and for what is no number. */
export function numberSettings(words: Words, option: string, known: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    listOption(words, option).map((text) => {
      const [name = "", value = ""] = text.split("=");
      const names = Object.keys(known).join(", ");
      if (!(name in known))
        throw new UsageError(`Expected ${names === "" ? "no settings here" : `one of ${names}`} for --${option} but received "${text}"`);
      if (value.trim() === "" || !Number.isFinite(Number(value)))
        throw new UsageError(`Expected a number for --${option} ${name} but received "${text}"`);
      return [name, Number(value)];
    }),
  );
}
