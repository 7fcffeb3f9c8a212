import { readOverview } from "../engine/requests/overview.ts";
import { createSessions } from "../engine/requests/sessions.ts";
import type { Analysed, Bucket, Overview } from "../protocol/overview.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, folderOperand } from "./command.ts";

/** `winnow overview`: what is known of a dataset at a glance, and what is worth a look. */
export const overviewCommand: Command = {
  name: "overview",
  operands: "<folder>",
  summary: "tell what is known of a dataset: buckets with their counts and filters, problems, operations",
  options: {},
  run: printOverview,
};

async function printOverview(call: Call): Promise<ExitCode> {
  const sessions = createSessions(call.env);
  try {
    const overview = await readOverview(call.env, sessions, { root: folderOperand(call.words) });
    call.print(call.json ? JSON.stringify(overview) : formatOverview(overview));
    return exitCodes.done;
  } finally {
    sessions.close();
  }
}

function formatOverview({ root, analysed, undoable, readOnly, operations }: Overview): string {
  const known = analysed === null ? ["There is no analysis yet: winnow run makes one"] : formatAnalysed(analysed);
  const last = undoable === null ? [] : [`winnow undo takes back: ${undoable.summary} (${undoable.time.slice(0, 16).replace("T", " ")})`];
  return [
    root,
    ...known,
    `${operations.length}${operations.length === 50 ? " or more" : ""} operation${operations.length === 1 ? "" : "s"}`,
    ...last,
    ...(readOnly === null ? [] : [readOnly]),
  ].join("\n");
}

function formatAnalysed({ samples, captions, format, encoder, finishedAt, kept, frozen, buckets, problems }: Analysed): string[] {
  const width = Math.max(...buckets.map(({ title }) => title.length));
  return [
    `  ${count(samples)} samples, ${count(captions)} captions; format ${format}`,
    `  analysed ${finishedAt.slice(0, 16).replace("T", " ")} with ${encoder.name} on ${encoder.provider}${encoder.builtin ? "" : `, parity: ${encoder.parity ?? "not certified"}`}`,
    `  kept ${count(kept.samples)} samples with ${count(kept.captions)} captions${frozen === 0 ? "" : `; ${count(frozen)} samples in the evaluation split`}`,
    "",
    ...buckets.map((bucket) => formatBucket(bucket, width)),
    "",
    ...problems.map(({ code, severity, count: times }) => `  ${count(times).padStart(9)} ${code} (${severity})`),
  ];
}

/** `  1,234 Duplicates          in 560 groups   --where "group = duplicate"`. */
function formatBucket({ title, where, count: fitting, unit, groups }: Bucket, width: number): string {
  const inGroups = `${unit}s${groups === null ? "" : ` in ${count(groups)} groups`}`;
  return `  ${count(fitting).padStart(9)} ${title.padEnd(width)}  ${inGroups.padEnd(26)}  ${where}`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}
