import { availableParallelism } from "node:os";
import * as vscode from "vscode";
import { saveBeforeWrite } from "./captions/unsavedDocuments.ts";
import type { HostModels } from "./engineAsks.ts";
import { createEngineClient, type Engine } from "./engineClient.ts";
import { resolveFolder } from "./folders.ts";
import { engineGivenUp } from "./messages.ts";
import type { Notices } from "./notices.ts";
import type { Settings } from "./settings.ts";

/** What the engine of a window is opened with. */
export interface WindowEngineParts {
  readonly settings: Settings;
  readonly log: vscode.LogOutputChannel;
  readonly notices: Notices;
  readonly models: HostModels;
  /** A request has changed something of a dataset, or may have. */
  readonly onDidWrite: (root: string) => void;
}

/** Makes the engine of a window from what VS Code knows: the program beside the extension, the settings, trust. */
export function openEngine(extensionUri: vscode.Uri, { settings, log, notices, models, onDidWrite }: WindowEngineParts): Engine {
  return createEngineClient({
    program: vscode.Uri.joinPath(extensionUri, "dist", "childMain.js").fsPath,
    choose: () => ({
      nodePath: resolveFolder(settings.read("winnow.engine.nodePath"), undefined) ?? settings.read("winnow.engine.nodePath"),
      cacheFolder: resolveFolder(settings.read("winnow.cache.folder"), undefined) ?? "",
      cacheLimitGb: settings.read("winnow.cache.limitGb"),
      dataFolder: resolveFolder(settings.read("winnow.data.folder"), undefined) ?? "",
      cores: availableParallelism(),
      environment: process.env,
      isElectron: process.versions["electron"] !== undefined,
    }),
    isTrusted: () => vscode.workspace.isTrusted,
    models,
    log: (line) => log.debug(line),
    warn: (line) => log.warn(line),
    beforeWrite: saveBeforeWrite,
    onDidWrite,
    onGivenUp: (error) => {
      log.error(`The engine is given up: ${error.detail}`);
      notices.tell(engineGivenUp());
    },
  });
}
