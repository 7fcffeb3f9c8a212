import * as vscode from "vscode";
import { failed, type Message } from "./messages.ts";

/** Where a person is told things. */
export interface Notices {
  /** Shows a message and carries out what the person chooses of it. VS Code itself puts one that is told again in the place of the former, which may have slid away unseen. */
  tell(message: Message): void;
  /** Tells that something failed, unless a person stopped it; the details go to the log. */
  fail(what: string, error: unknown): void;
}

/** Makes the notices over VS Code's messages. */
export function createNotices(log: vscode.LogOutputChannel): Notices {
  const show = async ({ severity, text, actions }: Message): Promise<void> => {
    const chosen = await showers[severity](text, ...actions.map(({ title }) => title));
    const action = actions.find(({ title }) => title === chosen);
    if (action !== undefined) await vscode.commands.executeCommand(action.command, ...(action.arguments ?? []));
  };
  const tell = (message: Message): void => {
    show(message).catch((error: unknown) => log.error(`An action of "${message.text}" failed`, error));
  };
  return {
    tell: (message) => {
      log[levels[message.severity]](message.text);
      tell(message);
    },
    fail: (what, error) => {
      const message = failed(what, error);
      if (message === undefined) return;
      log.error(what, error instanceof Error ? error : String(error), detailOf(error));
      tell(message);
    },
  };
}

const levels = { info: "info", warning: "warn", error: "error" } as const;

const showers = {
  info: (text: string, ...titles: string[]) => vscode.window.showInformationMessage(text, ...titles),
  warning: (text: string, ...titles: string[]) => vscode.window.showWarningMessage(text, ...titles),
  error: (text: string, ...titles: string[]) => vscode.window.showErrorMessage(text, ...titles),
} as const;

/** What the other side said of where it failed. */
function detailOf(error: unknown): string {
  const detail = typeof error === "object" && error !== null && "detail" in error ? error.detail : "";
  return typeof detail === "string" ? detail : "";
}
