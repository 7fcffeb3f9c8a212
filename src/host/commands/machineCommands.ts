import * as vscode from "vscode";
import { cudaQuestion } from "../cudaQuestion.ts";
import { formatMachineReport } from "../machineReport.ts";
import * as messages from "../messages.ts";
import type { SettingKey } from "../settings.ts";
import { proxySetting, showBytes } from "./byteProgress.ts";
import { certifyEncoder } from "./certifyEncoder.ts";
import type { CommandParts, Handlers } from "./handlers.ts";
import { quantizeEncoder } from "./quantizeEncoder.ts";

/** Commands about the machine, the engine and the extension itself. */
export function machineCommands(
  parts: CommandParts,
): Handlers<
  | "winnow.certifyEncoder"
  | "winnow.quantizeEncoder"
  | "winnow.examineMachine"
  | "winnow.getCuda"
  | "winnow.restartEngine"
  | "winnow.showLog"
  | "winnow.openSettings"
> {
  const { engine, datasets, notices, settings, log } = parts;
  return {
    "winnow.certifyEncoder": () => certifyEncoder(parts),
    "winnow.quantizeEncoder": () => quantizeEncoder(parts),
    "winnow.examineMachine": async () => {
      const machine = await engine.searcher.call("examineMachine", null);
      const editor = { name: vscode.env.appName, version: vscode.version, remote: vscode.env.remoteName };
      const document = await vscode.workspace.openTextDocument({ language: "markdown", content: formatMachineReport(machine, editor) });
      await vscode.window.showTextDocument(document, { preview: true });
    },
    "winnow.getCuda": async () => {
      const plan = await engine.store.call("planCuda", null);
      if (plan.downloads.length === 0) {
        notices.tell(messages.cudaPresent());
        return;
      }
      const { text, detail } = cudaQuestion(plan);
      const chosen = await vscode.window.showInformationMessage(text, { modal: true, detail }, "Download");
      if (chosen === undefined) return;
      const index = settings.read("winnow.engine.packageIndex") || (await askForIndex());
      if (index === undefined) return;
      const request = { index, ...proxySetting() };
      const { stillMissing } = await showBytes("Downloading CUDA's libraries", (options) =>
        engine.store.call("downloadCuda", request, options),
      );
      engine.restart(); // a process that failed to load them may not try again
      notices.tell(messages.cudaDownloaded(stillMissing));
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

/** Asks once where wheels come from, and remembers it. */
async function askForIndex(): Promise<string | undefined> {
  const address = await vscode.window.showInputBox({
    title: "Python Package Index",
    prompt: "The address that pip downloads from on this machine; its files are checked against known checksums",
    placeHolder: "https://…/simple",
    ignoreFocusOut: true,
    validateInput: (text) => (URL.canParse(text.trim()) ? undefined : "Type an address that begins with https://"),
  });
  if (address === undefined) return undefined;
  const key = "winnow.engine.packageIndex" satisfies SettingKey;
  await vscode.workspace.getConfiguration().update(key, address.trim(), vscode.ConfigurationTarget.Global);
  return address.trim();
}
