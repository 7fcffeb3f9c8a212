/** A message of the page's console: what it says, and the address of the script that said it. */
export interface PageMessage {
  readonly text: string;
  readonly url: string;
}

/** Whether an error in the console is of our page, our extension or our content. The workbench has errors of its own, such as an extension gallery that can't be reached. */
export function isOurMessage({ text, url }: PageMessage): boolean {
  // VS Code has webviews of its own, such as the walkthrough's, which name no extension.
  if (/winnow\.winnow/.test(url) || (url.includes("/webview/browser/pre/") && !url.includes("extensionId=&"))) return true;
  // The workbench's own reading of files, cut off by a reload; the folder that is open may have our name.
  if (text.includes("Canceled: Canceled") && url.includes("/workbench.js") && !text.includes("winnow.winnow")) return false;
  return /winnow/i.test(text) || (text.includes("Content Security Policy") && !/\/workbench\.js|extensionId=&/.test(url));
}
