import { splitDataset } from "../engine/requests/split.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, textOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow split`: makes train, validation and test splits; the latter two are frozen. */
export const splitCommand: Command = {
  name: "split",
  operands: "<folder>",
  summary: "split into train, validation and test, never cutting a group of duplicates",
  options: {
    ...runOptions,
    validation: { type: "string", value: "10% or n", help: "samples for validation (0)" },
    test: { type: "string", value: "10% or n", help: "samples for testing (0)" },
    seed: { type: "string", value: "n", help: "seed of the drawing (0)" },
  },
  run: splitAndTell,
};

async function splitAndTell(call: Call): Promise<ExitCode> {
  const [validation, test] = [textOption(call.words, "validation") ?? "0", textOption(call.words, "test") ?? "0"];
  for (const size of [validation, test]) {
    if (!/^\d+(\.\d+)?%?$/.test(size)) throw new UsageError(`Expected a percentage such as 10% or a count but received "${size}"`);
  }
  const seed = numberOption(call.words, "seed") ?? 0;
  const result = await splitDataset(call.env, await ensureAnalysed(call), { seed, validation, test });
  const { counts, leaks } = result;
  const leaking = leaks.length === 0 ? "" : `; ${leaks.length} groups of duplicates lie in several splits already`;
  call.print(call.json ? JSON.stringify(result) : `${counts.train} train, ${counts.validation} validation, ${counts.test} test${leaking}`);
  return leaks.length === 0 ? exitCodes.done : exitCodes.doneWithProblems;
}
