import * as vscode from "vscode";
import type { DatasetList } from "../datasetList.ts";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import type { Engine } from "../engineClient.ts";
import type { Settings } from "../settings.ts";
import { createCaptionDiagnostics } from "./captionDiagnostics.ts";
import type { CaptionFiles } from "./captionFiles.ts";
import { createCaptionProviders } from "./captionProviders.ts";

/** What caption files in editors are served with. */
export interface CaptionsParts {
  readonly files: CaptionFiles;
  readonly engine: Engine;
  readonly datasets: DatasetList;
  readonly settings: Settings;
  readonly log: (line: string) => void;
}

/** Serves caption files that are open in editors: problems with fixes, hover, lenses, completion. */
export function serveCaptions({ files, engine, datasets, settings, log }: CaptionsParts): Disposable {
  const store = createDisposableStore();
  const changed = store.add(new vscode.EventEmitter<void>());
  let { analyses } = files;
  store.add(
    datasets.onDidChange(() => {
      if (files.analyses === analyses) return; // a run tells of every batch
      analyses = files.analyses;
      changed.fire();
    }),
  );
  store.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("winnow.captions")) changed.fire();
    }),
  );
  const parts = { files, engine, settings, log, onDidChange: changed.event };
  store.add(createCaptionDiagnostics(parts));
  store.add(createCaptionProviders(parts));
  return store;
}
