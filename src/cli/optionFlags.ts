import type { OptionTable } from "../core/prune/options.ts";
import type { Option, Words } from "./command.ts";
import { UsageError } from "./command.ts";

/** Something that takes options: a policy, or an operation on captions. */
interface Taking {
  readonly id: string;
  readonly options: OptionTable;
}

/** The options of all of some policies or operations together, as flags of the command line. */
export function flagsOf(all: readonly Taking[]): Record<string, Option> {
  const flags: Record<string, Option> = {};
  for (const { options } of all) {
    for (const [name, field] of Object.entries(options)) {
      const value = field.kind === "choice" ? field.choices.join("|") : field.kind === "share" ? "70% or n" : field.kind;
      flags[dashed(name)] ??= field.kind === "flag" ? { type: "boolean", help: field.about } : { type: "string", value, help: field.about };
    }
  }
  return flags;
}

/** The options that the words of a call give to one of them; throws a `UsageError` for one that only others take. `noun` is what it is. */
export function optionsFromWords(
  words: Words,
  all: readonly Taking[],
  { id, noun }: { id: string; noun: string },
): Record<string, unknown> {
  const own = all.find((one) => one.id === id);
  const names = new Set(all.flatMap(({ options }) => Object.keys(options)));
  const given = Object.fromEntries([...names].map((name) => [name, words.options[dashed(name)]]));
  const foreign = [...names].find((name) => given[name] !== undefined && own !== undefined && own.options[name] === undefined);
  if (own !== undefined && foreign !== undefined) throw new UsageError(`The ${noun} ${id} has no option --${dashed(foreign)}`);
  return given;
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
