import type { OptionValue } from "../../src/core/prune/options.ts";

/** What a person gave for the options of an operation or a rewriter. */
export type GivenOptions = Readonly<Record<string, OptionValue>>;

/** What was given for each of several, by their ids: who tries one and goes back finds what was there. */
export type GivenById = Readonly<Record<string, GivenOptions>>;

/** With one option changed; undefined leaves it out. */
export function withOption(all: GivenById, id: string, [name, value]: readonly [string, OptionValue | undefined]): GivenById {
  const others = Object.entries(all[id] ?? {}).filter(([other]) => other !== name);
  return { ...all, [id]: Object.fromEntries(value === undefined ? others : [...others, [name, value]]) };
}

/** Reads what was remembered; what has not its form is left out. */
export function parseGiven(value: unknown): GivenById {
  return Object.fromEntries(
    Object.entries(recordOf(value)).map(([id, given]) => [
      id,
      Object.fromEntries(Object.entries(recordOf(given)).filter((entry): entry is [string, OptionValue] => isOptionValue(entry[1]))),
    ]),
  );
}

function isOptionValue(value: unknown): value is OptionValue {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
