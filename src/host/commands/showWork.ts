import * as vscode from "vscode";
import { StoppedError } from "../stopped.ts";

/** How work is stopped and followed. */
export interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** How work is shown: in a notification under `title`, its progress counted in `noun`; where `bar` names it, in the status bar too. */
export interface ShownWork {
  readonly title: string;
  readonly noun?: string;
  readonly bar?: string;
}

/** Shows work with a way to stop it; a person who does so makes it reject with `StoppedError`. */
export async function showWork<Result>(
  { title, noun = "", bar }: ShownWork,
  work: (options: WorkOptions) => Promise<Result>,
): Promise<Result> {
  const item = bar === undefined ? undefined : openItem(title);
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  try {
    return await vscode.window.withProgress(options, async (progress, cancellation) => {
      const stop = new AbortController();
      cancellation.onCancellationRequested(() => stop.abort(new StoppedError()));
      let shown = 0;
      const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
        const percent = (done / Math.max(1, total)) * 100;
        const message = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${noun}`;
        progress.report({ message, increment: Math.max(0, percent - shown) });
        if (item !== undefined) item.text = `$(sync~spin) ${bar ?? ""} ${Math.floor(percent)} %`;
        shown = Math.max(shown, percent);
      };
      return await work({ signal: stop.signal, onProgress });
    });
  } finally {
    item?.dispose();
  }
}

/** A click shows the notification again, which can stop the work. */
function openItem(title: string): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem("winnow.work", vscode.StatusBarAlignment.Left);
  item.name = "Winnow: Work";
  item.tooltip = title;
  item.command = "notifications.showList";
  item.text = "$(sync~spin)";
  item.accessibilityInformation = { label: title, role: "button" };
  item.show();
  return item;
}
