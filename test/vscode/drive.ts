import { errors, type Frame, type Page } from "playwright-core";
import { expect } from "vitest";

/** Nothing that talks, moves or asks by itself; VS Code's own questions would stand before ours. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.menuBarVisibility": "compact",
  "workbench.editor.empty.hint": "hidden",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** How long anything may take that a person would wait for; long, for a machine that has other things to do. */
export const patienceMs = 60_000;

/** Waits until a window of VS Code is there, with Winnow in it. */
export async function untilReady(page: Page): Promise<void> {
  await page.waitForSelector(".monaco-workbench .part.statusbar");
  await page.waitForSelector(".activitybar .action-item a[aria-label^='Winnow']");
}

/** Chooses an entry of VS Code's quick input by its name. */
export async function choose(page: Page, typed: string, name: string, timeout = patienceMs): Promise<void> {
  await page.locator(".quick-input-widget:visible .quick-input-box input").fill(typed, { timeout });
  // What follows a comma is a command's key, that it was used before, or a theme's kind.
  const labels = [`[aria-label=${JSON.stringify(name)}]`, `[aria-label^=${JSON.stringify(`${name},`)}]`];
  await page
    .locator(`.quick-input-list .monaco-list-row:is(${labels.join(", ")})`)
    .first()
    .click({ timeout });
}

/** Runs a command by its full title from the palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    try {
      await openPalette(page);
      await choose(page, `>${title}`, title, paletteMs);
      return;
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || Date.now() > untilMs) throw error;
    }
  }
}

/** A dialog that closes gives the keys back late: what opened meanwhile loses them, and closes. */
async function openPalette(page: Page): Promise<void> {
  const box = page.locator(".quick-input-widget:visible .quick-input-box input:focus");
  await page.keyboard.press("F1");
  await box.waitFor({ timeout: paletteMs });
  await page.waitForTimeout(keysReturnMs);
  await box.waitFor({ timeout: keysReturnMs });
}

const paletteMs = 10_000;
const keysReturnMs = 200;

/** Types a path into VS Code's own dialog for files and folders, and agrees by the button of this name. */
export async function choosePath(page: Page, path: string, button: string): Promise<void> {
  const dialog = page.locator(".quick-input-widget:visible");
  const agree = dialog.locator(".quick-input-action, .quick-input-custom-button", { hasText: button });
  const box = dialog.locator(".quick-input-box input");
  await agree.waitFor();
  // It fills in the folder that it begins with, over what was typed before.
  await expect.poll(() => box.inputValue()).toMatch(/[\\/]$/);
  await page.waitForTimeout(dialogReadsMs);
  await box.fill(path);
  await page.waitForTimeout(dialogReadsMs);
  await agree.locator("a, .monaco-button").first().click();
  await agree.waitFor({ state: "hidden" });
}

/** The dialog looks at each path after it was typed, and shows nothing while it does. */
const dialogReadsMs = 1_000;

/** Brings Winnow's side bar to the front. */
export async function openSidebar(page: Page): Promise<void> {
  const icon = page.locator(".activitybar .action-item", { has: page.locator("a[aria-label^='Winnow']") });
  const isOpen = await icon.evaluate((element) => element.classList.contains("checked"));
  if (!isOpen) await icon.click();
}

/** The panel's page that is in front: a webview is a frame that names its extension, and in it the frame of its page. */
export async function findPanelFrame(page: Page): Promise<Frame> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    for (const frame of page.frames()) {
      if (frame.parentFrame()?.url().includes("extensionId=winnow.winnow") !== true) continue;
      const app = await frame.$("#app").catch(() => null);
      if (app !== null && (await app.isVisible().catch(() => false))) return frame;
    }
    await page.waitForTimeout(100);
  }
  throw new Error("Expected the panel's page within a minute but found none");
}
