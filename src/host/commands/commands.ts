import * as vscode from "vscode";
import type { CommandId } from "../commandIds.ts";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import { cacheCommands } from "./cacheCommands.ts";
import { captionCommands } from "./captionCommands.ts";
import { datasetCommands } from "./datasetCommands.ts";
import { decideCommands } from "./decideCommands.ts";
import type { CommandParts, Handler } from "./handlers.ts";
import { lookCommands } from "./lookCommands.ts";
import { machineCommands } from "./machineCommands.ts";
import { panelCommands } from "./panelCommands.ts";
import { rewriteCommands } from "./rewriteCommands.ts";
import { trainerCommands } from "./trainerCommands.ts";
import { tuneCommands } from "./tuneCommands.ts";

/** Registers every command. What one throws is told in a sentence, so that VS Code never shows a raw error. */
export function registerCommands(parts: CommandParts): Disposable {
  const store = createDisposableStore();
  for (const [id, handler] of Object.entries(handlersOf(parts))) {
    store.add(
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          await handler(argument);
        } catch (error) {
          parts.notices.fail(failures[id as CommandId] ?? "This did not work", error);
        }
      }),
    );
  }
  return store;
}

/** A command without a handler doesn't compile. */
function handlersOf(parts: CommandParts): Readonly<Record<CommandId, Handler>> {
  return {
    ...datasetCommands(parts),
    ...lookCommands(parts),
    ...captionCommands(parts),
    ...rewriteCommands(parts),
    ...trainerCommands(parts),
    ...decideCommands(parts),
    ...tuneCommands(parts),
    ...machineCommands(parts),
    ...cacheCommands(parts),
    ...panelCommands(parts),
  };
}

/** What didn't work, where a command failed. */
const failures: Readonly<Partial<Record<CommandId, string>>> = {
  "winnow.addDataset": "The dataset was not added",
  "winnow.trySample": "The sample can't be opened",
  "winnow.run": "The analysis failed",
  "winnow.chooseEncoder": "The encoder was not chosen",
  "winnow.chooseCompanion": "The companion was not chosen",
  "winnow.quantizeEncoder": "The encoder was not made in eight bits",
  "winnow.certifyEncoder": "The encoder can't be compared",
  "winnow.openRecipeFile": "The recipe's file can't be opened",
  "winnow.applyRecipe": "The recipe was not applied",
  "winnow.showOperations": "The undo failed",
  "winnow.undo": "The undo failed",
  "winnow.undoOperation": "The undo failed",
  "winnow.exportDataset": "The export failed",
  "winnow.fineTune": "The fine-tuning was not started",
  "winnow.resumeTuneRun": "The run was not resumed",
  "winnow.stopTuneRun": "The run was not stopped",
  "winnow.openTuneReport": "The report can't be made",
  "winnow.openTuneLog": "The log can't be opened",
  "winnow.compareTuneRuns": "The runs can't be compared",
  "winnow.compareWithRandom": "The curation can't be compared with chance",
  "winnow.useTunedEncoder": "The tuned encoder was not chosen",
  "winnow.rewriteCaptions": "The captions were not rewritten",
  "winnow.acceptRewrites": "The rewrites were not accepted",
  "winnow.readAs": "The folder can't be read as a trainer would",
  "winnow.examineMachine": "The machine can't be examined",
  "winnow.getCuda": "CUDA's libraries were not downloaded",
  "winnow.examineCache": "The cache can't be examined",
  "winnow.pruneCache": "The cache was not pruned",
};
