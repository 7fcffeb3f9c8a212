import { resolve } from "node:path";
import { exportDataset } from "../engine/requests/exportDataset.ts";
import { exporters } from "../engine/write/exporters/exporters.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, hasOption, requiredOption, textOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

const formats = exporters.map(({ id }) => id);

/** `winnow export`: what the selection keeps, in another format. */
export const exportCommand: Command = {
  name: "export",
  operands: "<folder>",
  summary: "write what is kept in another format; the originals are only read",
  options: {
    ...runOptions,
    to: { type: "string", value: formats.join("|"), help: exporters.map(({ id, summary }) => `${id}: ${summary}`).join("; ") },
    out: { type: "string", value: "folder", help: "where to; nothing that lies there is overwritten" },
    pictures: { type: "string", value: "copy|hardlink|reference", help: "how the pictures go out (the format's usual way)" },
    paths: { type: "string", value: "relative|absolute", help: "how pictures are named in lists (the format's usual way)" },
    separator: { type: "string", value: "character", help: "of open_clip's CSV (a tab)" },
    split: { type: "string", value: "train|validation|test|all", help: "which split (all)" },
    originals: {
      type: "boolean",
      help: "what captions said before they were changed goes out behind them, with the author of each (LaCLIP)",
    },
    "without-review": { type: "boolean", help: "leave out what is in review" },
  },
  run: exportAndTell,
};

async function exportAndTell(call: Call): Promise<ExitCode> {
  const { words } = call;
  const format = choiceOption(words, "to", formats);
  if (format === undefined) throw new UsageError(`Expected --to, one of ${formats.join(", ")}`);
  const pictures = choiceOption(words, "pictures", ["copy", "hardlink", "reference"]);
  const paths = choiceOption(words, "paths", ["relative", "absolute"]);
  const split = choiceOption(words, "split", ["train", "validation", "test", "all"]);
  const separator = textOption(words, "separator");
  const out = resolve(requiredOption(words, "out"));
  const exported = await exportDataset(call.env, {
    root: await ensureAnalysed(call),
    choice: { withoutReview: hasOption(words, "without-review"), ...(split === undefined ? {} : { split }) },
    withOriginals: hasOption(words, "originals"),
    target: {
      format,
      out,
      ...(pictures === undefined ? {} : { pictures }),
      ...(paths === undefined ? {} : { paths }),
      ...(separator === undefined ? {} : { separator: separator === "\\t" ? "\t" : separator }),
    },
    signal: call.signal,
    onProgress: (done, total) => call.onProgress({ stage: "write", done, cached: 0, total }),
  });
  const left = exported.leftOut
    .map(({ sample, captionIndex, why }) => `\n  ${sample}${captionIndex === null ? "" : ` #${captionIndex}`}: ${why}`)
    .join("");
  const told = `${exported.samples} samples with ${exported.captions} captions in ${exported.files} files below ${out}`;
  call.print(call.json ? JSON.stringify(exported) : `${told}${left === "" ? "" : `; left out:${left}`}`);
  return exitCodes.done;
}
