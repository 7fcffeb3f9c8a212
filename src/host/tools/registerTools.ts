import * as vscode from "vscode";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import { sentenceOf } from "../messages.ts";
import { type Tool, type ToolParts, tools } from "./tools.ts";

/** Offers the tools to the language models of the editor. */
export function registerTools(parts: ToolParts): Disposable {
  const store = createDisposableStore();
  for (const tool of tools) store.add(vscode.lm.registerTool(tool.name, languageModelTool(tool, parts)));
  return store;
}

function languageModelTool({ answer, progress }: Tool, parts: ToolParts): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: () => ({ invocationMessage: progress }),
    invoke: async ({ input }, token) => {
      const gone = new AbortController();
      token.onCancellationRequested(() => gone.abort());
      try {
        const answered = await answer(parts, input, gone.signal);
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answered))]);
      } catch (error) {
        throw new Error(sentenceOf(error), { cause: error }); // the model reads it
      }
    },
  };
}
