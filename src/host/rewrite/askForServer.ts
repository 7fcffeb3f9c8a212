import * as vscode from "vscode";
import type { SettingKey, Settings } from "../settings.ts";
import { originOf, type ServerKeys } from "./serverKeys.ts";

/** What a server is asked for with. */
interface ServerParts {
  readonly keys: ServerKeys;
  readonly settings: Settings;
}

const title = "Server That Rewrites Captions";

/** Asks for a server's address, its model and its key, and keeps the first two in the person's settings, the key among the secrets. Undefined where a person leaves it. */
export async function askForServer({ keys, settings }: ServerParts): Promise<{ readonly url: string; readonly model: string } | undefined> {
  const url = await askForAddress(settings.read("winnow.rewrite.url"));
  if (url === undefined) return undefined;
  const model = await ask({ prompt: "The model's name, as the server knows it", value: settings.read("winnow.rewrite.model") });
  if (model === undefined) return undefined;
  if ((await keys.find(url)) === undefined && !(await askForKey(keys, url, "; leave it empty where it asks for none"))) return undefined;
  await keep("winnow.rewrite.url", url);
  await keep("winnow.rewrite.model", model);
  return { url, model };
}

/** Asks for the key of a server and keeps it; one that is left empty is kept nowhere. False where a person leaves the question. */
export async function askForKey(keys: ServerKeys, url: string, more = ""): Promise<boolean> {
  const key = await vscode.window.showInputBox({
    title,
    prompt: `The key of ${originOf(url) ?? url}${more}. It is kept among VS Code's secrets and goes to this server alone`,
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) return false;
  if (key.trim() !== "") await keys.keep(url, key.trim());
  return true;
}

/** Asks for a server's address; undefined where a person leaves it. */
export async function askForAddress(value: string): Promise<string | undefined> {
  return await ask({
    prompt: "The server's address, up to and with its version",
    placeHolder: "http://localhost:11434/v1",
    value,
    validateInput: (text) => (originOf(text.trim()) === undefined ? "Type an address that begins with http:// or https://" : undefined),
  });
}

async function ask(options: vscode.InputBoxOptions): Promise<string | undefined> {
  const given = (await vscode.window.showInputBox({ title, ignoreFocusOut: true, ...options }))?.trim();
  return given === "" ? undefined : given;
}

/** A person's own: a workspace is shared with others, who have servers of their own. */
async function keep(key: SettingKey, value: string): Promise<void> {
  await vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global);
}
