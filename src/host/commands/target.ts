import * as vscode from "vscode";
import type { DatasetEntry } from "../datasets.ts";
import type { DatasetList } from "../datasetList.ts";
import * as messages from "../messages.ts";
import type { Notices } from "../notices.ts";
import type { Panels } from "../panel/panels.ts";
import type { Subject } from "../tree/treeNode.ts";

/** What a command was called on: a node of the side bar, what a link of ours names, a folder of the explorer. */
export interface Target {
  readonly root?: string;
  readonly subject?: Subject;
}

/** Reads the argument that VS Code hands to a command; anything else than ours is no target. */
export function targetOf(argument: unknown): Target {
  if (argument instanceof vscode.Uri) return { root: argument.fsPath };
  if (typeof argument !== "object" || argument === null || !("root" in argument) || typeof argument.root !== "string") return {};
  const { root } = argument;
  return "subject" in argument ? { root, subject: argument.subject as Subject } : { root };
}

/** What is needed to find the dataset that a person means. */
export interface TargetParts {
  readonly datasets: DatasetList;
  readonly panels: Panels;
  readonly notices: Notices;
}

/** Which datasets a command can be about. */
export type Wanted = "any" | "analysed" | "running";

/**
 * The dataset that a command is about: the one it was called on, the one whose panel is in front, the only one there is, or the one that the person picks.
 * Undefined where the person picks none, or there is none, which is told.
 */
export async function findDataset(
  { datasets, panels, notices }: TargetParts,
  argument: unknown,
  wanted: Wanted,
): Promise<DatasetEntry | undefined> {
  await settled(datasets);
  const named = targetOf(argument).root ?? panels.active;
  const possible = named === undefined ? datasets.all : datasets.all.filter(({ root }) => root === named);
  const fitting = possible.filter((entry) => fits(entry, wanted));
  const [first] = fitting;
  if (fitting.length > 1) return await pickDataset(fitting);
  if (first !== undefined) return first;
  const [other] = possible;
  if (other === undefined) notices.tell(messages.noDatasets());
  else if (wanted === "analysed") notices.tell(messages.notAnalysed(other.name, other.root));
  return undefined;
}

/** A command may be the first thing that happens in a window: then the datasets are looked for first. */
async function settled(datasets: DatasetList): Promise<void> {
  if (datasets.all.length === 0 || datasets.isSearching) await datasets.find();
  await Promise.all(
    datasets.all.filter(({ overview, problem }) => overview === null && problem === null).map(({ root }) => datasets.refresh(root)),
  );
}

function fits({ overview, run }: DatasetEntry, wanted: Wanted): boolean {
  return wanted === "any" || (wanted === "running" ? run !== null : overview?.analysed != null);
}

async function pickDataset(entries: readonly DatasetEntry[]): Promise<DatasetEntry | undefined> {
  const items = entries.map((entry) => ({ label: entry.name, description: entry.root, entry }));
  const picked = await vscode.window.showQuickPick(items, {
    ignoreFocusOut: true,
    title: "Winnow",
    placeHolder: "Which dataset?",
    matchOnDescription: true,
  });
  return picked?.entry;
}
