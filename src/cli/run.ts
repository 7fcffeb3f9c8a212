import type { RunRequest } from "../protocol/engineApi.ts";
import { thumbnailSideFrom, thumbnailSides } from "../core/pixels/thumbnailSides.ts";
import { providerChoices } from "../core/providers.ts";
import { stages } from "../core/stages.ts";
import { runPipeline } from "../engine/pipeline.ts";
import type { Call, Command, Option, Words } from "./command.ts";
import { choiceOption, exitCodes, folderOperand, hasOption, textOption } from "./command.ts";
import { formatReport } from "./report.ts";
import { hasRealProblems, toScriptReport } from "./problems.ts";

/** Options that say how a dataset is read, shared by the commands that may have to analyse it first. */
export const runOptions = {
  encoder: { type: "string", value: "id or folder", help: "the encoder (the recipe's, else the built-in one, which is for trying only)" },
  companion: {
    type: "string",
    value: "id or folder",
    help: "a second encoder, such as DINOv2, for near-duplicates that the first doesn't see (the recipe's; none for none)",
  },
  provider: { type: "string", value: providerChoices.join("|"), help: "where the encoder runs (auto)" },
  "shrink-on-load": {
    type: "boolean",
    help: "decode large JPEGs smaller than they are: other vectors, and faster where the pictures were analysed before",
  },
  format: { type: "string", value: "format", help: "the dataset's format, in the place of the detected one" },
  captions: { type: "string", value: "one|lines|first", help: "how a caption file is cut: whole, a caption a line, or its first line" },
  "caption-extension": { type: "string", value: ".txt", help: "extension of caption files" },
  "caption-column": { type: "string", value: "name", help: "column or field of a table that holds the caption" },
  "image-column": { type: "string", value: "name", help: "column or field of a table that holds the picture's path" },
  images: { type: "string", value: "folder", help: "folder of the pictures that a table names" },
} as const satisfies Record<string, Option>;

/** Makes the request from the words of a call. */
export function runRequestFromWords(words: Words): RunRequest {
  const text = (name: string, key: string): Record<string, string> => {
    const value = textOption(words, name);
    return value === undefined ? {} : { [key]: value };
  };
  const captions = choiceOption(words, "captions", ["one", "lines", "first"]);
  const through = choiceOption(words, "through", stages);
  const thumbnails = thumbnailSideFrom(choiceOption(words, "thumbnails", thumbnailSides.map(String)));
  return {
    root: folderOperand(words),
    ...text("encoder", "encoder"),
    ...text("companion", "companion"),
    ...(through === undefined ? {} : { through }),
    provider: choiceOption(words, "provider", providerChoices) ?? "auto",
    shrinkOnLoad: hasOption(words, "shrink-on-load"),
    ...(thumbnails === undefined ? {} : { thumbnails }),
    discover: {
      ...text("format", "format"),
      ...(captions === undefined ? {} : { captions }),
      ...text("caption-extension", "captionExtension"),
      ...text("caption-column", "captionColumn"),
      ...text("image-column", "imageColumn"),
      ...text("images", "imageFolder"),
    },
  };
}

/** `winnow run`: analyses a dataset and reports. */
export const runCommand: Command = {
  name: "run",
  operands: "<folder>",
  summary: "analyse a dataset: scores, ranks, duplicates, confusable groups",
  options: {
    ...runOptions,
    through: { type: "string", value: "stage", help: `the last stage to run: ${stages.slice(0, -1).join(", ")} (write)` },
    thumbnails: {
      type: "string",
      value: thumbnailSides.join("|"),
      help: "make small pictures for the panel of what is decoded anyway, with the longer side so many pixels (none)",
    },
    "allow-problems": { type: "boolean", help: "exit with 0 also when problems were found" },
  },
  run: runAndReport,
};

async function runAndReport(call: Call): Promise<(typeof exitCodes)[keyof typeof exitCodes]> {
  const request = runRequestFromWords(call.words);
  const report = await runPipeline(call.env, request, { signal: call.signal, onProgress: call.onProgress });
  for (const notice of report.notices) call.tell(notice);
  call.print(call.json ? JSON.stringify(toScriptReport(report)) : await formatReport(call.env, report));
  return hasRealProblems(report.problems) && !hasOption(call.words, "allow-problems") ? exitCodes.doneWithProblems : exitCodes.done;
}
