import { basename } from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import type { Destination, PanelAction } from "../../protocol/panelApi.ts";
import { createPanel, type Panel, type PanelParts } from "./panel.ts";

/** The panels where datasets are looked at and curated, one a dataset. */
export interface Panels {
  /** Opens a dataset's panel, or brings it to the front, and sends it somewhere. */
  open(root: string, destination?: Destination): void;
  /** Has the panel in front carry out an action; nothing happens where none is. */
  perform(action: PanelAction): void;
  /** The root of the dataset whose panel is in front. */
  readonly active: string | undefined;
  dispose(): void;
}

/** The type of our webview panels, for `when` clauses and for VS Code's own memory. */
export const panelType = "winnow.panel";

/** What VS Code keeps of a panel over a reload is what the page has set; of this the extension needs the root alone. */
const keptState = z.object({ root: z.string().min(1).max(4096) });

/** Makes the panels, and takes over those that VS Code kept over a reload of the window. */
export function createPanels(parts: PanelParts): Panels {
  const panels = new Map<string, Panel>();
  const adopt = (webviewPanel: vscode.WebviewPanel, root: string): Panel => {
    webviewPanel.title = titleOf(root, parts);
    webviewPanel.iconPath = vscode.Uri.joinPath(parts.extensionUri, "media", "icons", "winnow.svg");
    const panel = createPanel(webviewPanel, root, parts);
    panels.set(root, panel);
    webviewPanel.onDidDispose(() => {
      if (panels.get(root) === panel) panels.delete(root);
    });
    return panel;
  };
  const active = (): Panel | undefined => [...panels.values()].find(({ webviewPanel }) => webviewPanel.active);
  const changed = (root?: string): void => {
    for (const panel of panels.values()) {
      if (root !== undefined && root !== panel.root) continue;
      panel.webviewPanel.title = titleOf(panel.root, parts);
      panel.pages.changed();
    }
  };
  const subscriptions = [
    parts.datasets.onDidChange(changed),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed()),
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: (webviewPanel, state) => {
        const kept = keptState.safeParse(state);
        // Two panels of one dataset can't be: the second would take the first one's place.
        if (!kept.success || panels.has(kept.data.root)) webviewPanel.dispose();
        else adopt(webviewPanel, kept.data.root);
        return Promise.resolve();
      },
    }),
  ];
  return {
    open: (root, destination) => {
      const known = panels.get(root);
      if (known !== undefined) known.webviewPanel.reveal(undefined, false);
      const panel = known ?? adopt(vscode.window.createWebviewPanel(panelType, "Winnow", vscode.ViewColumn.Active), root);
      if (destination !== undefined) panel.pages.show(destination);
    },
    perform: (action) => active()?.pages.perform(action),
    get active() {
      return active()?.root;
    },
    dispose: () => {
      for (const subscription of subscriptions) subscription.dispose();
      for (const { pages } of panels.values()) pages.close();
    },
  };
}

function titleOf(root: string, { datasets }: PanelParts): string {
  return datasets.get(root)?.name ?? basename(root);
}
