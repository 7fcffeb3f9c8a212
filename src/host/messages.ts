import type { ProviderChoice } from "../core/providers.ts";
import { formatBytes } from "../core/bytes.ts";
import type { PrunedCache } from "../protocol/cache.ts";
import type { ExportDatasetAnswer } from "../protocol/exports.ts";
import type { RunReport } from "../protocol/engineApi.ts";
import type { UndoAnswer } from "../protocol/operations.ts";
import type { TriedRules } from "../protocol/recipes.ts";
import { RemoteError } from "../protocol/rpc.ts";
import type { CommandId } from "./commandIds.ts";
import { NotTrustedError } from "./engineClient.ts";
import { EngineGoneError } from "./engineGoneError.ts";
import { formatCount } from "./runText.ts";
import { isStopped } from "./stopped.ts";

/** What a message offers: a command of ours or of VS Code. */
export interface MessageAction {
  readonly title: string;
  readonly command: CommandId | "workbench.trust.manage";
  readonly arguments?: readonly unknown[];
}

/** One sentence to a person, without a stop, with at most two actions. */
export interface Message {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
  readonly actions: readonly [] | readonly [MessageAction] | readonly [MessageAction, MessageAction];
}

const showLog: MessageAction = { title: "Show Log", command: "winnow.showLog" };
const openSettings: MessageAction = { title: "Open Settings", command: "winnow.openSettings" };
const chooseEncoder: MessageAction = { title: "Choose Encoder", command: "winnow.chooseEncoder" };
const manageTrust: MessageAction = { title: "Manage Trust", command: "workbench.trust.manage" };
const restartEngine: MessageAction = { title: "Restart Engine", command: "winnow.restartEngine" };
const examineMachine: MessageAction = { title: "Examine This Machine", command: "winnow.examineMachine" };
const openPanel = (root: string): MessageAction => ({ title: "Open Panel", command: "winnow.openPanel", arguments: [{ root }] });
const run = (root: string, title = "Analyse"): MessageAction => ({ title, command: "winnow.run", arguments: [{ root }] });

/** The extension could not start. */
export function activationFailed(error: unknown): Message {
  return { severity: "error", text: `Winnow could not start: ${sentenceOf(error)}`, actions: [showLog] };
}

/** The engine died too often. */
export function engineGivenUp(): Message {
  return {
    severity: "error",
    text: "Winnow's engine stopped again and again and is left alone for now",
    actions: [showLog, restartEngine],
  };
}

/** The engine died during a run, which goes on. */
export function runRecovered(name: string, asked: ProviderChoice, provider: ProviderChoice): Message {
  const where = asked === provider ? "" : `, now on ${provider === "cpu" ? "the processor" : provider}`;
  return {
    severity: "warning",
    text: `The engine stopped during the analysis of ${name}, which goes on from where it was${where}`,
    actions: [showLog],
  };
}

/** A run is done. */
export function runDone(name: string, { dataset, encoder, problems, notices }: RunReport): Message {
  const real = problems.filter(({ severity }) => severity !== "note").length;
  const told = [
    `${name} is analysed: ${formatCount(dataset.samples, "picture")}, ${formatCount(dataset.captions, "caption")}${real === 0 ? "" : `, ${formatCount(real, "problem")}`}`,
    ...notices.map(withoutCommandLine),
  ];
  const open = openPanel(dataset.root);
  return { severity: "info", text: told.join(". "), actions: encoder?.builtin === true ? [open, chooseEncoder] : [open] };
}

/** Something was evicted from the cache, and perhaps something else could not be. */
export function cachePruned({ freedBytes, leftBytes, failed }: PrunedCache): Message {
  const text = `${formatBytes(freedBytes)} of the cache are free again, ${formatBytes(leftBytes)} stay`;
  if (failed.length === 0) return { severity: "info", text, actions: [] };
  return {
    severity: "warning",
    text: `${text}. ${failed[0]!}${failed.length > 1 ? `, and ${failed.length - 1} more` : ""}`,
    actions: [showLog],
  };
}

/** Nothing of the cache goes. */
export function nothingToPrune({ leftBytes, keptBytes }: PrunedCache): Message {
  const kept = keptBytes === 0 ? "" : `, ${formatBytes(keptBytes)} of it in use`;
  return { severity: "info", text: `Nothing has to go: the cache holds ${formatBytes(leftBytes)}${kept}`, actions: [] };
}

/** A command about a caption was called where there is none. */
export function noCaptionHere(): Message {
  return {
    severity: "info",
    text: "There is no caption of an analysed dataset here: open a caption file, and analyse its dataset first",
    actions: [],
  };
}

/** A command about a caption's group was called where there is none. */
export function noGroup(sample: string): Message {
  return { severity: "info", text: `${sample} is in no group`, actions: [] };
}

/** Files of a dataset have changed since its analysis. */
export function filesChanged(name: string, root: string, count: number): Message {
  return {
    severity: "info",
    text: `${formatCount(count, "file")} of ${name} changed since the analysis`,
    actions: [
      run(root, "Analyse Changes"),
      { title: "Open Settings", command: "winnow.openSettings", arguments: ["winnow.run.whenFilesChange"] },
    ],
  };
}

/** A folder that was to be added holds no dataset. */
export function noDatasetIn(folder: string): Message {
  return {
    severity: "warning",
    text: `No dataset was found in ${folder}: Winnow looks for pictures with captions beside them, in tables or in tar shards`,
    actions: [],
  };
}

/** Nothing is there to do something with. */
export function noDatasets(): Message {
  return {
    severity: "info",
    text: "There is no dataset in this window yet",
    actions: [
      { title: "Add Dataset Folder", command: "winnow.addDataset" },
      { title: "Try the Sample", command: "winnow.trySample" },
    ],
  };
}

