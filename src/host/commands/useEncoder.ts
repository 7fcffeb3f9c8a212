import * as vscode from "vscode";
import * as messages from "../messages.ts";
import type { SettingKey } from "../settings.ts";
import type { CommandParts } from "./handlers.ts";
import { findDataset } from "./target.ts";

/** Sets the encoder of this workspace (an id or a folder; empty for the recipe's), and offers to analyse with it. `argument` is what the command was called on. */
export function useEncoder(parts: CommandParts, encoder: string, argument: unknown): Promise<void> {
  return use(parts, { key: "winnow.encoder.folder", value: encoder, tell: messages.encoderChosen }, argument);
}

/** The same of the companion; `none` goes without one. */
export function useCompanion(parts: CommandParts, companion: string, argument: unknown): Promise<void> {
  return use(parts, { key: "winnow.encoder.companion", value: companion, tell: messages.companionChosen }, argument);
}

interface Choice {
  readonly key: SettingKey;
  readonly value: string;
  readonly tell: (name: string, root: string, value: string) => messages.Message;
}

async function use(parts: CommandParts, { key, value, tell }: Choice, argument: unknown): Promise<void> {
  const place = vscode.workspace.workspaceFolders === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration().update(key, value, place);
  if (parts.datasets.all.length === 0) return;
  const entry = await findDataset(parts, argument, "any");
  if (entry !== undefined) parts.notices.tell(tell(entry.name, entry.root, value));
}
