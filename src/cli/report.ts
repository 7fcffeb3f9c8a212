import type { Row, RunReport } from "../protocol/engineApi.ts";
import { formatModelUses } from "../core/modelUse.ts";
import { stages } from "../core/stages.ts";
import { listGroups } from "../engine/requests/groups.ts";
import { countRows, eachRow } from "../engine/requests/rows.ts";
import type { Env } from "../engine/env.ts";
import { formatDuration } from "./progressBar.ts";

const shown = 5;

/** What a person reads after a run: what there is, what stands out, and where to look next. */
export async function formatReport(env: Env, report: RunReport): Promise<string> {
  const sections = [formatDataset(report), formatStages(report)];
  if (report.stages.write !== undefined) {
    const { root } = report.dataset;
    sections.push(await formatMismatches(env, root), await formatGroupsFound(env, report), formatProblems(report), formatNext(root));
  } else sections.push(formatProblems(report));
  return sections.filter((section) => section !== "").join("\n\n");
}

function formatDataset({ dataset, encoder, companion }: RunReport): string {
  const { root, samples, captions, format, formatReason } = dataset;
  const encoded = encoder === null ? "" : `\n  encoder ${encoder.id} on ${encoder.provider}`;
  const seconded = companion === undefined ? "" : `\n  companion ${companion.id}, for near-duplicates`;
  return `${root}\n  ${count(samples, "sample")}, ${count(captions, "caption")}; format ${format}: ${formatReason}${encoded}${seconded}`;
}

function formatStages({ stages: reports }: RunReport): string {
  const lines = stages.flatMap((stage) => {
    const report = reports[stage];
    if (report === undefined) return [];
    const models = formatModelUses(report.models ?? {}).map((line) => `${"".padEnd(23)}${line}`);
    return [`  ${stage.padEnd(9)}${formatDuration(report.ms).padStart(9)}   ${report.done} done, ${report.cached} cached`, ...models];
  });
  return ["Stages", ...lines].join("\n");
}

async function formatMismatches(env: Env, root: string): Promise<string> {
  const rows: Row[] = [];
  const where = "suspectedMismatch = true";
  const suspected = await countRows(env, { root, where });
  if (suspected === 0) return "No caption stands out as a mismatch";
  for await (const batch of eachRow(env, { root, where, sort: "clipScore", limit: shown })) rows.push(...batch);
  const lines = rows.map(({ sample, caption, signals }) => {
    const rank = signals["captionRank"] ?? "?";
    return `  ${score(signals["clipScore"])}  rank ${String(rank)}  ${sample}  "${shorten(caption)}"`;
  });
  const told = suspected === 1 ? "1 caption is" : `${suspected.toLocaleString("en")} captions are`;
  return [`${told} not among the first 10 (or 1 %) for the picture, or the picture not for the caption; the lowest scores:`, ...lines].join(
    "\n",
  );
}

async function formatGroupsFound(env: Env, { dataset, groups }: RunReport): Promise<string> {
  const [confusable] = await listGroups(env, dataset.root, "confusable");
  return [
    "Groups",
    `  ${groups.duplicate} of exact duplicates, ${groups.nearDuplicate} of near-duplicates, ${groups.sameCaption} that share a caption`,
    `  ${groups.confusable} of pairs that the encoder confuses${confusable === undefined ? "" : `, such as ${confusable.name}`}`,
    `  ${count(groups.concept, "concept")}`,
  ].join("\n");
}

function formatProblems({ problems }: RunReport): string {
  if (problems.length === 0) return "No problems";
  const byCode = new Map<string, { count: number; message: string; hint: string }>();
  for (const { code, message, hint } of problems) {
    const known = byCode.get(code);
    byCode.set(code, { count: (known?.count ?? 0) + 1, message: known?.message ?? message, hint: known?.hint ?? hint });
  }
  const lines = [...byCode].map(
    ([code, known]) =>
      `  ${String(known.count).padStart(4)} ${code}: ${known.message}${known.count > 1 ? ", and others" : ""}\n       → ${known.hint}`,
  );
  return [count(problems.length, "problem"), ...lines].join("\n");
}

function formatNext(root: string): string {
  return [
    "Where to look next",
    `  winnow rows ${root} --where "suspectedMismatch = true" --sort clipScore`,
    `  winnow groups ${root} --kind confusable`,
    `  winnow prune ${root} --policy deduplicate          (a dry run; --apply does it, winnow undo takes it back)`,
    `  winnow prune ${root} --policy keepTop --keep 90%`,
    '  In a checkout, "npm run winnow --" stands for "winnow"',
  ].join("\n");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function score(value: number | boolean | null | undefined): string {
  return typeof value === "number" ? value.toFixed(3) : "  ?  ";
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
