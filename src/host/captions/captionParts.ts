import * as vscode from "vscode";
import type { EngineClient } from "../engineClient.ts";
import type { Settings } from "../settings.ts";
import type { CaptionFiles } from "./captionFiles.ts";

/** What captions in editors are served with. `onDidChange` fires when there is another analysis, or other settings. */
export interface CaptionParts {
  readonly files: CaptionFiles;
  readonly engine: Pick<EngineClient, "store" | "searcher">;
  readonly settings: Settings;
  readonly onDidChange: vscode.Event<void>;
  readonly log: (line: string) => void;
}

/** Files that may hold captions as plain text; which of them do, the engine knows. */
export const captionSelector: vscode.DocumentFilter = { scheme: "file", pattern: "**/*.{txt,caption,tags}" };

/** Whether a document may be a caption file. */
export function isCaptionDocument(document: vscode.TextDocument): boolean {
  return vscode.languages.match(captionSelector, document) > 0;
}
