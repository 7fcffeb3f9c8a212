import type { Problem } from "../../../../src/core/problem.ts";
import type { Sample } from "../../../../src/core/sample.ts";
import { createListing } from "../../../../src/engine/discover/listing.ts";
import type { DiscoverOptions, FormatReader, ReadContext } from "../../../../src/engine/discover/reader.ts";
import { createTextCache } from "../../../../src/engine/discover/textCache.ts";
import { walk } from "../../../../src/engine/discover/walk.ts";
import type { TestDataset } from "./dataset.ts";

/** What one reader made of a dataset. */
export interface ReadResult {
  readonly samples: readonly Sample[];
  readonly problems: readonly Problem[];
}

/** The context that `discover` gives to readers. */
export async function contextOf({ env, root }: Pick<TestDataset, "env" | "root">, options: DiscoverOptions = {}): Promise<ReadContext> {
  const listing = createListing(root, (await walk(env, root)).files);
  return { env, listing, options, readText: createTextCache(env, listing).read };
}

/** Reads a dataset with one reader, in the order in which it finds things. */
export async function readWith(
  reader: FormatReader,
  dataset: Pick<TestDataset, "env" | "root">,
  options: DiscoverOptions = {},
): Promise<ReadResult> {
  const samples: Sample[] = [];
  const problems: Problem[] = [];
  for await (const found of reader.read(await contextOf(dataset, options))) {
    if (found.kind === "sample") samples.push(found.sample);
    else problems.push(found.problem);
  }
  return { samples, problems };
}

/** Texts of the captions of every sample, by its id. */
export function textsOf({ samples }: ReadResult): Record<string, string[]> {
  return Object.fromEntries(samples.map(({ id, captions }) => [id, captions.map(({ text }) => text)]));
}

/** `code: message` of every problem. */
export function saidOf({ problems }: ReadResult): string[] {
  return problems.map(({ code, message }) => `${code}: ${message}`);
}
