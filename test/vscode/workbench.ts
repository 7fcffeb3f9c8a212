/// <reference lib="dom" />
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame, Locator, Page } from "playwright-core";
import { describe, inject } from "vitest";
import { checkout } from "../engine/winnow.ts";
import { installExtension, openCodeServer } from "./codeServer.ts";
import { installOnDesktop, openDesktop } from "./desktop.ts";
import { choose, findPanelFrame, openSidebar, patienceMs, quietSettings, runCommand, untilReady } from "./drive.ts";
import type { EditorWindow } from "./editorWindow.ts";
import { isOurMessage } from "./ourMessages.ts";
import { killEngine, listEngineProcesses } from "./processes.ts";
import type { LinkSpeed } from "./slowLink.ts";

/** The windows that are open now. */
export const openWorkbenches = new Set<Workbench>();

/** A suite that needs a real VS Code; skipped where there is none. */
export const describeEditor: (name: string, suite: () => void) => void = describe.skipIf(inject("editorMissing") !== "");

/** VS Code's own colour themes of each kind that the panel must fit: the setting's value, the name in the list, the mark in the page. */
const themes = {
  light: { id: "Light Modern", label: "Light Modern", mark: "vs" },
  dark: { id: "Dark Modern", label: "Dark Modern", mark: "vs-dark" },
  highContrast: { id: "Default High Contrast", label: "Dark High Contrast", mark: "hc-black" },
} as const;

/** A kind of colour themes. */
export type Theme = keyof typeof themes;

/** How a workbench is opened; with nothing said: an empty folder, trusted, light, fast. */
export interface WorkbenchChoice {
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly theme?: Theme;
  readonly isTrusted?: boolean;
  readonly link?: LinkSpeed;
  /** Packed extensions that are installed beside ours, for this window alone. */
  readonly extensions?: readonly string[];
  /** Another window, whose folder, cache and data this one shares. */
  readonly beside?: Pick<Workbench, "folder" | "environment">;
  /** Puts something into the folder, or into the cache, before the editor opens. */
  readonly prepare?: (folder: string, environment: Readonly<Record<string, string>>) => Promise<void>;
}

/** A real VS Code with Winnow in it, driven as a person would. It has a cache and a data folder of its own. */
export interface Workbench {
  readonly page: Page;
  /** The folder that is open. */
  readonly folder: string;
  /** What VS Code keeps of this person. */
  readonly userFolder: string;
  /** The environment of the extension host: with it the CLI sees the same cache and data. */
  readonly environment: Readonly<Record<string, string>>;
  readonly link: EditorWindow["link"];
  /** Errors of our page and of our extension, and breaches of the content security policy, as they come. */
  readonly problems: readonly string[];
  /** The panel's page that is in front; waits for it. */
  readonly panelFrame: () => Promise<Frame>;
  /** Runs a command by its full title from the palette. */
  readonly runCommand: (title: string) => Promise<void>;
  /** Brings Winnow's side bar to the front. */
  readonly openSidebar: () => Promise<void>;
  /** An entry of the side bar's tree by the beginning of what a screen reader says of it. */
  readonly treeItem: (name: string) => Locator;
  /** A message of VS Code by some of its text. */
  readonly message: (text: string | RegExp) => Locator;
  readonly setTheme: (theme: Theme) => Promise<void>;
  /** Waits until the panel's page has drawn what it asked for. */
  readonly settle: () => Promise<void>;
  /** Reloads the window, as "Developer: Reload Window" does. */
  readonly reload: () => Promise<void>;
  /** Keeps a picture of the window under `out/screenshots`; gives its path. */
  readonly screenshot: (name: string) => Promise<string>;
  readonly listEngineProcesses: () => Promise<readonly number[]>;
  /** Kills the engine's processes as a crash would; gives their number. */
  readonly killEngine: () => Promise<number>;
  readonly dispose: () => Promise<void>;
}

/** Long enough for an answer and the pictures that it asks for; for pictures and checks of the whole page, which have nothing to wait for. */
const settledMs = 1_000;

