import { join } from "node:path";
import { downloadAndUnzipVSCode, runVSCodeCommand } from "@vscode/test-electron";
import { _electron } from "playwright-core";
import type { EditorChoice, EditorWindow } from "./editorWindow.ts";

const version = process.env["WINNOW_VSCODE_VERSION"] ?? "stable";

/** Installs a packed extension into a folder of extensions. */
export async function installOnDesktop(vsix: string, extensionsFolder: string): Promise<void> {
  await runVSCodeCommand(["--install-extension", vsix, `--extensions-dir=${extensionsFolder}`], { version });
}

/**
 * Opens VS Code for the desktop, which `@vscode/test-electron` downloads (`WINNOW_VSCODE=electron`). Not tried where this was written: no
 * machine there reaches the download.
 */
export async function openDesktop(choice: EditorChoice): Promise<EditorWindow> {
  const executablePath = await downloadAndUnzipVSCode(version);
  const args = [
    choice.folder,
    `--user-data-dir=${choice.userFolder}`,
    `--extensions-dir=${choice.extensionsFolder}`,
    "--no-sandbox",
    "--disable-gpu-sandbox",
    "--skip-welcome",
    "--skip-release-notes",
    "--disable-updates",
    ...(choice.isTrusted ? ["--disable-workspace-trust"] : []),
  ];
  const environment = { ...process.env, ...choice.environment } as Record<string, string>;
  const application = await _electron.launch({ executablePath, args, env: environment, cwd: join(choice.userFolder, "..") });
  const page = await application.firstWindow();
  return {
    page,
    pid: application.process().pid!,
    close: () => application.close(),
  };
}
