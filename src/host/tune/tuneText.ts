import { formatBytes } from "../../core/bytes.ts";
import { adviseNext, formatSparkline, summarizeCurve, type CurvePoint } from "../../core/tune/curve.ts";
import { formatRunProgress } from "../../core/tune/runProgress.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { ListedTuneRun, TuneCurve, TunePoint, TunePreview } from "../../protocol/tuneRuns.ts";
import type { TuneReport } from "../../protocol/tuneReport.ts";
import { formatCount, formatTimeLeft } from "../runText.ts";
import { formatChanges } from "./changesText.ts";

/** A share in percent; `unknown` where it isn't known. */
export function formatShare(share: number | null): string {
  return share === null ? "unknown" : `${(100 * share).toFixed(1)} %`;
}

/** What a run brought: `R@1 12.0 → 19.5 %`; nothing where that is unknown. */
export function formatGain({ recallBefore, recallBest }: Pick<ListedTuneRun, "recallBefore" | "recallBest">): string {
  if (recallBefore === null || recallBest === null) return "";
  return `R@1 ${(100 * recallBefore).toFixed(1)} → ${formatShare(recallBest)}`;
}

/** How far a run is, in a line of a terminal. */
export function formatProgress(run: ListedTuneRun): string {
  const { state, loss, etaSeconds, message } = run;
  const parts = [
    state === "running" ? formatRunProgress(run) : state,
    loss === null ? "" : `loss ${loss.toPrecision(3)}`,
    formatGain(run),
    etaSeconds === null ? "" : `at most ${formatTimeLeft(etaSeconds)} left`,
    message ?? "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** How many images an epoch shows, and how many are held out, where the job counts those. */
export function formatShown({ images, shown }: TuneJob["data"]): string {
  const heldOut = images > shown ? `, ${formatCount(images - shown, "image")} held out` : "";
  return `${formatCount(shown, "image")} shown an epoch${heldOut}`;
}

/** A job as a document to read before it runs. */
export function formatJob(
  { trainer, command, args, env, cwd, files, data, steps, seconds, memoryBytes, notes }: TunePreview,
  name: string,
): string {
  const unknown = "unknown before it runs";
  return [
    `# What fine-tuning on ${name} will run`,
    "",
    "Nothing has been started or written yet. The same is kept in the run's folder, so that the run can be repeated.",
    "",
    `- Trainer: ${trainer}`,
    `- Data: ${formatCount(data.images, "image")}, ${formatCount(data.captions, "caption")}, ${formatShown(data)}`,
    `- Steps: ${steps === undefined ? unknown : `at most ${steps.toLocaleString("en")}`}`,
    `- Time: ${seconds === undefined ? unknown : `about ${formatTimeLeft(seconds)}, by the last run of this kind`}`,
    `- Memory: ${memoryBytes === undefined ? unknown : `${formatBytes(memoryBytes)} for the data, beside the program itself`}`,
    ...notes.map((note) => `- ${note}`),
    "",
    ...section("Command", [command, ...args]),
    ...section(
      "Environment, beside what there is",
      Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ),
    ...section("Folder", [cwd]),
    ...files.flatMap(({ path, text }) => section(path, text.trimEnd().split("\n"))),
  ].join("\n");
}

/** What a run has brought, as a document: retrieval before and after, its curves, what it changed (undefined where that isn't known), and what to do next. */
export function formatReport({ run, points, options }: TuneCurve, name: string, changes?: TuneReport): string {
  const curve = points.map(curvePoint);
  const summary = summarizeCurve(curve);
  const [before, best] = [points.find(({ epoch }) => epoch === 0), points.find(({ epoch }) => epoch === summary.best?.epoch)];
  return [
    `# Fine-tuning on ${name}: ${run.title}`,
    "",
    `Run ${run.id}, ${run.state}${run.message === null ? "" : `: ${run.message}`}. It began at ${run.startedAt}.`,
    "",
    "## Retrieval on held-out pairs",
    "",
    "| R@1 | before | after |",
    "| --- | --- | --- |",
    `| image to text | ${formatShare(before?.imageToText ?? null)} | ${formatShare(best?.imageToText ?? null)} |`,
    `| text to image | ${formatShare(before?.textToImage ?? null)} | ${formatShare(best?.textToImage ?? null)} |`,
    "",
    summary.best === null ? "Nothing was held out." : `The best is epoch ${summary.best.epoch} of ${summary.epochs}.`,
    "",
    "## By epoch",
    "",
    "```text",
    `loss  ${formatSparkline(curve.filter(({ loss }) => loss !== null).map(({ loss }) => loss))}  ${rangeOf(curve.map(({ loss }) => loss))}`,
    `R@1   ${formatSparkline(curve.map(({ recall }) => recall))}  ${rangeOf(curve.map(({ recall }) => recall))}`,
    "```",
    "",
    ...(changes === undefined ? [] : formatChanges(changes)),
    "## What to do next",
    "",
    ...(changes?.next ?? adviseNext(summary, run.epochs)).map((advice) => `- ${advice}`),
    ...(run.tuned === null ? [] : [`- The tuned encoder is in \`${run.tuned}\``]),
    "",
    "## What it was trained with",
    "",
    ...Object.entries(options).map(([key, value]) => `- ${key}: ${String(value) === "" ? "as usual" : `\`${String(value)}\``}`),
    "",
  ].join("\n");
}

/** Runs side by side: what came out, and only what differs between them. */
export function formatComparison(curves: readonly TuneCurve[], name: string): string {
  const names = [...new Set(curves.flatMap(({ options }) => Object.keys(options)))];
  const differing = names.filter((key) => new Set(curves.map(({ options }) => options[key])).size > 1);
  const head = ["run", "state", "R@1 before", "R@1 best", "best epoch", "loss", ...differing, "R@1 by epoch"];
  const rows = [...curves]
    .sort((left, right) => (right.run.recallBest ?? -1) - (left.run.recallBest ?? -1))
    .map(({ run, points, options }) => {
      const { before, best } = summarizeCurve(points.map(curvePoint));
      const told = [formatShare(before), formatShare(best?.recall ?? null), best === null ? "unknown" : String(best.epoch)];
      const loss = run.loss === null ? "unknown" : run.loss.toPrecision(3);
      const line = formatSparkline(
        points.map((point) => curvePoint(point).recall),
        20,
      );
      return [run.id, run.state, ...told, loss, ...differing.map((key) => valueOf(options[key])), line];
    });
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `# Runs of fine-tuning on ${name}`,
    "",
    `${formatCount(curves.length, "run")}, the best first. Losses of different kinds can't be compared; R@1 can where the same pairs were held out.`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...rows.map(row),
    "",
  ].join("\n");
}

/** A learned temperature has more digits than anybody reads. */
function valueOf(option: TuneCurve["options"][string] | undefined): string {
  return typeof option === "number" ? String(Number(option.toPrecision(4))) : String(option ?? "");
}

function curvePoint({ epoch, loss, imageToText, textToImage }: TunePoint): CurvePoint {
  return { epoch, loss, recall: imageToText === null || textToImage === null ? null : (imageToText + textToImage) / 2 };
}

function rangeOf(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? "unknown" : `${Math.min(...known).toPrecision(3)} to ${Math.max(...known).toPrecision(3)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", "```text", ...lines, "```", ""];
}
