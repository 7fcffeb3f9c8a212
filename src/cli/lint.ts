import { tokenLimits } from "../core/captions/tokenLimits.ts";
import { readLints } from "../engine/requests/lints.ts";
import type { LintCount, LintReport } from "../protocol/lints.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

/** `winnow lint`: what is wrong with captions by their text. */
export const lintCommand: Command = {
  name: "lint",
  operands: "<folder>",
  summary:
    "tell what is wrong with captions by their text: empty, refused, unfinished, looping, wrongly encoded, too long, nearly the same, in another language",
  options: {
    ...runOptions,
    tokens: {
      type: "string",
      value: [...tokenLimits.keys()].join("|"),
      help: "list captions of more tokens, counted by the encoder (else of more than 75, 150, 225, 256, 512)",
    },
    overlap: {
      type: "string",
      value: "share",
      help: "the share of content words from which captions are nearly the same (0.85; from 0.7)",
    },
    examples: { type: "string", value: "n", help: "how many of each lint are shown (5)" },
  },
  run: lintAndTell,
};

async function lintAndTell(call: Call): Promise<ExitCode> {
  const [tokens, overlap, examples] = ["tokens", "overlap", "examples"].map((name) => numberOption(call.words, name));
  if (examples !== undefined && !(Number.isSafeInteger(examples) && examples >= 0))
    throw new UsageError("Expected a whole number from 0 for --examples");
  const report = await withAnalysed(call, (dataset, root) =>
    readLints(
      call.env,
      dataset,
      {
        root,
        ...(tokens === undefined ? {} : { tokens }),
        ...(overlap === undefined ? {} : { overlap }),
        ...(examples === undefined ? {} : { examples }),
      },
      call.signal,
    ),
  ).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
  call.print(call.json ? JSON.stringify(report) : formatReport(report));
  return report.lints.some(({ severity, count }) => severity !== "note" && count > 0) ? exitCodes.doneWithProblems : exitCodes.done;
}

function formatReport({ captions, weak, overlap, lints }: LintReport): string {
  const found = lints.filter(({ count }) => count > 0);
  const quiet = lints.filter(({ count }) => count === 0).map(({ title }) => title);
  return [
    `${weak.toLocaleString("en")} of ${captions.toLocaleString("en")} captions are weak (--where "captionLints > 0"); nearly the same from an overlap of ${overlap}`,
    ...found.flatMap(formatLint),
    ...(quiet.length === 0 ? [] : [`  nothing found: ${quiet.join(", ")}`]),
  ].join("\n");
}

function formatLint({ title, severity, count, where, examples }: LintCount): string[] {
  const filter = where === null ? "" : `  --where "${where}"`;
  return [
    `  ${count.toLocaleString("en").padStart(9)} ${title} (${severity})${filter}`,
    ...examples.map(({ sample, captionIndex, text, message }) =>
      sample === null || captionIndex === null ? `            ${message}` : `            ${sample} #${captionIndex} "${text}": ${message}`,
    ),
  ];
}
