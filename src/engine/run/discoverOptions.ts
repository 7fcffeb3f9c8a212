import type { DiscoverChoice } from "../../protocol/engineApi.ts";
import { DiscoverError } from "../discover/discoverError.ts";
import { formatReaders } from "../discover/formats.ts";
import type { DiscoverOptions } from "../discover/reader.ts";

/** A person's choice as the stage takes it. Throws a DiscoverError for a format that there is not. */
export function discoverOptionsFrom({ format, ...rest }: DiscoverChoice): DiscoverOptions {
  if (format === undefined) return rest;
  const reader = formatReaders.find(({ id }) => id === format);
  if (reader === undefined) {
    throw new DiscoverError("unfitFormat", `There is no format "${format}"; there are ${formatReaders.map(({ id }) => id).join(", ")}`);
  }
  return { ...rest, format: reader.id };
}
