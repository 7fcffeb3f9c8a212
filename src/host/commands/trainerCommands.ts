import * as vscode from "vscode";
import type { TrainerCache } from "../../core/trainers/caches.ts";
import type { ListedTrainer } from "../../protocol/trainers.ts";
import type { DatasetEntry } from "../datasets.ts";
import { resolveEncoder } from "../folders.ts";
import { formatTrainerReport } from "../trainerReport.ts";
import { cachesCleared, staleCaches } from "../trainerMessages.ts";
import { workspaceRoots } from "../workspace.ts";
import { askForOptions } from "./askForOptions.ts";
import type { CommandParts, Handlers } from "./handlers.ts";
import { showWork } from "./showWork.ts";
import { findDataset } from "./target.ts";

/** Commands about what trainers make of a folder. */
export function trainerCommands(parts: CommandParts): Handlers<"winnow.readAs"> {
  return {
    "winnow.readAs": async (argument) => {
      const entry = await findDataset(parts, argument, "any");
      if (entry !== undefined) await readAs(parts, entry);
    },
  };
}

/** Asks which trainer, and tells in a document what it would read; caches that no longer fit can be moved to the trash then. */
async function readAs(parts: CommandParts, { root, name }: DatasetEntry): Promise<void> {
  const { engine, settings } = parts;
  const title = `What Will a Trainer Read of ${name}`;
  const trainer = await askForTrainer(engine.store.call("listTrainers", null), title);
  const options = trainer && (await askForOptions(`${title}: ${trainer.name}`, trainer.options));
  if (trainer === undefined || options === undefined) return;
  const encoder = resolveEncoder(settings.read("winnow.encoder.folder"), workspaceRoots()[0]);
  const request = { root, trainer: trainer.id, options, ...(encoder && { encoder }) };
  const reading = await showWork({ title: `Reading ${name} as ${trainer.name} would`, noun: "pictures" }, (watch) =>
    engine.searcher.call("readAs", request, watch),
  );
  const content = formatTrainerReport(reading, trainer.name, name);
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document, { preview: true });
  const stale = reading.caches.filter((cache) => cache.stale !== null);
  if (stale.length > 0) await offerTrash(parts, { root, name }, stale);
}

async function askForTrainer(trainers: Promise<readonly ListedTrainer[]>, title: string): Promise<ListedTrainer | undefined> {
  const items = trainers.then((all) =>
    all.map((trainer) => ({ label: trainer.name, detail: `By the rules of ${trainer.source}`, trainer })),
  );
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder: "Which trainer?", matchOnDetail: true }))
    ?.trainer;
}

async function offerTrash(
  { engine, datasets, notices }: CommandParts,
  { root, name }: Pick<DatasetEntry, "root" | "name">,
  stale: readonly TrainerCache[],
): Promise<void> {
  const move = "Move to the Trash";
  if ((await vscode.window.showWarningMessage(staleCaches(name, stale), move)) !== move) return;
  const cleared = await showWork({ title: `Moving caches of ${name} to the trash`, noun: "files" }, (watch) =>
    engine.store.call("clearCaches", { root, all: false }, watch),
  );
  await datasets.refresh(root);
  notices.tell(cachesCleared(name, root, cleared));
}
