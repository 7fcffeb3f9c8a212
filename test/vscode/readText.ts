/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { patienceMs } from "./drive.ts";

/** What a document that VS Code shows as it is read says, once these words are in it. */
export async function readText(page: Page, words: string): Promise<string> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    for (const frame of page.frames()) {
      const text = await frame
        .evaluate(() => (document.querySelector(".markdown-body") as HTMLElement | null)?.innerText ?? "")
        .catch(() => "");
      if (text.includes(words)) return text;
    }
    await page.waitForTimeout(200);
  }
  throw new Error(`Expected a document that is read with "${words}" but found none`);
}
