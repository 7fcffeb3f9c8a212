import { resolve } from "node:path";
import * as vscode from "vscode";
import type { DatasetList } from "../datasetList.ts";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import type { EngineClient } from "../engineClient.ts";
import type { Notices } from "../notices.ts";
import { formatCount } from "../runText.ts";
import { datasetsViewId } from "../viewIds.ts";
import { attentionOf, datasetNode } from "./datasetNode.ts";
import { problemFileNodes } from "./problemNodes.ts";
import { shapeOf } from "./shape.ts";
import type { TreeNode } from "./treeNode.ts";

/** What the side bar is made with. */
export interface DatasetsViewParts {
  readonly engine: EngineClient;
  readonly datasets: DatasetList;
  readonly notices: Notices;
  /** A person switched a rule of a recipe on or off. */
  readonly onSwitchRule: (root: string, rule: number, isOn: boolean) => Promise<void>;
}

/** While a run tells how far it is, the tree is drawn so often at most. */
const drawnEveryMs = 500;

/** Where nothing but the figures of a run of fine-tuning changed: who presses a button of a line that is drawn anew meanwhile presses nothing. */
const movedEveryMs = 3_000;

/** So few datasets show what is in them at first. */
const openedAtFirst = 2;

/** So many files of a problem are listed. */
const problemFilesShown = 100;

/** Shows the datasets in the side bar, and the number of things that wait for a person on its icon. */
export function createDatasetsView({ engine, datasets, notices, onSwitchRule }: DatasetsViewParts): Disposable {
  const store = createDisposableStore();
  const changed = store.add(new vscode.EventEmitter<undefined>());
  const readChildren = async (node: TreeNode): Promise<readonly TreeNode[]> => {
    if (node.children !== "later") return node.children ?? [];
    if (node.subject?.kind !== "problem") return [];
    const { code } = node.subject;
    try {
      const { count, problems } = await engine.store.call("listProblems", { root: node.root, code, from: 0, to: problemFilesShown });
      return problemFileNodes(node, problems, count - problems.length);
    } catch (error) {
      notices.fail("The problems can't be listed", error);
      return [];
    }
  };
  const readRoots = (): TreeNode[] => {
    const { all, isListed } = datasets;
    return isListed ? all.map((entry) => datasetNode(entry, { nowMs: Date.now(), isOpen: all.length <= openedAtFirst })) : [];
  };
  const provider: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: itemOf,
    getChildren: async (node) => {
      if (node !== undefined) return [...(await readChildren(node))];
      return readRoots();
    },
  };
  const view = store.add(
    vscode.window.createTreeView(datasetsViewId, { treeDataProvider: provider, showCollapseAll: true, manageCheckboxStateManually: true }),
  );
  let shape = "";
  const drawNow = (): void => {
    shape = shapeOf(readRoots());
    changed.fire(undefined);
    view.badge = badgeOf(datasets);
  };
  const draw = store.add(throttle(drawNow, drawnEveryMs));
  const move = store.add(throttle(drawNow, movedEveryMs));
  store.add(datasets.onDidChange(() => (shapeOf(readRoots()) === shape ? move : draw).call()));
  store.add(
    view.onDidChangeCheckboxState(({ items }) => {
      for (const [{ root, subject }, state] of items) {
        if (subject?.kind !== "rule") continue;
        onSwitchRule(root, subject.rule, state === vscode.TreeItemCheckboxState.Checked)
          .catch((error: unknown) => notices.fail("The rule can't be switched", error))
          .finally(draw.call); // a box that could not be switched goes back
      }
    }),
  );
  return store;
}

function badgeOf({ all }: DatasetList): vscode.ViewBadge | undefined {
  const waiting = all.map(attentionOf);
  const errors = waiting.reduce((sum, { errors: own }) => sum + own, 0);
  const review = waiting.reduce((sum, { review: own }) => sum + own, 0);
  const told = [errors > 0 ? formatCount(errors, "problem") : "", review > 0 ? `${formatCount(review, "pair")} in review` : ""].filter(
    (text) => text !== "",
  );
  return told.length === 0 ? undefined : { value: errors + review, tooltip: told.join(", ") };
}

function itemOf(node: TreeNode): vscode.TreeItem {
  const { id, label, description, tooltip, icon, context, spoken, checkbox, children, isOpen } = node;
  const item = new vscode.TreeItem(label, collapsibleState(children, isOpen));
  item.id = id;
  if (description !== undefined) item.description = description;
  item.tooltip = tooltip === undefined ? undefined : new vscode.MarkdownString(tooltip);
  if (icon !== undefined)
    item.iconPath = new vscode.ThemeIcon(icon.id, icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color));
  if (context !== undefined) item.contextValue = context;
  item.accessibilityInformation = { label: spoken ?? (description === undefined ? label : `${label}, ${description}`) };
  const command = commandOf(node);
  if (command !== undefined) item.command = command;
  if (checkbox !== undefined) {
    const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
    item.checkboxState = { state: checkbox.isChecked ? Checked : Unchecked, tooltip: checkbox.tooltip };
  }
  return item;
}

function collapsibleState(children: TreeNode["children"], isOpen: boolean | undefined): vscode.TreeItemCollapsibleState {
  if (children === undefined || children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return isOpen === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

/** A file to open is named as data in the node, and as a URI in VS Code's command. */
function commandOf({ label, command, root, file }: TreeNode): vscode.Command | undefined {
  if (file !== undefined)
    return { command: "vscode.open", title: label, arguments: [vscode.Uri.file(resolve(root, file)), { preview: true }] };
  return command && { command: command.id, title: label, arguments: [...command.arguments] };
}

/** Calls at once, and then no more than once an interval, the last time at its end. */
function throttle(action: () => void, intervalMs: number): Disposable & { readonly call: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const call = (): void => {
    if (timer !== undefined) {
      isDue = true;
      return;
    }
    isDue = false;
    action();
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) call();
    }, intervalMs);
  };
  return { call, dispose: () => clearTimeout(timer) };
}
