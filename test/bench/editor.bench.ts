import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { saveMadeAnalysis } from "../unit/engine/requests/analysisFixture.ts";
import { installExtension, openCodeServer } from "../vscode/codeServer.ts";
import { findPanelFrame, openSidebar, patienceMs, quietSettings, runCommand, untilReady } from "../vscode/drive.ts";
import { findEditor } from "../vscode/install.ts";
import { packExtension } from "../vscode/packExtension.ts";
import { listBelow, type Listed } from "../vscode/processes.ts";
import { envIn, inFolder } from "./compare.ts";
import { describeMachine, report } from "./peers.ts";

// node test/bench/editor.bench.ts [--quick]: the packed extension in a real VS Code, over made-up pairs: from the command "Open Panel" to the first
// rows, and the memory of the extension host, the engine and the window (panel.bench.ts has the page alone). The host's own share is what it holds more than with the side bar closed,
// when Winnow has not been activated; other extensions live in it too.
const quick = process.argv.includes("--quick");
const sizes = quick ? [1000] : [1000, 100_000, 1_000_000];

const missing = findEditor();
if (typeof missing === "string") console.error(`Left out the editor: ${missing}`);
else {
  await inFolder(async (folder) => {
    const extensionsFolder = join(folder, "extensions");
    installExtension(packExtension(), extensionsFolder);
    for (const size of sizes) await inFolder((own) => benchSize(own, { pairs: size, extensionsFolder }));
  });
}

async function benchSize(own: string, { pairs, extensionsFolder }: { pairs: number; extensionsFolder: string }): Promise<void> {
  const [folder, userFolder] = [join(own, "dataset"), join(own, "user")];
  const env = envIn(own);
  await saveMadeAnalysis(env, folder, { samples: pairs, problems: false });
  await mkdir(join(folder, ".winnow"), { recursive: true });
  await writeFile(join(folder, ".winnow/recipe.json"), JSON.stringify({ schema: 1, rules: [] }));
  await mkdir(join(userFolder, "User"), { recursive: true });
  await writeFile(join(userFolder, "User/settings.json"), JSON.stringify(quietSettings));
  const environment = { WINNOW_CACHE: env.cacheFolder, WINNOW_DATA: env.dataFolder };
  const editor = await openCodeServer({ folder, userFolder, extensionsFolder, environment, isTrusted: true });
  try {
    const { page, pid } = editor;
    page.setDefaultTimeout(2 * patienceMs);
    await untilReady(page);
    await page.waitForTimeout(3_000); // the window's own start has ended by then
    const idleMb = memoryOf(await listBelow(pid), isHost);
    await openSidebar(page);
    await page.locator('.part.sidebar .monaco-list-row[aria-label^="Overview"]').waitFor();
    const firstRowsMs = await timeFirstRows(page);
    const frame = await findPanelFrame(page);
    await scrollAbout(frame);
    const processes = await listBelow(pid);
    const common = { pairs, machine: describeMachine() };
    report({ name: "editor, Open Panel to its first rows", unit: "ms", ours: firstRowsMs, ...common });
    const hostMb = Math.max(0, memoryOf(processes, isHost) - idleMb);
    report({ name: "editor, extension host beyond idle", unit: "MB", ours: hostMb, idleMb, ...common });
    report({ name: "editor, engine's processes", unit: "MB", ours: memoryOf(processes, isEngine), ...common });
    report({ name: "editor, the window's heap, workbench included", unit: "MB", ours: await heapMb(frame), ...common });
  } finally {
    await editor.close();
  }
}

/** From the choice of the command to rows with their data in the webview: a cold panel, its page loaded and the list opened. */
async function timeFirstRows(page: Page): Promise<number> {
  const beganMs = performance.now();
  await runCommand(page, "Winnow: Open Panel");
  const frame = await findPanelFrame(page);
  await frame.locator("#gallery-row-0:not(.skeleton)").waitFor();
  return Math.round(performance.now() - beganMs);
}

async function scrollAbout(frame: Frame): Promise<void> {
  const row = frame.locator("#gallery-row-0");
  await row.click();
  for (const key of ["End", "Home", "PageDown", "PageDown"]) {
    await frame.locator("body").press(key);
    await frame.waitForTimeout(300);
  }
}

function isHost({ command }: Listed): boolean {
  return command.includes("--type=extensionHost");
}

function isEngine({ command }: Listed): boolean {
  return /\bchildMain\.js\b/.test(command);
}

function memoryOf(processes: readonly Listed[], isWanted: (listed: Listed) => boolean): number {
  return Math.round(processes.filter(isWanted).reduce((sum, { rssMb }) => sum + rssMb, 0));
}

async function heapMb(frame: Frame): Promise<number> {
  const bytes = await frame.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
  return Number((bytes / 1e6).toFixed(1));
}
