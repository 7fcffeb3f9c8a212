/// <reference lib="dom" />
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { EditorChoice, EditorWindow } from "./editorWindow.ts";
import { type Editor, findEditor } from "./install.ts";
import { openSlowLink } from "./slowLink.ts";

const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Installs a packed extension into a folder of extensions, by VS Code's own means. */
export function installExtension(vsix: string, extensionsFolder: string): void {
  const { node, codeServer } = editorOrThrow();
  const state = join(dirname(extensionsFolder), "install");
  mkdirSync(state, { recursive: true });
  const args = [codeServer, "--install-extension", vsix, "--user-data-dir", state, "--extensions-dir", extensionsFolder, ...config(state)];
  const { status, stderr, stdout } = spawnSync(node, args, { encoding: "utf8", env: ownEnvironment() });
  if (status !== 0) throw new Error(`${vsix} can't be installed: ${stdout}${stderr}`);
}

/** Opens code-server in Chromium. */
export async function openCodeServer(choice: EditorChoice): Promise<EditorWindow> {
  const editor = editorOrThrow();
  const server = spawnServer(editor, choice);
  const serverPort = await portOf(server);
  const link = choice.link === undefined ? undefined : await openSlowLink(serverPort, choice.link);
  const browser = await chromium.launch({ executablePath: editor.chromium, args: chromiumFlags });
  const page = await openPage(browser, `http://127.0.0.1:${link?.port ?? serverPort}/?folder=${encodeURIComponent(choice.folder)}`);
  return {
    page,
    pid: server.pid!,
    ...(link === undefined ? {} : { link }),
    close: async () => {
      await browser.close();
      await link?.close();
      await stop(server);
    },
  };
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript(holdStill);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** What turns while something is under way is drawn by the processor here, which takes a good part of a core from what is under way. Pages of extensions move as they do. */
function holdStill(): void {
  if (window.top !== window) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { animation: none !important }");
  document.adoptedStyleSheets.push(sheet);
}

/** A group of its own, so that what it starts ends with it. */
function spawnServer({ node, codeServer }: Editor, choice: EditorChoice): ChildProcess {
  const { folder, userFolder, extensionsFolder, environment, isTrusted } = choice;
  const trust = isTrusted ? ["--disable-workspace-trust"] : [];
  const flags = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check", ...trust];
  const folders = ["--user-data-dir", userFolder, "--extensions-dir", extensionsFolder, ...config(userFolder)];
  return spawn(node, [codeServer, ...flags, ...folders, folder], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...ownEnvironment(), ...environment },
  });
}

/** Within a terminal of VS Code, its variables would have the program talk to that window. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VSCODE_")));
}

function config(folder: string): readonly string[] {
  return ["--config", join(folder, "code-server.yaml")];
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      const [, port] = /HTTP server listening on http:\/\/[\d.]+:(\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(Number(port));
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.on("exit", (code) => reject(new Error(`code-server ended with ${String(code)}: ${said}`)));
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  process.kill(-server.pid, "SIGKILL");
  await ended;
}

function editorOrThrow(): Editor {
  const editor = findEditor();
  if (typeof editor === "string") throw new Error(editor);
  return editor;
}
