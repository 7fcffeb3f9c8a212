import type { Page } from "playwright-core";

const goneMs = 2_000;

/** Clears the messages of VS Code that stand in the window, each by its own button: one that is left would answer for the next that is waited for. */
export async function clearMessages(page: Page): Promise<void> {
  const clear = page.locator(".notifications-toasts .notification-toast .codicon-notifications-clear");
  // One may go by itself before it is reached.
  while (await clear.first().isVisible())
    await clear
      .first()
      .click({ timeout: goneMs })
      .catch(() => undefined);
}
