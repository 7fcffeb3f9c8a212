import { readFile } from "node:fs/promises";
import { drawSpotCheck, estimateSpotCheck, saveLabels } from "../engine/requests/spotCheck.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import { formatCsv } from "../engine/store/csvRows.ts";
import { parseLabelRows } from "../engine/write/labels.ts";
import type { Drawn, Estimate, SpotEstimate } from "../protocol/spotCheck.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

/** `winnow check`: how good a cut is, by pairs that a person looked at. */
export const checkCommand: Command = {
  name: "check",
  operands: "<folder>",
  summary: "tell how good a cut is by pairs that you label: draw them, give the labels, read precision and recall",
  options: {
    ...runOptions,
    signal: { type: "string", value: "signal", help: "the score that is cut (clipScore)" },
    cut: { type: "string", value: "number", help: "what is worse would be dropped" },
    draw: { type: "string", value: "n", help: "draw so many pairs near the cut, as CSV: sample,captionIndex,caption,label" },
    seed: { type: "string", value: "n", help: "the seed of the draw (0)" },
    labels: { type: "string", value: "file.csv", help: "keep labels: match, mismatch, unsure or clear; those without one are passed over" },
  },
  run: checkCut,
};

async function checkCut(call: Call): Promise<ExitCode> {
  const cut = numberOption(call.words, "cut");
  const size = numberOption(call.words, "draw");
  const file = textOption(call.words, "labels");
  const signal = textOption(call.words, "signal") ?? "clipScore";
  if (cut === undefined && file === undefined) throw new UsageError("Expected --cut, --labels or both");
  if (file !== undefined) {
    const kept = await withAnalysed(call, (dataset, root) => keepLabels(call, dataset, { root, file }));
    if (cut === undefined && call.json) call.print(JSON.stringify(kept));
    else call.tell(kept.operation === null ? "No label is new" : `${kept.labels} labels kept as ${kept.operation}`);
  }
  if (cut === undefined) return exitCodes.done;
  return await withAnalysed(call, (dataset, root) => answer(call, dataset, { root, signal, cut, size }));
}

async function answer(
  call: Call,
  dataset: AnalysedDataset,
  { size, ...request }: { root: string; signal: string; cut: number; size: number | undefined },
): Promise<ExitCode> {
  if (size === undefined) {
    const estimate = await estimateSpotCheck(call.env, dataset, request, call);
    call.print(call.json ? JSON.stringify(estimate) : formatEstimate(estimate));
    return exitCodes.done;
  }
  const drawn = await drawSpotCheck(call.env, dataset, { ...request, size, seed: numberOption(call.words, "seed") ?? 0 }, call);
  call.print(call.json ? JSON.stringify(drawn) : (await formatDrawn(dataset, drawn)).trimEnd());
  return exitCodes.done;
}

async function keepLabels(
  call: Call,
  dataset: AnalysedDataset,
  { root, file }: { root: string; file: string },
): Promise<{ labels: number; operation: string | null }> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const labels = await parseLabelRows(text);
  return { labels: labels.length, operation: await saveLabels(call.env, dataset, { root, labels }) };
}

async function formatDrawn({ tables }: AnalysedDataset, { pairs }: Drawn): Promise<string> {
  await tables.load("drawn", [
    { name: "position", type: "integer", values: pairs.map((_, position) => position) },
    { name: "sample", type: "text", values: pairs.map(({ sample }) => sample) },
    { name: "captionIndex", type: "integer", values: pairs.map(({ captionIndex }) => captionIndex) },
  ]);
  const rows = await tables.query(
    "SELECT d.sample, d.captionIndex, p.caption, '' AS label FROM drawn d JOIN pairs p USING (sample, captionIndex) ORDER BY d.position",
  );
  return formatCsv(["sample", "captionIndex", "caption", "label"], rows);
}

function formatEstimate({ precision, recall, mismatchRate, labelled, droppedLabelled, keptLabelled }: SpotEstimate): string {
  return [
    `of what the cut drops, ${formatShare(precision)} is wrong (precision)`,
    `of what is wrong, ${formatShare(recall)} is dropped (recall)`,
    `of all pairs, ${formatShare(mismatchRate)} is wrong`,
    `by ${droppedLabelled} labels of dropped and ${keptLabelled} of kept pairs; ${labelled.unsure} are unsure`,
  ].join("\n");
}

function formatShare(estimate: Estimate | null): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return estimate === null
    ? "an unknown share"
    : `${percent(estimate.value)} (95 %: ${percent(estimate.low)} to ${percent(estimate.high)})`;
}
