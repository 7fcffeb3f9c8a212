import * as vscode from "vscode";
import type { PanelWindow } from "./panelWindow.ts";
import { isBrowserFormat, isInside } from "./panelWindow.ts";

/** Files that a person chose in this window, in whichever panel. */
const chosen = new Set<string>();

const dialogs = {
  picture: {
    title: "Search by a picture",
    openLabel: "Search",
    filters: { Pictures: ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"] },
  },
  recipe: { title: "Compare with a recipe", openLabel: "Compare", filters: { Recipes: ["json"] } },
} satisfies Record<string, vscode.OpenDialogOptions>;

/** VS Code's window as a panel's page may use it. After a dialog the keys are the page's again: a person goes on with them where they were. */
export function createPanelWindow(panel: vscode.WebviewPanel, root: string): PanelWindow {
  const { webview } = panel;
  const takeFocusBack = (): void => {
    if (panel.visible) panel.reveal(undefined, false);
  };
  return {
    openPicture: async (path) => {
      await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(path), beside());
    },
    openText: async (path, line) => {
      const selection = line === null ? {} : { selection: new vscode.Range(line, 0, line, 0) };
      await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(path), { ...beside(), ...selection });
    },
    pictureUri: (path, format) =>
      isInside(root, path) && isBrowserFormat(format) ? webview.asWebviewUri(vscode.Uri.file(path)).toString() : undefined,
    choose: async (what) => {
      const [uri] = (await vscode.window.showOpenDialog({ ...dialogs[what], defaultUri: vscode.Uri.file(root) })) ?? [];
      takeFocusBack();
      if (uri === undefined) return null;
      chosen.add(uri.fsPath);
      return { path: uri.fsPath };
    },
    mayRead: (path) => chosen.has(path) || [root, ...workspaceRoots()].some((folder) => isInside(folder, path)),
    confirm: async ({ message, detail, action }) => {
      const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, action);
      takeFocusBack();
      return answer === action;
    },
  };
}

function beside(): vscode.TextDocumentShowOptions {
  return { viewColumn: vscode.ViewColumn.Beside, preview: true };
}

function workspaceRoots(): readonly string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}
