import type * as vscode from "vscode";
import type { CaptionFiles } from "../captions/captionFiles.ts";
import type { CommandId } from "../commandIds.ts";
import type { DatasetList } from "../datasetList.ts";
import type { Documents } from "../documents.ts";
import type { Engine } from "../engineClient.ts";
import type { Notices } from "../notices.ts";
import type { Panels } from "../panel/panels.ts";
import type { EditorModels } from "../rewrite/editorModels.ts";
import type { ServerKeys } from "../rewrite/serverKeys.ts";
import type { Settings } from "../settings.ts";

/** What carries out a command; the argument is what it was called on (see `targetOf`). */
export type Handler = (argument: unknown) => Promise<void> | void;

/** Some of the commands, by their ids. */
export type Handlers<Id extends CommandId> = Readonly<Record<Id, Handler>>;

/** What commands work with. */
export interface CommandParts {
  readonly engine: Engine;
  readonly datasets: DatasetList;
  readonly panels: Panels;
  readonly captionFiles: CaptionFiles;
  readonly documents: Documents;
  readonly settings: Settings;
  readonly notices: Notices;
  readonly log: vscode.LogOutputChannel;
  readonly extensionUri: vscode.Uri;
  /** A folder of ours that lasts, for what a person tries out. */
  readonly storageUri: vscode.Uri;
  /** Where a person's tokens are kept. */
  readonly secrets: vscode.SecretStorage;
  /** The keys of servers that rewrite captions. */
  readonly keys: ServerKeys;
  readonly models: EditorModels;
}
