import { nearestTo } from "../engine/requests/nearest.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, requiredOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow nearest`: what lies nearest to one sample. */
export const nearestCommand: Command = {
  name: "nearest",
  operands: "<folder>",
  summary: "list the pictures nearest to a sample, and the captions of others that fit it best",
  options: {
    ...runOptions,
    sample: { type: "string", value: "sample", help: "the sample, as the other commands name it" },
    limit: { type: "string", value: "n", help: "how many of each (10)" },
  },
  run: printNearest,
};

async function printNearest(call: Call): Promise<ExitCode> {
  const sample = requiredOption(call.words, "sample");
  const limit = numberOption(call.words, "limit") ?? 10;
  if (!Number.isSafeInteger(limit) || limit < 1) throw new UsageError("Expected a whole number from 1 for --limit");
  const { images, captions } = await nearestTo(call.env, { root: await ensureAnalysed(call), sample, limit }, call.signal);
  const lines = [
    "Pictures:",
    ...images.map((hit) => `${hit.score.toFixed(4)}  ${hit.sample}`),
    "Captions of others:",
    ...captions.map((hit) => `${hit.score.toFixed(4)}  ${hit.sample} #${hit.captionIndex}  ${hit.text}`),
  ];
  call.print(call.json ? JSON.stringify({ images, captions }) : lines.join("\n"));
  return exitCodes.done;
}
