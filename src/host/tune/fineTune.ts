import * as vscode from "vscode";
import { formatBytes } from "../../core/bytes.ts";
import type { TuneChoices, TunePreview, TuneRequest, TuneTrainer } from "../../protocol/tuneRuns.ts";
import { askForOptions, type ChoiceTexts, type GivenOptions } from "../commands/askForOptions.ts";
import type { CommandParts } from "../commands/handlers.ts";
import { showWork } from "../commands/showWork.ts";
import type { DatasetEntry } from "../datasets.ts";
import { formatCount, formatTimeLeft } from "../runText.ts";
import { findInterpreter } from "./pythonInterpreter.ts";
import { formatJob, formatShown } from "./tuneText.ts";
import { makeTuneTask } from "./tuneTasks.ts";

/** Asks what a run is to do, shows the whole job, and starts it as a task. Nothing is written before the person has agreed. */
export async function fineTune(parts: CommandParts, { root, name }: DatasetEntry): Promise<void> {
  const { engine, documents } = parts;
  const title = `Fine-Tune on ${name}`;
  const choices = await engine.store.call("listTuneChoices", { root });
  const trainer = await askForTrainer(choices, title);
  const options = trainer && (await askForSettings(trainer, title, { root, choices }));
  if (trainer === undefined || options === undefined) return;
  const request: TuneRequest = { root, trainer: trainer.id, options };
  const job = await showWork({ title: `Reckoning what fine-tuning on ${name} takes` }, (watch) =>
    engine.searcher.call("previewTuneJob", request, { signal: watch.signal }),
  );
  await documents.show(`Fine-tuning of ${name}.md`, formatJob(job, name));
  const start = "Start";
  const tuned = trainer.kind === "image" ? trainer.name : `fine-tuning ${choices.encoder}`;
  const question = `Start ${tuned} on ${formatCount(job.data.pairs, "pair")} of ${name}?`;
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail: detailOf(job) }, start)) !== start) return;
  await vscode.tasks.executeTask(makeTuneTask(parts, { dataset: root, trainer: trainer.id, options }, name));
}

/** A trainer in Python is offered the interpreter that the window has chosen. */
async function askForSettings(
  { name, options }: TuneTrainer,
  title: string,
  { root, choices }: { readonly root: string; readonly choices: TuneChoices },
): Promise<GivenOptions | undefined> {
  const { python } = options;
  const interpreter = python?.kind === "text" ? await findInterpreter(root) : undefined;
  const table =
    python?.kind === "text" && interpreter !== undefined ? { ...options, python: { ...python, otherwise: interpreter } } : options;
  const given = await askForOptions(`${title}: ${name}`, table, textsOf(choices));
  return given && { ...(interpreter !== undefined && { python: interpreter }), ...given };
}

async function askForTrainer({ trainers }: TuneChoices, title: string): Promise<TuneTrainer | undefined> {
  if (trainers.length === 1) return trainers[0];
  const items = trainers.map((trainer) => ({ label: trainer.name, detail: trainer.about, trainer }));
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder: "Which trainer?", matchOnDetail: true }))
    ?.trainer;
}

/** A sentence for each loss and head. */
function textsOf({ losses, heads }: TuneChoices): ChoiceTexts {
  const byId = (choices: TuneChoices["losses"]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      choices.map(({ id, name, about, settings }) => {
        const told = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
        return [id, `${name}: ${about}${told.length === 0 ? "" : ` (settings: ${told.join(", ")})`}`];
      }),
    );
  return { loss: byId(losses), head: byId(heads) };
}

function detailOf({ steps, seconds, memoryBytes, data, notes }: TunePreview): string {
  return [
    ...notes,
    formatShown(data),
    steps === undefined ? "Steps are unknown before it runs" : `At most ${formatCount(steps, "step")}`,
    seconds === undefined ? "How long it takes is unknown before its first run" : `About ${formatTimeLeft(seconds)}`,
    memoryBytes === undefined ? "Memory is unknown before it runs" : `${formatBytes(memoryBytes)} of memory for the data`,
    "It goes on when this window is closed, and can be stopped and resumed",
  ].join("\n");
}
