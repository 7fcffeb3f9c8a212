import * as vscode from "vscode";
import type { WatchFolder } from "./datasetWatch.ts";
import { trimmed } from "./folders.ts";

/** The window's folders that lie on a disk, as absolute paths. */
export function workspaceRoots(): readonly string[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => trimmed(uri.fsPath));
}

/** Watches a folder by VS Code's watcher, which also serves folders outside of the workspace, and such as don't exist yet. */
export const watchFolder: WatchFolder = (folder, { deep }, onChange) => {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), deep ? "**/*" : "*");
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  const tell = ({ fsPath }: vscode.Uri): void => onChange(fsPath);
  watcher.onDidCreate(tell);
  watcher.onDidChange(tell);
  watcher.onDidDelete(tell);
  return watcher;
};
