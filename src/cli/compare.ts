import { resolve } from "node:path";
import { compare } from "../engine/requests/compare.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import type { Comparison, SelectionSource } from "../protocol/recipes.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, textOption } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

type Part = keyof Comparison["parts"];

const parts: readonly Part[] = ["both", "leftOnly", "rightOnly", "neither"];
const sourceHelp = "now, start (before all operations), an operation's id (as it was after it), or a recipe's file";

/** `winnow compare`: what two selections keep. */
export const compareCommand: Command = {
  name: "compare",
  operands: "<folder>",
  summary: "tell what two selections keep: now, after an operation, or by another recipe",
  options: {
    ...runOptions,
    left: { type: "string", value: "selection", help: `${sourceHelp} (start)` },
    right: { type: "string", value: "selection", help: "likewise (now)" },
    list: { type: "string", value: parts.join("|"), help: "list the pairs of a part as JSON Lines" },
  },
  run: compareSelections,
};

async function compareSelections(call: Call): Promise<ExitCode> {
  const left = sourceFromText(textOption(call.words, "left") ?? "start");
  const right = sourceFromText(textOption(call.words, "right") ?? "now");
  const listed = choiceOption(call.words, "list", parts);
  return await withAnalysed(call, async (dataset) => {
    const sets: Int32Array[] = [];
    const saveSet = (pairs: Int32Array): Promise<string> => Promise.resolve(String(sets.push(pairs) - 1));
    const comparison = await compare(call.env, dataset, { left, right }, { saveSet, signal: call.signal });
    const counts = Object.fromEntries(parts.map((part) => [part, comparison.parts[part].captions])) as Record<Part, number>;
    if (listed !== undefined) await printPairs(call, dataset, sets[Number(comparison.parts[listed].set)]!);
    else call.print(call.json ? JSON.stringify(counts) : formatCounts(counts));
    return exitCodes.done;
  });
}

function sourceFromText(text: string): SelectionSource {
  if (text === "now") return { kind: "current" };
  if (text === "start") return { kind: "operation", operation: null };
  return /^\d{8}-\d{6}-[0-9a-f]+$/.test(text) ? { kind: "operation", operation: text } : { kind: "recipe", path: resolve(text) };
}

function formatCounts({ both, leftOnly, rightOnly, neither }: Record<Part, number>): string {
  return `${both} captions are kept by both, ${leftOnly} by the left alone, ${rightOnly} by the right alone, ${neither} by neither`;
}

async function printPairs(call: Call, { tables }: AnalysedDataset, pairs: Int32Array): Promise<void> {
  await tables.load("compared", [{ name: "pair", type: "integer", values: pairs }]);
  const sql = "SELECT sample, captionIndex, caption FROM pairs SEMI JOIN compared USING (pair) ORDER BY pair";
  for await (const rows of tables.stream(sql)) for (const row of rows) await call.printPiece(JSON.stringify(row));
}
