import { openAnalysed } from "../engine/requests/analysedDataset.ts";
import { editCaption, readOwnCaptions } from "../engine/requests/editCaption.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, requiredOption, textOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow caption`: changes one caption in its file. */
export const captionCommand: Command = {
  name: "caption",
  operands: "<folder>",
  summary: "change one caption in its file, whatever the format; undo gives the file's bytes back",
  options: {
    ...runOptions,
    sample: { type: "string", value: "sample", help: "whose caption, as the other commands name it" },
    index: { type: "string", value: "n", help: "which of its captions, from 0; the first where nothing is said" },
    "from-text": { type: "string", value: "text", help: "what it must say now; what the analysis read where nothing is said" },
    to: { type: "string", value: "text", help: "what it is to say" },
  },
  run: changeCaption,
};

async function changeCaption(call: Call): Promise<ExitCode> {
  const { env, words, signal } = call;
  const sample = requiredOption(words, "sample");
  const after = requiredOption(words, "to");
  const captionIndex = numberOption(words, "index") ?? 0;
  if (!Number.isInteger(captionIndex) || captionIndex < 0) throw new UsageError("Expected a whole number from 0 for --index");
  const root = await ensureAnalysed(call);
  const dataset = await openAnalysed(env, root);
  try {
    const known = (await readOwnCaptions(dataset, sample)).find((caption) => caption.captionIndex === captionIndex);
    const before = textOption(words, "from-text") ?? known?.text ?? "";
    const answer = await editCaption(env, dataset, { root, sample, captionIndex, before, after }, { signal });
    const told = answer.operation === null ? `${answer.file} says so already` : `${answer.file} was changed as ${answer.operation}`;
    call.print(call.json ? JSON.stringify(answer) : told);
    return exitCodes.done;
  } finally {
    dataset.close();
  }
}
