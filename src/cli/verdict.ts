import { readFile } from "node:fs/promises";
import { importVerdicts } from "../engine/requests/verdicts.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, requiredOption } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow verdict`: a person's verdicts in bulk. */
export const verdictCommand: Command = {
  name: "verdict",
  operands: "<folder>",
  summary: "apply your own verdicts from a CSV: sample,captionIndex,verdict,reason",
  options: {
    ...runOptions,
    from: {
      type: "string",
      value: "file.csv",
      help: "verdicts are keep, drop, review or clear; an empty captionIndex is the whole sample",
    },
  },
  run: applyFromFile,
};

async function applyFromFile(call: Call): Promise<ExitCode> {
  const file = requiredOption(call.words, "from");
  const csv = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const result = await importVerdicts(call.env, await ensureAnalysed(call), csv);
  const unknown = result.unknown.map(({ line, sample, why }) => `\n  line ${line}: ${sample || "(no sample)"}: ${why}`).join("");
  const told = `${result.applied} verdicts applied${result.operation === null ? "" : ` as ${result.operation}`}`;
  call.print(call.json ? JSON.stringify(result) : `${told}${unknown === "" ? "" : `; not applied:${unknown}`}`);
  return result.unknown.length > 0 ? exitCodes.doneWithProblems : exitCodes.done;
}
