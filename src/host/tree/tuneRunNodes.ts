import { formatDifference } from "../../core/tune/comparisonText.ts";
import { formatGain } from "../../core/tune/gain.ts";
import { formatRunProgress } from "../../core/tune/runProgress.ts";
import type { Overview } from "../../protocol/overview.ts";
import type { ListedTuneRun, TuneRunState } from "../../protocol/tuneRuns.ts";
import { formatCount, formatTimeLeft } from "../runText.ts";
import type { TreeNode } from "./treeNode.ts";
import { escapeMarkdown, formatAgo } from "./words.ts";

const icons: Readonly<Record<TuneRunState, { readonly id: string; readonly color?: string }>> = {
  running: { id: "sync~spin" },
  stopped: { id: "debug-pause" },
  done: { id: "pass" },
  failed: { id: "error", color: "problemsErrorIcon.foreground" },
  died: { id: "debug-disconnect" },
};

/** The runs of fine-tuning of a dataset, the newest first, and what begins the first where there is none. A click opens a run's report. */
export function tuneRunsNode(root: string, { tuneRuns = [] }: Overview, nowMs: number): readonly TreeNode[] {
  const [newest] = tuneRuns;
  if (newest === undefined) return [firstRunNode(root)];
  const running = tuneRuns.filter(({ state }) => state === "running").length;
  return [
    {
      id: `${root}#tuneRuns`,
      root,
      label: "Fine-tuning runs",
      description: running > 0 ? `${formatCount(running, "run")} under way` : `latest ${formatAgo(newest.startedAt, nowMs)}`,
      tooltip: "Encoders that were tuned on the kept pairs of this dataset, a run goes on when the window closes",
      icon: { id: "flame" },
      context: "tuneRuns",
      isOpen: running > 0,
      children: tuneRuns.map((run) => tuneRunNode(root, run, nowMs)),
    },
  ];
}

function firstRunNode(root: string): TreeNode {
  const about = "A small head is trained on the vectors of the kept pairs: no Python, an epoch in seconds";
  const command = { id: "winnow.fineTune", arguments: [{ root }] };
  return {
    id: `${root}#noTuneRuns`,
    root,
    label: "Fine-tune the encoder",
    tooltip: about,
    icon: { id: "flame" },
    context: "noTuneRuns",
    command,
  };
}

function tuneRunNode(root: string, run: ListedTuneRun, nowMs: number): TreeNode {
  const label = run.title;
  const subject = { kind: "tuneRun", run: run.id } as const;
  const description = [run.state, ...progressOf(run), formatGain(run), formatAgo(run.startedAt, nowMs)].filter(Boolean).join(" · ");
  const lines = [
    run.encoder === null ? run.id : `${run.id}, tunes ${run.encoder}`,
    run.message ?? "",
    run.tuned === null ? "" : `The tuned encoder is in ${run.tuned}`,
    run.samples === true ? "Its sample pictures by checkpoint are in the panel's view of runs" : "",
    run.comparison === null ? "" : "Was it the curation? The same is trained on the kept pairs and on as many random ones, seed by seed",
  ];
  return {
    id: `${root}#tuneRun/${run.id}`,
    root,
    label,
    description,
    tooltip: lines
      .filter((line) => line !== "")
      .map(escapeMarkdown)
      .join("\n\n"),
    icon: icons[run.state],
    context: contextOf(run),
    spoken: `Fine-tuning run ${label}, ${description}`,
    command: { id: "winnow.openTuneReport", arguments: [{ root, subject }] },
    subject,
  };
}

/** One that ended without an encoder has nothing to go on with, and nothing to use. */
function contextOf({ state, tuned, incomparable }: ListedTuneRun): string {
  if (state === "running") return "runningTuneRun";
  if (state === "done" && tuned !== null) return incomparable === null ? "doneTuneRun comparable" : "doneTuneRun";
  if (state === "done") return "endedTuneRun";
  return "tuneRun";
}

function progressOf(run: ListedTuneRun): readonly string[] {
  const { state, loss, etaSeconds, comparison } = run;
  if (state === "done") return comparison?.answer == null ? [] : [formatDifference(comparison.answer)];
  const left = etaSeconds === null ? "" : `, at most ${formatTimeLeft(etaSeconds)} left`;
  return [`${formatRunProgress(run)}${left}`, ...(loss === null ? [] : [`loss ${loss.toPrecision(3)}`])];
}
