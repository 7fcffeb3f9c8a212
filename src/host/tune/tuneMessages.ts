import { formatDifference } from "../../core/tune/comparisonText.ts";
import { formatGain } from "../../core/tune/gain.ts";
import type { ListedComparison, ListedTuneRun } from "../../protocol/tuneRuns.ts";
import type { Message, MessageAction } from "../messages.ts";

/** A run that went on has ended. */
export function tuneRunEnded(name: string, root: string, run: ListedTuneRun): Message | undefined {
  const action = (title: string, command: MessageAction["command"]): MessageAction => ({
    ...{ title, command, arguments: [{ root, subject: { kind: "tuneRun", run: run.id } }] },
  });
  const report = action("Open Report", "winnow.openTuneReport");
  switch (run.state) {
    case "done": {
      if (run.comparison !== null) return compared(name, run.comparison, report);
      const gain = formatGain(run);
      const text = `Fine-tuning on ${name} is done${gain === "" ? "" : `: ${gain}`}`;
      const use = action("Use the Tuned Encoder", "winnow.useTunedEncoder");
      const look = action("Show Sample Pictures", "winnow.openPanel");
      const first = run.tuned !== null ? use : run.samples === true ? look : undefined;
      return { severity: "info", text, actions: first === undefined ? [report] : [first, report] };
    }
    case "failed":
    case "died": {
      const why = run.message ?? (run.state === "died" ? "its process is gone without a word" : "its log says why");
      const actions = [action("Resume", "winnow.resumeTuneRun"), action("Open Log", "winnow.openTuneLog")] as const;
      const what = run.comparison === null ? "Fine-tuning on" : "The comparison with random pairs of";
      return { severity: "error", text: `${what} ${name} ${run.state}: ${why}`, actions };
    }
    case "running":
    case "stopped":
      return undefined;
  }
}

function compared(name: string, { answer }: ListedComparison, report: MessageAction): Message {
  const told = answer === null ? "the answer can't be read" : formatDifference(answer);
  return { severity: "info", text: `Was it the curation of ${name}? ${told}`, actions: [report] };
}

/** Something of a dataset was changed that a run is trained on. */
export function changedWhileTuning(name: string): Message {
  return {
    severity: "warning",
    text: `Fine-tuning on ${name} goes on with the pairs as they were when it began: what you change now is not in it, and once stopped it may not be resumed`,
    actions: [],
  };
}

/** There are too few runs for a comparison. */
export function nothingToCompare(name: string, root: string): Message {
  return {
    severity: "info",
    text: `There are no two runs of fine-tuning on ${name} that could be compared`,
    actions: [{ title: "Fine-Tune…", command: "winnow.fineTune", arguments: [{ root }] }],
  };
}
