import type { Locator, Page } from "playwright-core";

/** VS Code's lists and boxes in which Winnow asks, answered as a person does. */
export interface QuickInput {
  readonly widget: () => Locator;
  /** An entry of the list by some of its text. */
  readonly row: (text: string) => Locator;
  /** Narrows the list whose question begins so to an entry, and chooses it. */
  readonly pick: (question: string, text: string) => Promise<void>;
  /** Types an answer into the box that asks this. */
  readonly type: (question: string, text: string) => Promise<void>;
}

/** The quick input of the window that is open by then. */
export function quickInputOf(pageOf: () => Page): QuickInput {
  const widget = (): Locator => pageOf().locator(".quick-input-widget:visible");
  const row = (text: string): Locator => pageOf().locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  return {
    widget,
    row,
    pick: async (question, text) => {
      await widget()
        .locator(`.quick-input-box input[placeholder^=${JSON.stringify(question)}]`)
        .fill(text);
      await row(text).click();
    },
    type: async (question, text) => {
      await widget().locator(".quick-input-message", { hasText: question }).waitFor();
      const box = widget().locator(".quick-input-box input");
      await box.fill(text);
      await box.press("Enter");
    },
  };
}
