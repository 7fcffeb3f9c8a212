/** A value that an option of a rule or of an operation may have. */
export type OptionValue = string | number | boolean;

/** What an option takes: its meaning in words, its values, and what it is when it is left out. `signal` is the id of a signal, `share` is "70%" or a count, `text` anything. */
export type OptionField =
  | { readonly kind: "signal"; readonly about: string; readonly otherwise?: string }
  | { readonly kind: "number"; readonly about: string; readonly otherwise?: number }
  | { readonly kind: "share"; readonly about: string; readonly otherwise?: string }
  | { readonly kind: "choice"; readonly about: string; readonly choices: readonly string[]; readonly otherwise?: string }
  | { readonly kind: "text"; readonly about: string; readonly otherwise?: string }
  | { readonly kind: "flag"; readonly about: string; readonly otherwise: boolean };

/** The options of a policy or an operation by name: the CLI, the panel and the documentation are made from this table. */
export type OptionTable = Readonly<Record<string, OptionField>>;

/** Options as `parseOptions` leaves them. */
export type Options = Readonly<Record<string, OptionValue>>;

/** The quota of a policy: a percentage keeps ties at the cut, a count is exact. */
export type Share = { readonly kind: "percent"; readonly percent: number } | { readonly kind: "count"; readonly count: number };

/**
 * Reads options that a person or a recipe gave; numbers and flags may come as text, as the command line has them.
 * Undefined values count as left out. Returns the options in the order of the table, or a sentence that says what is wrong.
 */
export function parseOptions(table: OptionTable, given: Readonly<Record<string, unknown>>): Options | string {
  const unknown = Object.keys(given).find((name) => given[name] !== undefined && table[name] === undefined);
  if (unknown !== undefined) return `Expected one of the options ${Object.keys(table).join(", ")} but received ${unknown}`;
  const parsed: Record<string, OptionValue> = {};
  for (const [name, field] of Object.entries(table)) {
    const value = given[name] ?? field.otherwise;
    if (value === undefined) continue;
    const read = parseValue(field, value);
    if (read === undefined) return `Expected ${expectation(field)} for ${name} but received ${JSON.stringify(value)}`;
    parsed[name] = read;
  }
  return parsed;
}

/** Reads "70%" (0 to 100) or a whole number from 0; undefined for anything else. */
export function parseShare(text: string): Share | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  if (match === null) return undefined;
  const value = Number(match[1]);
  if (match[2] === "%") return value <= 100 ? { kind: "percent", percent: value } : undefined;
  return Number.isSafeInteger(value) ? { kind: "count", count: value } : undefined;
}

/** The option as text, undefined where it is left out. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return value === undefined ? undefined : String(value);
}

/** The option as a number, undefined where it is left out. */
export function numberOption(options: Options, name: string): number | undefined {
  const value = options[name];
  return typeof value === "number" ? value : undefined;
}

function parseValue(field: OptionField, value: unknown): OptionValue | undefined {
  switch (field.kind) {
    case "signal":
      return typeof value === "string" && value !== "" ? value : undefined;
    case "text":
      return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    case "number":
      return parseNumber(value);
    case "share":
      return (typeof value === "string" || typeof value === "number") && parseShare(String(value)) !== undefined
        ? String(value).trim()
        : undefined;
    case "choice":
      return typeof value === "string" && field.choices.includes(value) ? value : undefined;
    case "flag":
      if (typeof value === "boolean") return value;
      return value === "true" ? true : value === "false" ? false : undefined;
  }
}

function parseNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function expectation(field: OptionField): string {
  switch (field.kind) {
    case "signal":
      return "the id of a signal";
    case "text":
      return "a text";
    case "number":
      return "a number";
    case "share":
      return "a percentage such as 70% or a count such as 700";
    case "choice":
      return `one of ${field.choices.join(", ")}`;
    case "flag":
      return "true or false";
  }
}
