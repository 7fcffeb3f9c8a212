import * as vscode from "vscode";
import type { CommandId } from "./commandIds.ts";
import { runStateOf } from "./runEstimate.ts";
import type { RunDisplay } from "./runs.ts";
import { formatRunState } from "./runText.ts";
import { datasetsViewId } from "./viewIds.ts";

/** Where runs are shown: each in a notification that can stop it, all of them in the status bar. */
export interface RunDisplays {
  open(name: string, options: { readonly quiet: boolean; readonly stop: () => void }): RunDisplay;
  dispose(): void;
}

/** Makes the displays; the status bar says nothing while nothing runs. */
export function createRunDisplays(): RunDisplays {
  const bar = vscode.window.createStatusBarItem("winnow.run", vscode.StatusBarAlignment.Left);
  bar.name = "Winnow: Analysis";
  bar.command = `${datasetsViewId}.focus`;
  const texts = new Map<string, { readonly percent: number; readonly text: string }>();
  const draw = (): void => {
    const running = [...texts];
    const [first] = running;
    if (first === undefined) {
      bar.hide();
      return;
    }
    const [name, { percent, text }] = first;
    const others = running.length === 1 ? "" : ` +${running.length - 1}`;
    bar.text = `$(sync~spin) ${name} ${percent} %${others}`;
    bar.tooltip = tooltipOf(running.map(([of, { text: told }]) => `${of}: ${told}`));
    bar.accessibilityInformation = { label: `Winnow analyses ${name}: ${text}`, role: "button" };
    bar.show();
  };
  return {
    open: (name, { quiet, stop }) => {
      const notification = openNotification(name, { quiet, stop });
      texts.set(name, { percent: 0, text: "starting" });
      draw();
      return {
        show: (estimate) => {
          const text = formatRunState(runStateOf(estimate));
          texts.set(name, { percent: Math.floor(estimate.share * 100), text });
          draw();
          notification.show(estimate.share, text);
        },
        close: () => {
          texts.delete(name);
          draw();
          notification.close();
        },
      };
    },
    dispose: () => bar.dispose(),
  };
}

function tooltipOf(lines: readonly string[]): vscode.MarkdownString {
  const stop: CommandId = "winnow.cancelRun";
  const tooltip = new vscode.MarkdownString(undefined, true);
  for (const line of lines) tooltip.appendText(`${line}\n`);
  tooltip.appendMarkdown(`\n[$(debug-stop) Stop](command:${stop})`);
  tooltip.isTrusted = { enabledCommands: [stop] };
  return tooltip;
}

interface Notification {
  show(share: number, text: string): void;
  close(): void;
}

/** VS Code takes a notification down when its promise settles. A run that nobody asked for shows in the status bar alone. */
function openNotification(name: string, { quiet, stop }: { readonly quiet: boolean; readonly stop: () => void }): Notification {
  if (quiet) return { show: () => undefined, close: () => undefined };
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));
  let report: vscode.Progress<{ message: string; increment: number }> | undefined;
  let shown = 0;
  const options = { location: vscode.ProgressLocation.Notification, title: `Winnow: ${name}`, cancellable: true };
  void vscode.window.withProgress(options, async (progress, token) => {
    report = progress;
    token.onCancellationRequested(stop);
    await closed;
  });
  return {
    show: (share, text) => {
      const percent = Math.max(shown, share * 100);
      report?.report({ message: text, increment: percent - shown });
      shown = percent;
    },
    close,
  };
}
