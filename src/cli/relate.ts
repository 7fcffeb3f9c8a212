import { relationNames } from "../core/relations.ts";
import type { NamedPair } from "../protocol/gallery.ts";
import { relate } from "../engine/requests/relate.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

const choices = [...relationNames, "clear"] as const;

/** `winnow relate`: what a person says of pairs. */
export const relateCommand: Command = {
  name: "relate",
  operands: "<folder> <pair> <pair> …",
  summary: "say how pairs are related: copies, false negatives or hard negatives",
  options: {
    ...runOptions,
    as: {
      type: "string",
      value: choices.join("|"),
      help: "a pair is a sample, or with # and a number one of its captions (from 0): photos/a.jpg#0; of copies the first stays",
    },
  },
  run: relatePairs,
};

async function relatePairs(call: Call): Promise<ExitCode> {
  const relation = choiceOption(call.words, "as", choices);
  if (relation === undefined) throw new UsageError(`Expected --as, one of ${choices.join(", ")}`);
  const names = call.words.positionals.slice(1);
  if (names.length < 2) throw new UsageError("Expected two pairs or more to relate");
  return await withAnalysed(call, async (dataset, root) => {
    const members = await Promise.all(names.map((name) => pairFromName(dataset, name)));
    const answer = await relate(call.env, dataset, { root, members, relation }, call);
    const told = `${answer.applied} relations ${relation === "clear" ? "taken back" : "stated"}`;
    const rest = answer.operation === null ? "" : ` as ${answer.operation}; groups and ranks follow with the next run`;
    call.print(call.json ? JSON.stringify(answer) : `${told}${rest}`);
    return exitCodes.done;
  });
}

/** A sample by its name where there is one of that name (names of pictures in archives have a # themselves), else one of its captions. */
async function pairFromName({ tables }: AnalysedDataset, name: string): Promise<NamedPair> {
  const [found] = await tables.query("SELECT 1 FROM samples WHERE sample = $1", [name]);
  const [, sample, caption] = /^(.*)#(\d+)$/.exec(name) ?? [];
  return found !== undefined || sample === undefined ? { sample: name, captionIndex: null } : { sample, captionIndex: Number(caption) };
}
