import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import * as vscode from "vscode";
import type { ProviderChoice } from "../../core/providers.ts";
import type { Datasets } from "../datasets.ts";
import type { EngineClient } from "../engineClient.ts";
import { pageHtml } from "./html.ts";
import { createPages, type Pages, type PanelFacts } from "./pages.ts";
import { createRelay } from "./relay.ts";
import type { RewriteJobs } from "./rewriteJobs.ts";
import { createPanelWindow } from "./vscodeWindow.ts";

/** What a panel is made with. */
export interface PanelParts {
  readonly engine: EngineClient;
  readonly datasets: Datasets;
  readonly extensionUri: vscode.Uri;
  /** Where models run. */
  readonly provider: () => ProviderChoice;
  readonly rewriteJobs: RewriteJobs;
  readonly log: (message: string, detail: string) => void;
}

/** One dataset's panel: it stays until the person closes it, while its pages come and go. */
export interface Panel {
  readonly root: string;
  readonly webviewPanel: vscode.WebviewPanel;
  readonly pages: Pages;
}

/** Fills a webview panel with a dataset's page. */
export function createPanel(webviewPanel: vscode.WebviewPanel, root: string, parts: PanelParts): Panel {
  const { webview } = webviewPanel;
  const { engine, datasets, provider, rewriteJobs, log } = parts;
  const window = createPanelWindow(webviewPanel, root);
  const pages = createPages({
    post: (message) => webview.postMessage(message),
    serve: ({ readSnapshot, gone }) => createRelay({ root, engine, datasets, window, provider, rewriteJobs, readSnapshot, gone, log }),
    readFacts: () => readFacts(root, parts),
    knownFacts: () => knownFacts(root, parts),
  });
  webview.onDidReceiveMessage((message: unknown) => pages.receive(message));
  webviewPanel.onDidChangeViewState(() => {
    if (!webviewPanel.visible) pages.close();
  });
  webviewPanel.onDidDispose(() => pages.close());
  const files = vscode.Uri.joinPath(parts.extensionUri, "dist", "webview");
  webview.options = { enableScripts: true, localResourceRoots: [files, vscode.Uri.file(root)] };
  webview.html = pageHtml({
    title: webviewPanel.title,
    scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(files, "main.js")).toString(),
    styleUri: webview.asWebviewUri(vscode.Uri.joinPath(files, "main.css")).toString(),
    cspSource: webview.cspSource,
    scriptNonce: createNonce(),
    styleNonce: createNonce(),
  });
  return { root, webviewPanel, pages };
}

function createNonce(): string {
  return randomBytes(16).toString("base64");
}

function knownFacts(root: string, { datasets }: PanelParts): PanelFacts | undefined {
  const entry = datasets.get(root);
  if (entry?.overview == null) return undefined;
  return { overview: entry.overview, run: entry.run, changedFiles: entry.changedFiles, trusted: vscode.workspace.isTrusted };
}

/** After a reload of the window a panel may be back before the datasets were found: then the engine is asked directly. */
async function readFacts(root: string, parts: PanelParts): Promise<PanelFacts> {
  const known = knownFacts(root, parts);
  if (known !== undefined) return known;
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Error(`The dataset ${root} is no longer there: close this panel, and open another from Winnow's side bar`);
  const overview = await parts.engine.store.call("readOverview", { root });
  return knownFacts(root, parts) ?? { overview, run: null, changedFiles: null, trusted: vscode.workspace.isTrusted };
}
