import * as vscode from "vscode";
import { NoDatasetError } from "../datasetList.ts";
import { isWithin } from "../folders.ts";
import * as messages from "../messages.ts";
import { datasetsViewId } from "../viewIds.ts";
import { chooseCompanion } from "./chooseCompanion.ts";
import { chooseEncoder } from "./chooseEncoder.ts";
import type { CommandParts, Handlers } from "./handlers.ts";
import { findDataset, targetOf } from "./target.ts";

/** Commands about which datasets there are, and their analysis. */
export function datasetCommands(
  parts: CommandParts,
): Handlers<
  | "winnow.addDataset"
  | "winnow.removeDataset"
  | "winnow.findDatasets"
  | "winnow.trySample"
  | "winnow.run"
  | "winnow.cancelRun"
  | "winnow.chooseEncoder"
  | "winnow.chooseCompanion"
  | "winnow.revealDataset"
> {
  const { datasets } = parts;
  return {
    "winnow.addDataset": (argument) => addDataset(parts, argument),
    "winnow.removeDataset": async (argument) => {
      const entry = await findDataset(parts, argument, "any");
      if (entry !== undefined) await datasets.remove(entry.root);
    },
    "winnow.findDatasets": () => datasets.find(),
    "winnow.trySample": () => trySample(parts),
    "winnow.run": async (argument) => {
      const entry = await findDataset(parts, argument, "any");
      if (entry !== undefined) await datasets.run(entry.root);
    },
    "winnow.cancelRun": async (argument) => {
      const entry = await findDataset(parts, argument, "running");
      if (entry !== undefined) datasets.cancelRun(entry.root);
    },
    "winnow.chooseEncoder": (argument) => chooseEncoder(parts, argument),
    "winnow.chooseCompanion": (argument) => chooseCompanion(parts, argument),
    "winnow.revealDataset": async (argument) => {
      const root = targetOf(argument).root ?? (await findDataset(parts, argument, "any"))?.root;
      if (root !== undefined) await revealFolder(root);
    },
  };
}

async function addDataset({ datasets, notices }: CommandParts, argument: unknown): Promise<void> {
  const folder = targetOf(argument).root ?? (await askForFolder());
  if (folder === undefined) return;
  try {
    await datasets.add(folder);
    await vscode.commands.executeCommand(`${datasetsViewId}.focus`);
  } catch (error) {
    if (!(error instanceof NoDatasetError)) throw error;
    notices.tell(messages.noDatasetIn(error.folder));
  }
}

async function askForFolder(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "Add Dataset Folder",
    openLabel: "Add",
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
  });
  return chosen?.[0]?.fsPath;
}

/** Copies the sample to where it may be changed, once, and shows what Winnow finds in it. What a person decided about it stays. */
async function trySample({ datasets, panels, extensionUri, storageUri }: CommandParts): Promise<void> {
  const target = vscode.Uri.joinPath(storageUri, "sample");
  if (!(await exists(target))) {
    // A copy that was cut short must not look like the sample.
    const unfinished = vscode.Uri.joinPath(storageUri, "sample.unfinished");
    await vscode.workspace.fs.createDirectory(storageUri);
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, "media", "sample"), unfinished, { overwrite: true });
    await vscode.workspace.fs.rename(unfinished, target, { overwrite: true });
  }
  const root = target.fsPath;
  await datasets.add(root);
  await vscode.commands.executeCommand(`${datasetsViewId}.focus`);
  await datasets.run(root);
  if (datasets.get(root)?.overview?.analysed != null) panels.open(root);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** Shows a folder where it can be shown: in the explorer, in the system's file manager, or in a window of its own on another machine. */
async function revealFolder(folder: string): Promise<void> {
  const uri = vscode.Uri.file(folder);
  const isInWorkspace = (vscode.workspace.workspaceFolders ?? []).some((own) => isWithin(own.uri.fsPath, folder));
  const isLocal = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  if (isInWorkspace) await vscode.commands.executeCommand("revealInExplorer", uri);
  else if (isLocal) await vscode.commands.executeCommand("revealFileInOS", uri);
  else await vscode.commands.executeCommand("vscode.openFolder", uri, { forceNewWindow: true });
}
