import { realpath } from "node:fs/promises";
import * as vscode from "vscode";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Caller } from "../engineClient.ts";
import { findConcerned, type StoreRequest, type UnsavedDocument, UnsavedError } from "./unsaved.ts";

/** Asks a person to save documents whose files are about to be written. Throws `UnsavedError` where they stay unsaved. */
export async function saveBeforeWrite(request: StoreRequest, store: Caller<StoreApi>): Promise<void> {
  const concerned = await findConcerned(request, await listUnsaved(), { store, realOf });
  if (concerned.length === 0) return;
  const paths = concerned.map(({ path }) => path);
  const named = paths.length === 1 ? vscode.workspace.asRelativePath(paths[0]!) : `${paths.length} files`;
  const question = `${named} ${paths.length === 1 ? "has" : "have"} unsaved changes, and this would write ${paths.length === 1 ? "it" : "them"}. Save first?`;
  const answer = await vscode.window.showWarningMessage(question, { modal: true }, "Save");
  if (answer !== "Save") throw new UnsavedError(paths);
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && paths.includes(document.uri.fsPath) && !(await document.save())) throw new UnsavedError([document.uri.fsPath]);
}

async function listUnsaved(): Promise<readonly UnsavedDocument[]> {
  const dirty = vscode.workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && uri.scheme === "file");
  return await Promise.all(dirty.map(async ({ uri: { fsPath: path } }) => ({ path, real: await realOf(path) })));
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}
