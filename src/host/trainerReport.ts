import type { TrainerReading } from "../protocol/trainers.ts";
import { formatBytes } from "../core/bytes.ts";
import { formatCount } from "./runText.ts";

/** What a trainer would read from a folder, as a document to read. */
export function formatTrainerReport({ dryRun, pairs, caches }: TrainerReading, trainer: string, name: string): string {
  const { source, images, captions, withoutText, shown, steps, stops } = dryRun;
  return [
    `# What ${trainer} would read from ${name}`,
    "",
    `By the rules of ${source}, with ${optionsText(dryRun)}. Nothing was trained or written.`,
    "",
    ...(stops === null ? [] : [`**It would end with an error:** ${line(stops)}`, ""]),
    `- ${formatCount(images, "picture")} with ${formatCount(captions, "caption")}, ${number(withoutText)} of them without text`,
    `- ${number(shown)} shown an epoch${steps === null ? "" : `: ${formatCount(steps.perEpoch, "step")}, ${number(steps.total)} in all`}`,
    ...textsOf(dryRun),
    "",
    ...findingsOf(dryRun),
    ...setsOf(dryRun),
    ...sizesOf(dryRun),
    ...cachesOf(caches),
    ...pairsOf(pairs),
  ].join("\n");
}

/** Rows of one table at most; the command line lists all. */
const mostRows = 50;

function optionsText({ options }: TrainerReading["dryRun"]): string {
  const set = Object.entries(options).filter(([, value]) => value !== "");
  return set.length === 0 ? "its own defaults" : set.map(([key, value]) => `${key} ${code(String(value))}`).join(", ");
}

function textsOf({ trigger, tooLong }: TrainerReading["dryRun"]): string[] {
  const held =
    trigger === null
      ? []
      : [`- ${code(trigger.word)} stands in ${formatCount(trigger.with, "caption")}, and not in ${number(trigger.without)}`];
  if (tooLong === null) return held;
  const { limit, over, countedBy } = tooLong;
  const counted = over === null ? "" : `; more are in ${formatCount(over, "caption")}, counted by ${countedBy ?? "the encoder"}`;
  return [...held, `- ${number(limit)} tokens of a caption are read${counted}`];
}

function findingsOf({ findings }: TrainerReading["dryRun"]): string[] {
  if (findings.length === 0) return ["Nothing stands out.", ""];
  return [
    "## What to know",
    "",
    ...findings.flatMap(({ severity, title, count, examples }) => [
      `- **${title}** (${severity}): ${number(count)}`,
      ...examples.map(({ file, message }) => `  - ${code(file)}: ${line(message)}`),
    ]),
    "",
  ];
}

function setsOf({ sets }: TrainerReading["dryRun"]): string[] {
  const rows = sets.map(({ name, images, repeats }) => [name === "" ? "(top)" : code(name), number(images), number(repeats)]);
  return tableOf("Folders", ["folder", "pictures", "repeats"], rows);
}

function sizesOf({ sizes }: TrainerReading["dryRun"]): string[] {
  const rows = sizes?.map(({ width, height, images, upscaled }) => [`${width} × ${height}`, number(images), number(upscaled)]) ?? [];
  return tableOf("Sizes of training", ["size", "pictures", "of them enlarged"], rows);
}

function cachesOf(caches: TrainerReading["caches"]): string[] {
  const stale = caches.filter((cache) => cache.stale !== null);
  const rows = stale.map(({ path, trainer, sizeBytes, stale: why }) => [code(path), trainer, formatBytes(sizeBytes), line(why ?? "")]);
  const kept = caches.length - stale.length;
  return [
    ...tableOf("Caches of trainers that no longer fit", ["file", "made by", "size", "why"], rows),
    ...(kept === 0 ? [] : [`${formatCount(kept, "other cache")} of trainers may still fit.`, ""]),
  ];
}

function pairsOf(pairs: TrainerReading["pairs"]): string[] {
  const rows = pairs.map(({ image, texts, repeats }) => [code(image), texts.map(line).join(" ∣ "), number(repeats)]);
  return tableOf("The first pairs", ["picture", "text", "repeats"], rows);
}

function tableOf(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, mostRows);
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const more = rows.length - shown.length;
  return [
    `## ${title}`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...shown.map(row),
    "",
    ...(more === 0 ? [] : [`… and ${number(more)} more.`, ""]),
  ];
}

function code(text: string): string {
  return `\`${line(text).replaceAll("`", "'")}\``;
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function number(value: number): string {
  return value.toLocaleString("en");
}
