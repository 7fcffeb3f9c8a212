import { stringify as tomlOf } from "smol-toml";
import { stringify as yamlOf } from "yaml";
import type { ConfigFile, ConfigValue } from "../../core/tune/imageTrainers/imageTrainer.ts";

/** A configuration as the text of its file. What is undefined is left out. */
export function configText({ format, value }: Pick<ConfigFile, "format" | "value">): string {
  const known = withoutUndefined(value);
  if (format === "json") return `${JSON.stringify(known, null, 2)}\n`;
  // Python's readers know YAML 1.1, where "no" and "1:30" are not words unless they are quoted.
  if (format === "yaml") return yamlOf(known, { version: "1.1", lineWidth: 0 });
  return `${tomlOf(known).trimEnd()}\n`;
}

function withoutUndefined(value: ConfigValue): ConfigValue {
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map(withoutUndefined);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, own]) => (own === undefined ? [] : [[name, withoutUndefined(own)] as const])),
  );
}

function isList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}
