import type { ListedOperation } from "../../protocol/operations.ts";
import type { Overview } from "../../protocol/overview.ts";
import { formatCount } from "../runText.ts";
import type { TreeNode } from "./treeNode.ts";
import { escapeMarkdown, formatAgo, wordsFromName } from "./words.ts";

/** So many operations are shown; the list of all is a command. */
const operationsShown = 30;

/** What was done to a dataset, the newest first. */
export function operationsNode(root: string, { operations, undoable }: Overview, nowMs: number): TreeNode {
  const shown = operations.slice(0, operationsShown).map((operation) => operationNode(root, operation, nowMs));
  const [newest] = operations;
  const earlier: TreeNode = {
    id: `${root}#operation/earlier`,
    root,
    label: "Earlier operations …",
    context: "more",
    command: { id: "winnow.showOperations", arguments: [{ root }] },
  };
  const next = undoable === null ? "" : `. Undo takes back: ${escapeMarkdown(undoable.summary)}`;
  return {
    id: `${root}#operations`,
    root,
    label: "Operations",
    description: newest === undefined ? "none yet" : `latest ${formatAgo(newest.time, nowMs)}`,
    tooltip: `What was done to this dataset${next}`,
    icon: { id: "history" },
    context: "operations",
    ...(newest === undefined ? {} : { children: operations.length > operationsShown ? [...shown, earlier] : shown }),
  };
}

/** Whether an operation can be taken back. */
export function isUndoable({ state }: ListedOperation): boolean {
  return state === "done" || state === "partlyUndone";
}

function operationNode(root: string, operation: ListedOperation, nowMs: number): TreeNode {
  const { summary, by, time, kind, files, state } = operation;
  const told = state === "done" ? "" : ` · ${wordsFromName(state).toLowerCase()}`;
  return {
    id: `${root}#operation/${operation.operation}`,
    root,
    label: summary,
    description: `${formatAgo(time, nowMs)}${told}`,
    tooltip: `${escapeMarkdown(summary)}\n\n${escapeMarkdown(kind)} by ${escapeMarkdown(by)}, ${escapeMarkdown(time)}, ${formatCount(files, "file")}${told}`,
    icon: { id: state === "undone" ? "discard" : state === "done" ? "circle-filled" : "circle-outline" },
    context: isUndoable(operation) ? "undoableOperation" : "operation",
    spoken: `${summary}, ${formatAgo(time, nowMs)}${told}`,
    subject: { kind: "operation", operation: operation.operation },
  };
}