/** Something was asked of a dataset that takes an analysis. */
export function notAnalysed(name: string, root: string): Message {
  return { severity: "info", text: `${name} is not analysed yet`, actions: [run(root)] };
}

/** An undo is done, or there was nothing to undo. */
export function undone(name: string, { undone: operations, restored, left }: UndoAnswer): Message {
  if (left.length > 0) {
    const [first] = left;
    const others = left.length === 1 ? "" : ` and ${formatCount(left.length - 1, "other file")}`;
    return {
      severity: "warning",
      text: `${formatCount(restored, "file")} of ${name} returned; left alone was ${first!.path}${others} (${first!.reason})`,
      actions: [showLog],
    };
  }
  const told =
    operations.length === 0
      ? `There is nothing to undo in ${name}`
      : `Undone in ${name}: ${formatCount(operations.length, "operation")}, ${formatCount(restored, "file")} as before`;
  return { severity: "info", text: told, actions: [] };
}

/** A recipe was applied. */
export function recipeApplied(name: string, root: string, { operation, dropped, review }: TriedRules): Message {
  if (operation === null) return { severity: "info", text: `The recipe of ${name} changes nothing`, actions: [] };
  const reviewed = review.captions === 0 ? "" : `, ${formatCount(review.captions, "caption")} in review`;
  const undo: MessageAction = {
    title: "Undo",
    command: "winnow.undoOperation",
    arguments: [{ root, subject: { kind: "operation", operation } }],
  };
  return {
    severity: "info",
    text: `By the recipe of ${name} ${formatCount(dropped.captions, "caption")} are dropped${reviewed}`,
    actions: [undo],
  };
}

/** An encoder was chosen for this workspace. */
export function encoderChosen(name: string, root: string, encoder: string): Message {
  const told =
    encoder === ""
      ? "Nothing is set any more: the recipe's encoder is used, else the built-in one"
      : `From now on ${encoder} scores the pairs`;
  return { severity: "info", text: told, actions: [run(root, `Analyse ${name}`)] };
}

/** A companion was chosen for this workspace: its id or folder, `none`, or nothing. */
export function companionChosen(name: string, root: string, companion: string): Message {
  const told =
    companion === ""
      ? "Nothing is set any more: the recipe's companion is used, where it names one"
      : companion === "none"
        ? "From now on the encoder alone looks for near-duplicates"
        : `From now on ${companion} looks for near-duplicates too`;
  return { severity: "info", text: told, actions: [run(root, `Analyse ${name}`)] };
}

/** An export is written. */
export function exported(folder: string, { samples, captions, files, leftOut }: ExportDatasetAnswer): Message {
  if (files === 0) return { severity: "warning", text: "Nothing was exported: no pair is kept that could be written", actions: [showLog] };
  const told = `${formatCount(samples, "picture")} with ${formatCount(captions, "caption")} went to ${folder}`;
  const reveal: MessageAction = { title: "Reveal", command: "winnow.revealDataset", arguments: [{ root: folder }] };
  if (leftOut.length === 0) return { severity: "info", text: told, actions: [reveal] };
  return {
    severity: "warning",
    text: `${told}; ${leftOut.length.toLocaleString("en")} left out, which the log lists`,
    actions: [reveal, showLog],
  };
}

/** The engine was restarted by hand. */
export function engineRestarted(): Message {
  return { severity: "info", text: "Winnow's engine starts anew with the next question", actions: [] };
}

/** Nothing is left to be downloaded for CUDA. */
export function cudaPresent(): Message {
  return { severity: "info", text: "CUDA's libraries are all here", actions: [examineMachine] };
}

/** CUDA's libraries are downloaded. */
export function cudaDownloaded(stillMissing: readonly string[]): Message {
  const [first] = stillMissing;
  if (first === undefined) return { severity: "info", text: "CUDA's libraries are here, and the next analysis can use them", actions: [] };
  return {
    severity: "warning",
    text: `CUDA's libraries are here, but it can't be used yet: ${withoutCommandLine(first)}`,
    actions: [examineMachine],
  };
}

/** Something failed; undefined where a person stopped it. `what` says what, as a clause: `The analysis of photos failed`. */
export function failed(what: string, error: unknown): Message | undefined {
  if (isStopped(error) || (error instanceof EngineGoneError && error.reason === "closing")) return undefined;
  if (error instanceof NotTrustedError) return { severity: "warning", text: error.message, actions: [manageTrust] };
  if (error instanceof EngineGoneError) return engineGone(what, error);
  if (error instanceof RemoteError && error.kind === "EncoderError")
    return { severity: "error", text: `${what}: ${sentenceOf(error)}`, actions: [chooseEncoder, showLog] };
  return { severity: "error", text: `${what}: ${sentenceOf(error)}`, actions: [showLog] };
}

function engineGone(what: string, { reason, detail }: EngineGoneError): Message {
  switch (reason) {
    case "cannotStart":
      return { severity: "error", text: `${what}: the engine's program can't be started (${detail})`, actions: [showLog, openSettings] };
    case "givenUp":
      return engineGivenUp();
    case "ended":
    case "stopped":
    case "closing":
      return { severity: "error", text: `${what}: the engine stopped unexpectedly`, actions: [showLog] };
  }
}

/** The first line of an error, without a stop. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return withoutCommandLine((text.split("\n")[0] ?? "").trim());
}

/** What the engine says to everybody, without a stop and without what is to be typed in a terminal: actions say that here. */
function withoutCommandLine(text: string): string {
  return text.replace(/: [^:]*("winnow |--[a-z])[^:]*$/, "").replace(/\.$/, "");
}
