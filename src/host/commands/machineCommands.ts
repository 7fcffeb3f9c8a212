import * as vscode from "vscode";
import { formatMachineReport } from "../machineReport.ts";
import * as messages from "../messages.ts";
import type { CommandParts, Handlers } from "./handlers.ts";

/** Commands about the machine, the engine and the extension itself. */
export function machineCommands({
  engine,
  datasets,
  notices,
  log,
}: CommandParts): Handlers<"winnow.examineMachine" | "winnow.restartEngine" | "winnow.showLog" | "winnow.openSettings"> {
  return {
    "winnow.examineMachine": async () => {
      const machine = await engine.searcher.call("examineMachine", null);
      const editor = { name: vscode.env.appName, version: vscode.version, remote: vscode.env.remoteName };
      const document = await vscode.workspace.openTextDocument({ language: "markdown", content: formatMachineReport(machine, editor) });
      await vscode.window.showTextDocument(document, { preview: true });
    },
    "winnow.restartEngine": async () => {
      engine.restart();
      notices.tell(messages.engineRestarted());
      await datasets.find();
    },
    "winnow.showLog": () => log.show(),
    "winnow.openSettings": async (argument) => {
      await vscode.commands.executeCommand("workbench.action.openSettings", typeof argument === "string" ? argument : "@ext:winnow.winnow");
    },
  };
}
