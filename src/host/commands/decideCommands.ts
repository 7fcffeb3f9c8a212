import * as vscode from "vscode";
import type { Rule } from "../../core/prune/policy.ts";
import type { ListedOperation } from "../../protocol/operations.ts";
import type { DatasetEntry } from "../datasets.ts";
import * as messages from "../messages.ts";
import { isUndoable } from "../tree/operationNodes.ts";
import { formatAgo, wordsFromName } from "../tree/words.ts";
import { exportDataset } from "./exportDataset.ts";
import type { CommandParts, Handlers } from "./handlers.ts";
import { findDataset, targetOf } from "./target.ts";

/** Commands that change what is kept, and that take it back or out. */
export function decideCommands(
  parts: CommandParts,
): Handlers<
  "winnow.openRecipeFile" | "winnow.applyRecipe" | "winnow.showOperations" | "winnow.undo" | "winnow.undoOperation" | "winnow.exportDataset"
> {
  return {
    "winnow.openRecipeFile": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await openRecipeFile(entry);
    },
    "winnow.applyRecipe": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await applyRules(parts, entry, entry.overview?.recipe.rules ?? []);
    },
    "winnow.showOperations": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      const operation = entry && (await pickOperation(parts, entry));
      if (entry !== undefined && operation !== undefined) await undo(parts, entry, operation);
    },
    "winnow.undo": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await undo(parts, entry);
    },
    "winnow.undoOperation": async (argument) => {
      const { subject } = targetOf(argument);
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined && subject?.kind === "operation") await undo(parts, entry, subject.operation);
    },
    "winnow.exportDataset": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await exportDataset(parts, entry);
    },
  };
}

/** Switches one rule of a dataset's recipe on or off, and applies the recipe so. */
export async function switchRule(
  parts: CommandParts,
  root: string,
  { rule: wanted, isOn }: { readonly rule: number; readonly isOn: boolean },
): Promise<void> {
  const entry = parts.datasets.get(root);
  const rules = entry?.overview?.recipe.rules ?? [];
  if (entry === undefined || rules[wanted] === undefined) return;
  const switched = rules.map((rule, at) => (at === wanted ? withSwitch(rule, isOn) : rule));
  await applyRules(parts, entry, switched);
}

function withSwitch(rule: Rule, isOn: boolean): Rule {
  const { policy } = rule;
  const options = Object.fromEntries(Object.entries(rule).filter(([name]) => name !== "off"));
  return { ...options, policy, ...(isOn ? {} : { off: true }) };
}

async function applyRules(
  { engine, datasets, notices }: CommandParts,
  { root, name }: DatasetEntry,
  rules: readonly Rule[],
): Promise<void> {
  const applied = await engine.store.call("applyRules", { root, rules });
  await datasets.refresh(root);
  notices.tell(messages.recipeApplied(name, root, applied));
}

async function undo({ engine, datasets, notices, log }: CommandParts, { root, name }: DatasetEntry, operation?: string): Promise<void> {
  const request = { root, ...(operation === undefined ? {} : { operation }) };
  let answer = await engine.store.call("undo", { ...request, cascade: false });
  const isOurs = answer.left.length > 0 && answer.left.every(({ by }) => by !== null);
  if (isOurs && (await confirmCascade(answer.left.length))) answer = await engine.store.call("undo", { ...request, cascade: true });
  await datasets.refresh(root);
  for (const { path, reason } of answer.left) log.warn(`Undo left ${path} of ${root} alone: ${reason}`);
  notices.tell(messages.undone(name, answer));
}

/** What stands in the way are later operations of ours alone: they can be taken back first. */
async function confirmCascade(files: number): Promise<boolean> {
  const action = "Undo Those Too";
  const message = `Later operations changed ${files === 1 ? "a file" : `${files} files`} of this one. Undo those first?`;
  return (await vscode.window.showWarningMessage(message, { modal: true }, action)) === action;
}

async function pickOperation({ engine }: CommandParts, { root, name }: DatasetEntry): Promise<string | undefined> {
  const items = engine.store.call("listOperations", { root }).then((operations) => operations.map(operationItem));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Operations of ${name}`,
    placeHolder: "Choose one to undo it",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined || picked.isUndoable) return picked?.operation;
  await vscode.window.showInformationMessage(`This operation can't be undone: it is ${picked.state}`);
  return undefined;
}

function operationItem(operation: ListedOperation) {
  const { summary, time, by, files, state } = operation;
  const can = isUndoable(operation);
  const told = wordsFromName(state).toLowerCase();
  return {
    label: `$(${can ? "discard" : "circle-slash"}) ${summary}`,
    description: `${formatAgo(time, Date.now())}${state === "done" ? "" : ` · ${told}`}`,
    detail: `${by}, ${time}, ${files} ${files === 1 ? "file" : "files"}`,
    operation: operation.operation,
    isUndoable: can,
    state: told,
  };
}

async function openRecipeFile({ root }: DatasetEntry): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(root), ".winnow", "recipe.json");
  await vscode.window.showTextDocument(uri, { preview: true });
}
