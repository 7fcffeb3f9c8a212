import { join } from "node:path";
import * as vscode from "vscode";
import { RemoteError } from "../../protocol/rpc.ts";
import type { TuneReport } from "../../protocol/tuneReport.ts";
import type { ListedTuneRun } from "../../protocol/tuneRuns.ts";
import type { DatasetEntry } from "../datasets.ts";
import { fineTune } from "../tune/fineTune.ts";
import { nothingToCompare } from "../tune/tuneMessages.ts";
import { formatComparison, formatReport } from "../tune/tuneText.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";
import { showWork } from "./showWork.ts";
import { findDataset, targetOf } from "./target.ts";
import { useEncoder } from "./useEncoder.ts";

type TuneCommand =
  | "winnow.fineTune"
  | "winnow.resumeTuneRun"
  | "winnow.stopTuneRun"
  | "winnow.useTunedEncoder"
  | "winnow.openTuneReport"
  | "winnow.openTuneLog"
  | "winnow.openTuneFolder"
  | "winnow.compareTuneRuns"
  | "winnow.compareWithRandom";

/** Commands that begin runs of fine-tuning, and those on a run in the side bar. */
export function tuneCommands(parts: CommandParts): Handlers<TuneCommand> {
  const { engine, datasets } = parts;
  const onRun =
    (action: (entry: DatasetEntry, run: ListedTuneRun, argument: unknown) => Promise<unknown>): Handler =>
    async (argument) => {
      const { entry, run } = await findTuneRun(parts, argument);
      if (entry !== undefined && run !== undefined) await action(entry, run, argument);
    };
  return {
    "winnow.fineTune": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await fineTune(parts, entry);
    },
    "winnow.resumeTuneRun": onRun(async ({ root }, run) => {
      if (!(await mayStart(parts, root, run, { question: `Resume the run ${run.id} of ${run.title}?`, action: "Resume" }))) return;
      await engine.store.call("resumeTuneRun", { root, run: run.id });
      await datasets.refresh(root);
    }),
    "winnow.stopTuneRun": onRun(async ({ root }, run) => {
      await engine.store.call("stopTuneRun", { root, run: run.id });
      await datasets.refresh(root);
    }),
    "winnow.useTunedEncoder": onRun(async (_, { tuned }, argument) => {
      if (tuned !== null) await useEncoder(parts, tuned, argument);
    }),
    "winnow.openTuneReport": onRun((entry, run) => showReport(parts, entry, run)),
    "winnow.compareWithRandom": onRun((entry, run) => compareWithRandom(parts, entry, run)),
    "winnow.openTuneLog": onRun(async (_, { folder }) => {
      await vscode.window.showTextDocument(vscode.Uri.file(join(folder, "log.txt")), { preview: true });
    }),
    "winnow.openTuneFolder": onRun(async (_, { folder }) => {
      await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(folder));
    }),
    "winnow.compareTuneRuns": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await compareRuns(parts, entry);
    },
  };
}

/** What another trainer's run starts stands in the dataset's folder, which others may have made: a person sees it first. */
async function mayStart(
  { engine }: CommandParts,
  root: string,
  { id, trainer }: ListedTuneRun,
  { question, action }: { readonly question: string; readonly action: string },
): Promise<boolean> {
  if (trainer === "head") return true;
  const [curve] = await engine.store.call("readTuneCurves", { root, runs: [id] });
  const command = curve?.options["command"];
  // A comparison of a run of the head trainer starts none.
  if (curve !== undefined && command === undefined) return true;
  const detail = `This program is started:\n\n${String(command ?? "")}`;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, action)) === action;
}

/** A run that is done is compared with what was before it; where that can't be, its curves are shown alone. */
async function showReport(
  { engine, documents, settings, log }: CommandParts,
  { root, name, overview }: DatasetEntry,
  asked: ListedTuneRun,
): Promise<void> {
  // A comparison is told in the report of the run that it is about.
  const { id, tuned } = overview?.tuneRuns?.find((run) => run.id === asked.comparison?.of) ?? asked;
  const [curve] = await engine.store.call("readTuneCurves", { root, runs: [id] });
  if (curve === undefined) return;
  const request = { root, run: id, provider: settings.read("winnow.engine.provider") };
  const readChanges = (): Promise<TuneReport | undefined> =>
    showWork({ title: `Scoring ${name} by the tuned encoder`, noun: "steps" }, (watch) =>
      engine.searcher.call("reportTuneRun", request, watch),
    ).catch((error: unknown) => {
      if (!(error instanceof RemoteError)) throw error;
      log.warn(`What the run ${id} changed can't be told: ${error.message}`);
      return undefined;
    });
  const changes = tuned === null ? undefined : await readChanges();
  await documents.showRead(`Report of ${id}.md`, formatReport(curve, name, changes));
}

/** Asks for how many seeds, and starts a run that trains on as many random pairs. */
async function compareWithRandom(parts: CommandParts, { root, name }: DatasetEntry, run: ListedTuneRun): Promise<void> {
  const { engine, datasets } = parts;
  const title = `Was It the Curation of ${name}?`;
  const prompt = "For how many seeds is the same trained on the kept pairs, and on as many random ones?";
  const seeds = await vscode.window.showInputBox({
    title,
    prompt,
    value: "3",
    validateInput: (text) => (/^[1-9]\d?$/.test(text.trim()) ? undefined : "Type a number from 1 to 99"),
  });
  if (seeds === undefined) return;
  const times = 2 * Number(seeds);
  if (!(await mayStart(parts, root, run, { question: `Train ${run.title} ${times} times over, in folders of its own?`, action: "Train" })))
    return;
  await showWork({ title: `Looking for what was dropped from ${name}` }, ({ signal }) =>
    engine.searcher.call("startComparison", { root, run: run.id, seeds: Number(seeds) }, { signal }),
  );
  await datasets.refresh(root);
}

async function compareRuns({ engine, documents, notices }: CommandParts, { root, name, overview }: DatasetEntry): Promise<void> {
  const runs = overview?.tuneRuns?.flatMap(({ id, comparison }) => (comparison === null ? [id] : [])) ?? [];
  if (runs.length < 2) notices.tell(nothingToCompare(name, root));
  else await documents.showRead(`Runs of ${name}.md`, formatComparison(await engine.store.call("readTuneCurves", { root, runs }), name));
}

async function findTuneRun(
  parts: CommandParts,
  argument: unknown,
): Promise<{ readonly entry?: DatasetEntry | undefined; readonly run?: ListedTuneRun | undefined }> {
  const { subject } = targetOf(argument);
  if (subject?.kind !== "tuneRun") return {};
  const entry = await findDataset(parts, argument, "analysed");
  return { entry, run: entry?.overview?.tuneRuns?.find(({ id }) => id === subject.run) };
}
