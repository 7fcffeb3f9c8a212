/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { patienceMs } from "./drive.ts";

/** What a document that VS Code shows as it is read says, once these words are in it. */
export async function readText(page: Page, words: string): Promise<string> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    for (const frame of page.frames()) {
      const text = await frame.evaluate(() => document.querySelector<HTMLElement>(".markdown-body")?.innerText ?? "").catch(() => "");
      if (text.includes(words)) return text;
    }
    await page.waitForTimeout(200);
  }
  throw new Error(`Expected a document that is read with "${words}" but found none`);
}

/** Of the pictures of that document, whether each is drawn. */
export async function picturesDrawn(page: Page): Promise<readonly boolean[]> {
  const drawn = page
    .frames()
    .map((frame) =>
      frame
        .evaluate(() =>
          [...document.querySelectorAll<HTMLImageElement>(".markdown-body img")].map(
            ({ complete, naturalWidth }) => complete && naturalWidth > 0,
          ),
        )
        .catch(() => []),
    );
  return (await Promise.all(drawn)).flat();
}
