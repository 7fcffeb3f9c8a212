import { formatBytes } from "../../core/bytes.ts";
import { adviseNext, formatSparkline, summarizeCurve, type CurvePoint, type CurveSummary } from "../../core/tune/curve.ts";
import { drawCurve, type DrawnCurve } from "../../core/tune/curvePicture.ts";
import { formatGain } from "../../core/tune/gain.ts";
import { formatRunProgress } from "../../core/tune/runProgress.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { ListedTuneRun, TuneCurve, TunePoint, TunePreview } from "../../protocol/tuneRuns.ts";
import type { TuneReport } from "../../protocol/tuneReport.ts";
import { formatCount, formatTimeLeft } from "../runText.ts";
import { codeSpan, escapeMarkdown } from "../tree/words.ts";
import { formatChanges } from "./changesText.ts";

/** A share in percent; `unknown` where it isn't known. */
export function formatShare(share: number | null): string {
  return share === null ? "unknown" : `${(100 * share).toFixed(1)} %`;
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
  const recall = changes?.heldOut.recall ?? {
    before: points.find(({ epoch }) => epoch === 0),
    after: points.find(({ epoch }) => epoch === summary.best?.epoch),
  };
  const paints = run.samples !== null;
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const charts = [
    ...(paints ? [] : [chartOf("R@1 by epoch", { points: curve.map(({ epoch, recall: value }) => ({ epoch, value })), format: percent })]),
    chartOf("Loss by epoch", {
      points: curve.map(({ epoch, loss: value }) => ({ epoch, value })),
      format: (value) => value.toPrecision(3),
    }),
    ...(points.some(({ canary }) => canary !== undefined)
      ? [
          chartOf("R@1 on Winnow's own pictures by epoch", {
            points: points.map(({ epoch, canary: value = null }) => ({ epoch, value })),
            format: percent,
          }),
        ]
      : []),
  ];
  return [
    `# Fine-tuning on ${escapeMarkdown(name)}: ${escapeMarkdown(run.title)}`,
    "",
    `Run ${codeSpan(run.id)}, ${run.state}${run.message === null ? "" : `: ${escapeMarkdown(run.message)}`}. It began at ${escapeMarkdown(run.startedAt)}.`,
    "",
    ...(paints ? [] : retrievalSection(recall, summary)),
    ...charts.flatMap(({ title, told }) => [`## ${title}`, "", told, ""]),
    ...(changes === undefined ? [] : formatChanges(changes, run.incomparable)),
    "## What to do next",
    "",
    ...(paints ? adviseOnPainting(run) : (changes?.next ?? adviseNext(summary, run.epochs))).map((advice) => `- ${advice}`),
    ...(run.tuned === null ? [] : [`- The tuned encoder is in ${codeSpan(run.tuned)}`]),
    "",
    "## What it was trained with",
    "",
    ...Object.entries(options).map(([key, value]) => `- ${key}: ${String(value) === "" ? "as usual" : codeSpan(String(value))}`),
    "",
    // What is long and read by nobody comes last.
    ...charts.flatMap(({ definition }) => (definition === undefined ? [] : [definition, ""])),
  ].join("\n");
}

interface Recalls {
  readonly before: Recall | undefined;
  readonly after: Recall | undefined;
}

type Recall = Pick<TunePoint, "imageToText" | "textToImage">;

function retrievalSection({ before, after }: Recalls, summary: CurveSummary): readonly string[] {
  return [
    "## Retrieval on held-out pairs",
    "",
    "| R@1 | before | after |",
    "| --- | --- | --- |",
    `| image to text | ${formatShare(before?.imageToText ?? null)} | ${formatShare(after?.imageToText ?? null)} |`,
    `| text to image | ${formatShare(before?.textToImage ?? null)} | ${formatShare(after?.textToImage ?? null)} |`,
    "",
    bestOf(summary),
    "",
  ];
}

/** The loss of a model that paints says little: its pictures tell when it has learned enough. */
function adviseOnPainting({ state, samples }: ListedTuneRun): readonly string[] {
  const look =
    samples === true
      ? "Compare its sample pictures by checkpoint in the panel's view of runs: the first that shows what it should is the one to use"
      : "Look for its sample pictures where its trainer logs them";
  return state === "done" || state === "running" ? [look] : [look, "Resume the run to go on from its last checkpoint"];
}

function bestOf({ best, epochs }: CurveSummary): string {
  if (best === null) return "No recall was measured while it ran.";
  return best.epoch === 0
    ? `None of ${formatCount(epochs, "epoch")} was better than the beginning.`
    : `The best is epoch ${best.epoch} of ${epochs}.`;
}

/** A curve as a picture within the document; `definition` is the picture itself, which `told` refers to. */
function chartOf(title: string, curve: DrawnCurve): { readonly title: string; readonly told: string; readonly definition?: string } {
  const svg = drawCurve(curve);
  if (svg === undefined) return { title, told: "Nothing is known of it." };
  const known = curve.points.flatMap(({ value }) => (value === null ? [] : [value]));
  const range = `${curve.format(Math.min(...known))} to ${curve.format(Math.max(...known))}`;
  const picture = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  return { title, told: `![${title}, ${range}][${title}]`, definition: `[${title}]: ${picture}` };
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
  const row = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [
    `# Runs of fine-tuning on ${escapeMarkdown(name)}`,
    "",
    `${formatCount(curves.length, "run")}, the best first. Losses of different kinds can't be compared; R@1 can where the same pairs were held out.`,
    "",
    row(head),
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows.map(row),
    "",
  ].join("\n");
}

/** A learned temperature has more digits than anybody reads. */
function valueOf(option: TuneCurve["options"][string] | undefined): string {
  return typeof option === "number" ? String(Number(option.toPrecision(4))) : String(option ?? "");
}

function curvePoint({ epoch, loss, imageToText, textToImage, isForgotten = false }: TunePoint): CurvePoint {
  return { epoch, loss, isForgotten, recall: imageToText === null || textToImage === null ? null : (imageToText + textToImage) / 2 };
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", "```text", ...lines, "```", ""];
}