/** Opens VS Code on a folder. */
export async function openWorkbench(choice: WorkbenchChoice = {}): Promise<Workbench> {
  const { theme = "light", isTrusted = true, link } = choice;
  const own = await mkdtemp(join(tmpdir(), "editor-"));
  const folder = choice.beside?.folder ?? choice.folder ?? join(own, "folder");
  const userFolder = join(own, "user");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(userFolder, "User"), { recursive: true });
  const settings = { ...quietSettings, "workbench.colorTheme": themes[theme].id, ...choice.settings };
  writeFileSync(join(userFolder, "User/settings.json"), JSON.stringify(settings));
  const environment = choice.beside?.environment ?? { WINNOW_CACHE: join(own, "cache"), WINNOW_DATA: join(own, "data") };
  await choice.prepare?.(folder, environment);
  const open = process.env["WINNOW_VSCODE"] === "electron" ? openDesktop : openCodeServer;
  const extensionsFolder = await extensionsFor(choice, own);
  const editor = await open({ folder, userFolder, extensionsFolder, environment, isTrusted, ...(link === undefined ? {} : { link }) });
  const { page } = editor;
  page.setDefaultTimeout(patienceMs);
  const problems = watchProblems(page);
  const workbench: Workbench = {
    page,
    folder,
    userFolder,
    environment,
    link: editor.link,
    problems,
    panelFrame: () => findPanelFrame(page),
    runCommand: (title) => runCommand(page, title),
    openSidebar: () => openSidebar(page),
    treeItem: (name) => page.locator(`.part.sidebar .monaco-list-row[aria-label^=${JSON.stringify(name)}]`).first(),
    message: (text) => page.locator(".notifications-toasts .notification-toast", { hasText: text }).first(),
    setTheme: (name) => setTheme(page, name),
    settle: async () => {
      await page.waitForTimeout(settledMs);
    },
    reload: async () => {
      const loaded = page.waitForEvent("load");
      await runCommand(page, "Developer: Reload Window");
      await loaded;
      await untilReady(page);
    },
    screenshot: (name) => keepScreenshot(page, name),
    listEngineProcesses: () => listEngineProcesses(editor.pid),
    killEngine: () => killEngine(editor.pid),
    dispose: async () => {
      openWorkbenches.delete(workbench);
      await editor.close();
      rmSync(own, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  openWorkbenches.add(workbench);
  await untilReady(page);
  return workbench;
}

/** The folder of all suites, or a copy of it with more extensions. */
async function extensionsFor({ extensions = [] }: WorkbenchChoice, own: string): Promise<string> {
  const shared = inject("extensionsFolder");
  if (extensions.length === 0) return shared;
  const folder = join(own, "extensions");
  cpSync(shared, folder, { recursive: true });
  for (const vsix of extensions) {
    if (process.env["WINNOW_VSCODE"] === "electron") await installOnDesktop(vsix, folder);
    else installExtension(vsix, folder);
  }
  return folder;
}

async function setTheme(page: Page, theme: Theme): Promise<void> {
  const { label, mark } = themes[theme];
  await runCommand(page, "Preferences: Color Theme");
  await choose(page, label, label);
  await page.waitForSelector(`.monaco-workbench.${mark}`);
}

/** Pictures of the README; `UPDATE_PICTURES=1` renews them. */
const pictures: ReadonlySet<string> = new Set(["light-gallery", "dark-scores", "light-groups", "dark-map", "dark-inspector"]);

async function keepScreenshot(page: Page, name: string): Promise<string> {
  const path = join(checkout, "out/screenshots", `${name}.png`);
  await page.screenshot({ path, animations: "disabled" });
  if (process.env["UPDATE_PICTURES"] === "1" && pictures.has(name)) cpSync(path, join(checkout, "media/pictures", `${name}.png`));
  return path;
}

function watchProblems(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    const [text, { url }] = [message.text(), message.location()];
    if (message.type() === "error" && isOurMessage({ text, url })) problems.push(`${text} (${url})`);
  });
  page.on("pageerror", (error) => {
    if (/winnow/i.test(error.stack ?? "")) problems.push(error.stack ?? error.message);
  });
  return problems;
}
