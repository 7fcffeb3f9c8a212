import { describe, expect, it } from "vitest";
import { isOurMessage } from "../../vscode/ourMessages.ts";

const workbench = "http://127.0.0.1:1/stable-1/static/out/vs/code/browser/workbench/workbench.js";
const page = "http://127.0.0.1:1/stable-1/static/out/vs/workbench/contrib/webview/browser/pre/fake.html?extensionId=winnow.winnow";

describe("whose error in the console it is", () => {
  it("is ours where our page, our extension or its files are named", () => {
    expect(isOurMessage({ text: "Uncaught TypeError: x is undefined", url: page })).toBe(true);
    expect(isOurMessage({ text: "[winnow.winnow]: Cannot read properties of undefined", url: workbench })).toBe(true);
    expect(isOurMessage({ text: "Canceled: Canceled at /extensions/winnow.winnow-0.1.0/dist/extension.js", url: workbench })).toBe(true);
    expect(isOurMessage({ text: "Refused by the Content Security Policy", url: "http://127.0.0.1:1/page" })).toBe(true);
  });

  it("is VS Code's where a reload cuts off its own reading of a folder that has our name", () => {
    const snippets = "%c  ERR color: #f33 Failed snippets from folder 'vscode-remote://127.0.0.1:1/tmp/winnow/.vscode' Canceled: Canceled";
    const tasks = "Unable to read file '/tmp/winnow/.vscode/tasks.json' (Canceled: Canceled)";
    for (const text of [snippets, tasks]) expect(isOurMessage({ text, url: workbench })).toBe(false);
  });

  it("is VS Code's where neither is named", () => {
    expect(isOurMessage({ text: "The gallery can't be reached", url: workbench })).toBe(false);
    expect(isOurMessage({ text: "Refused by the Content Security Policy", url: workbench })).toBe(false);
    expect(isOurMessage({ text: "Refused by the Content Security Policy", url: `${page.split("?")[0]}?extensionId=&` })).toBe(false);
  });
});
