import { join } from "node:path";
import * as vscode from "vscode";
import type { ListedTuneRun } from "../../protocol/tuneRuns.ts";
import type { DatasetEntry } from "../datasets.ts";
import { fineTune } from "../tune/fineTune.ts";
import { nothingToCompare } from "../tune/tuneMessages.ts";
import { formatComparison, formatReport } from "../tune/tuneText.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";
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
  | "winnow.compareTuneRuns";

/** Commands that begin runs of fine-tuning, and those on a run in the side bar. */
export function tuneCommands(parts: CommandParts): Handlers<TuneCommand> {
  const { engine, datasets, documents } = parts;
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
    "winnow.openTuneReport": onRun(async ({ root, name }, run) => {
      const [curve] = await engine.store.call("readTuneCurves", { root, runs: [run.id] });
      if (curve !== undefined) await documents.show(`Report of ${run.id}.md`, formatReport(curve, name));
    }),
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

async function compareRuns({ engine, documents, notices }: CommandParts, { root, name, overview }: DatasetEntry): Promise<void> {
  const runs = overview?.tuneRuns?.map(({ id }) => id) ?? [];
  if (runs.length < 2) notices.tell(nothingToCompare(name, root));
  else await documents.show(`Runs of ${name}.md`, formatComparison(await engine.store.call("readTuneCurves", { root, runs }), name));
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
