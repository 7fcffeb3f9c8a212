import * as vscode from "vscode";
import type { DatasetEntry, Datasets } from "../datasets.ts";
import type { Disposable } from "../disposables.ts";
import type { EngineClient } from "../engineClient.ts";
import { resolveFolder } from "../folders.ts";
import { workspaceRoots } from "../workspace.ts";
import type { TuneRequest } from "../../protocol/tuneRuns.ts";
import { openRunTerminal, type RunTerminal } from "./runTerminal.ts";
import { askedOfTask, taskOf, taskType, type AskedTask, type TuneTaskDefinition } from "./taskDefinition.ts";

/** What tasks are made with. */
export interface TuneTaskParts {
  readonly engine: EngineClient;
  readonly datasets: Datasets & { find(): Promise<void>; readonly isSearching: boolean };
}

/** Offers tasks that fine-tune, one a dataset that is analysed, and carries out those of tasks.json. */
export function provideTuneTasks(parts: TuneTaskParts): Disposable {
  return vscode.tasks.registerTaskProvider(taskType, {
    provideTasks: async () => {
      if (parts.datasets.all.length === 0 || parts.datasets.isSearching) await parts.datasets.find();
      const analysed = parts.datasets.all.filter(({ overview }) => overview?.analysed != null);
      return analysed.map((entry) => makeTuneTask(parts, { dataset: writtenRoot(entry.root), trainer: "head", options: {} }, entry.name));
    },
    resolveTask: ({ definition, name, scope }) => {
      const { trainer } = askedOfTask(definition);
      return makeTask(parts, definition, { name: name === "" ? `fine-tune ${trainer}` : name, scope: scope ?? vscode.TaskScope.Workspace });
    },
  });
}

/** A task that starts a run on a dataset and follows it in a terminal. */
export function makeTuneTask(parts: TuneTaskParts, asked: AskedTask, datasetName: string): vscode.Task {
  const scope = vscode.workspace.workspaceFolders === undefined ? vscode.TaskScope.Global : vscode.TaskScope.Workspace;
  return makeTask(parts, taskOf(asked), { name: `fine-tune ${asked.trainer} on ${datasetName}`, scope });
}

interface Named {
  readonly name: string;
  readonly scope: vscode.WorkspaceFolder | vscode.TaskScope;
}

function makeTask(parts: TuneTaskParts, definition: TuneTaskDefinition, { name, scope }: Named): vscode.Task {
  const execution = new vscode.CustomExecution((resolved) => Promise.resolve(openTerminal(parts, resolved)));
  return new vscode.Task(definition, scope, name, "winnow", execution, []); // asked for no problem matcher, for nothing is there to be matched
}

function openTerminal(parts: TuneTaskParts, definition: TuneTaskDefinition): vscode.Pseudoterminal {
  const writing = new vscode.EventEmitter<string>();
  const closing = new vscode.EventEmitter<number>();
  let terminal: RunTerminal | undefined;
  const write = (line: string): void => writing.fire(`${line}\r\n`);
  const open = async (): Promise<void> => {
    const { dataset, trainer, options } = askedOfTask(definition);
    const entry = await findEntry(parts, dataset);
    if (entry === undefined) {
      write(
        dataset === undefined
          ? "Expected the dataset of the task, for there is not just one"
          : `There is no dataset ${dataset} in this window`,
      );
      closing.fire(1);
      return;
    }
    const { store, searcher } = parts.engine;
    const begin = (request: TuneRequest) =>
      trainer === "head" ? store.call("startTune", request) : searcher.call("startPythonRun", request, { onProgress: tellingEvery(write) });
    const onEnd = (code: number): void => closing.fire(code);
    terminal = openRunTerminal({ root: entry.root, trainer, options }, { store, begin, datasets: parts.datasets, write, onEnd });
  };
  return {
    onDidWrite: writing.event,
    onDidClose: closing.event,
    open: () => void open(),
    close: () => terminal?.close(),
    handleInput: (keys) => {
      if (keys.includes("\u0003")) terminal?.stop();
    },
  };
}

/** Tells in lines how far the files of a run are written. */
function tellingEvery(write: (line: string) => void): (progress: { readonly done: number; readonly total: number }) => void {
  let told = -1;
  return ({ done, total }) => {
    const tenth = total === 0 ? 10 : Math.floor((10 * done) / total);
    if (tenth > told) write(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} are ready`);
    told = Math.max(told, tenth);
  };
}

/** The dataset that a task names, or the only one that is analysed. */
async function findEntry({ datasets }: TuneTaskParts, written: string | undefined): Promise<DatasetEntry | undefined> {
  if (datasets.all.length === 0 || datasets.isSearching) await datasets.find();
  const analysed = datasets.all.filter(({ overview }) => overview?.analysed != null);
  if (written === undefined) return analysed.length === 1 ? analysed[0] : undefined;
  const wanted = new Set(workspaceRoots().map((base) => resolveFolder(written, base)));
  return datasets.all.find(({ root }) => root === written || wanted.has(root));
}

/** A root as tasks.json has it: below the workspace's folder where it is there, so that the file fits other machines, too. */
function writtenRoot(root: string): string {
  const base = workspaceRoots().find((folder) => root === folder || root.startsWith(`${folder}/`));
  return base === undefined ? root : root === base ? "." : root.slice(base.length + 1);
}
