import type { InspectedCaption, Inspection } from "../protocol/inspection.ts";
import type { GalleryCaption } from "../protocol/gallery.ts";
import { openAnalysed } from "../engine/requests/analysedDataset.ts";
import { inspect } from "../engine/requests/inspect.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, requiredOption } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow show`: all that is known of one sample. */
export const showCommand: Command = {
  name: "show",
  operands: "<folder>",
  summary: "tell all that is known of one sample: signals, tokens, groups, problems, history",
  options: { ...runOptions, sample: { type: "string", value: "sample", help: "which one, as the other commands name it" } },
  run: showSample,
};

async function showSample(call: Call): Promise<ExitCode> {
  const sample = requiredOption(call.words, "sample");
  const root = await ensureAnalysed(call);
  const dataset = await openAnalysed(call.env, root);
  try {
    const inspection = await inspect(call.env, dataset, { root, sample }, { signal: call.signal });
    call.print(call.json ? JSON.stringify(inspection) : formatInspection(inspection));
    return exitCodes.done;
  } finally {
    dataset.close();
  }
}

/** An inspection for people. */
function formatInspection(inspection: Inspection): string {
  const { row, captions, groups, problems, history } = inspection;
  return [
    row.sample,
    `  ${formatPicture(inspection)}`,
    ...row.captions.flatMap((caption, at) => formatCaption(caption, captions[at])),
    ...groups.map(({ id, kind, name, members }) => `  in the ${kind} group ${id} (${name}) of ${members}`),
    ...problems.map(({ severity, message, hint }) => `  ${severity}: ${message}. ${hint}`),
    ...history.map(
      ({ operation, time, state, summary }) => `  ${time.slice(0, 19)} ${operation} ${state === "done" ? "" : `[${state}] `}${summary}`,
    ),
  ].join("\n");
}

function formatPicture({ row, format, sizeBytes, orientation, frames, path }: Inspection): string {
  const size = row.width === null || row.height === null ? "can't be decoded" : `${row.width} × ${row.height}`;
  const facts = [
    size,
    format,
    `${sizeBytes.toLocaleString("en")} bytes`,
    orientation !== null && orientation > 1 ? `turned by EXIF ${orientation}` : null,
    frames !== null && frames > 1 ? `${frames} frames` : null,
    row.split,
    row.verdict === "keep" ? null : row.verdict,
    path,
  ];
  return facts.filter((fact) => fact !== null).join(", ");
}

function formatCaption(caption: GalleryCaption, inspected: InspectedCaption | undefined): string[] {
  const { captionIndex, text, verdict, actor, reason } = caption;
  const judged = actor === null ? "" : ` (${verdict} by ${actor}${reason === null || reason === "" ? "" : `: ${reason}`})`;
  const lines = [`  caption ${captionIndex}: ${text}${judged}`];
  if (inspected === undefined) return lines;
  const { file, line, row, editable, tokens, standings } = inspected;
  const place = line !== null ? `, line ${line + 1}` : row !== null ? `, row ${row + 1}` : "";
  lines.push(`    ${file}${place}, by ${inspected.author}`);
  if (editable !== null) lines.push(`    ${editable}`);
  if (tokens !== null && tokens.kept < tokens.pieces.length) lines.push(`    cut off: …${tokens.pieces.slice(tokens.kept).join("")}`);
  for (const { signal, value, below } of standings) {
    if (value === null) continue;
    const share = below === null ? "" : `, higher than ${(100 * below).toFixed(1)} %`;
    lines.push(`    ${signal} ${typeof value === "number" ? Number(value.toPrecision(4)) : value}${share}`);
  }
  return lines;
}
