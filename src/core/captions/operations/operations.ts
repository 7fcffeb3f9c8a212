import { parseOptions, type Options } from "../../prune/options.ts";
import { affix } from "./affix.ts";
import { dedupeTags } from "./dedupeTags.ts";
import { frequentTags } from "./frequentTags.ts";
import { implyTags } from "./implyTags.ts";
import { lines } from "./lines.ts";
import { normalise } from "./normalise.ts";
import type { CaptionOperation, EditTools, PreparedEdit } from "./operation.ts";
import { pickSentence } from "./pickSentence.ts";
import { removeTags } from "./removeTags.ts";
import { renameTags } from "./renameTags.ts";
import { replace } from "./replace.ts";
import { shorten } from "./shorten.ts";
import { sortTags } from "./sortTags.ts";
import { stripBoilerplate } from "./stripBoilerplate.ts";
import { swap } from "./swap.ts";
import { template } from "./template.ts";
import { trigger } from "./trigger.ts";

/** The operations on many captions, in the order in which they are offered. A new one is one file and one line here. */
export const operations: readonly CaptionOperation[] = [
  replace,
  swap,
  affix,
  trigger,
  stripBoilerplate,
  normalise,
  pickSentence,
  shorten,
  template,
  lines,
  sortTags,
  dedupeTags,
  removeTags,
  renameTags,
  implyTags,
  frequentTags,
];

/** An operation by its id, with options as a person gave them. */
export interface GivenOperation {
  readonly operation: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The operation of an id with its options read (undefined ones are left out, numbers may be text); a sentence where something is wrong with them. */
export function parseOperation({
  operation: id,
  options: given,
}: GivenOperation): { operation: CaptionOperation; options: Options } | string {
  const operation = operations.find((known) => known.id === id);
  if (operation === undefined) return `Expected one of the operations ${operations.map((known) => known.id).join(", ")} but received ${id}`;
  const options = parseOptions(operation.options, given);
  return typeof options === "string" ? options : { operation, options };
}

/** Makes an operation ready to change captions; a sentence where something is wrong with its options. */
export function prepareOperation(given: GivenOperation, tools: EditTools): PreparedEdit | string {
  const parsed = parseOperation(given);
  return typeof parsed === "string" ? parsed : parsed.operation.prepare(parsed.options, tools);
}
