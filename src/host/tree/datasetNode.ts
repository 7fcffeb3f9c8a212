import type { Analysed, Overview } from "../../protocol/overview.ts";
import type { DatasetEntry } from "../datasets.ts";
import { formatCount, formatRunState } from "../runText.ts";
import { bucketNodes } from "./bucketNodes.ts";
import { operationsNode } from "./operationNodes.ts";
import { overviewNode } from "./overviewNode.ts";
import { problemsNode } from "./problemNodes.ts";
import { recipeNode } from "./recipeNode.ts";
import type { TreeNode } from "./treeNode.ts";
import { tuneRunsNode } from "./tuneRunNodes.ts";
import { escapeMarkdown } from "./words.ts";

/** The nodes of a dataset; `isOpen` shows what is in it at first. */
export function datasetNode(entry: DatasetEntry, { nowMs, isOpen }: { readonly nowMs: number; readonly isOpen: boolean }): TreeNode {
  const { root, name, overview, run, problem } = entry;
  const description = problem ?? (run !== null ? formatRunState(run) : describeDataset(entry));
  const analysed = overview?.analysed ?? null;
  const tokens = [
    "dataset",
    run === null ? "idle" : "running",
    ...(analysed === null ? [] : ["analysed"]),
    ...(overview?.undoable == null ? [] : ["undoable"]),
  ];
  return {
    id: root,
    root,
    label: name,
    description,
    tooltip: tooltipOf(entry),
    icon: iconOf(entry),
    context: tokens.join(" "),
    spoken: `Dataset ${name}, ${description}`,
    isOpen,
    children: childrenOf(entry, nowMs),
  };
}

/** How many things of a dataset wait for a person: pairs in review and grave problems. */
export function attentionOf({ overview }: DatasetEntry): { readonly review: number; readonly errors: number } {
  const analysed = overview?.analysed;
  const errors = (analysed?.problems ?? []).filter(({ severity }) => severity === "error").reduce((sum, { count }) => sum + count, 0);
  return { review: analysed?.buckets.find(({ id }) => id === "review")?.count ?? 0, errors };
}

function describeDataset({ overview, changedFiles }: DatasetEntry): string {
  if (overview === null) return "reading";
  if (overview.analysed === null) return "not analysed yet";
  const changed = changedFiles === null || changedFiles === 0 ? "" : `, ${formatCount(changedFiles, "changed file")}`;
  return `${formatCount(overview.analysed.captions, "pair")}${changed}`;
}

function iconOf({ run, problem, overview, changedFiles }: DatasetEntry): { readonly id: string; readonly color?: string } {
  if (problem !== null) return { id: "error", color: "problemsErrorIcon.foreground" };
  if (run !== null) return { id: "sync~spin" };
  if (overview?.analysed === null) return { id: "circle-large-outline" };
  return changedFiles !== null && changedFiles > 0 ? { id: "database", color: "charts.yellow" } : { id: "database" };
}

function tooltipOf({ root, format, overview, problem }: DatasetEntry): string {
  const analysed = overview?.analysed;
  const lines = [
    escapeMarkdown(root),
    format === "" ? "" : `Format \`${format}\`${analysed == null ? "" : `: ${escapeMarkdown(analysed.formatReason)}`}`,
    problem === null ? "" : escapeMarkdown(problem),
    overview?.readOnly == null ? "" : escapeMarkdown(overview.readOnly),
  ];
  return lines.filter((line) => line !== "").join("\n\n");
}

/** Before anything is known of a dataset there is a line as well: VS Code leaves closed what could not be opened at first. */
function childrenOf(entry: DatasetEntry, nowMs: number): TreeNode[] {
  const { root, overview, problem } = entry;
  if (overview === null) return problem === null ? [{ id: `${root}#reading`, root, label: "Reading …", context: "reading" }] : [];
  if (overview.analysed === null) return [unanalysedNode(entry)];
  return analysedNodes(entry, overview, { analysed: overview.analysed, nowMs });
}

function unanalysedNode({ root, run }: DatasetEntry): TreeNode {
  const common = { id: `${root}#unanalysed`, root, context: "unanalysed" };
  if (run !== null) return { ...common, label: "The first analysis is under way", icon: { id: "sync~spin" } };
  return { ...common, label: "Analyse this dataset", icon: { id: "play" }, command: { id: "winnow.run", arguments: [{ root }] } };
}

function analysedNodes(entry: DatasetEntry, overview: Overview, { analysed, nowMs }: { analysed: Analysed; nowMs: number }): TreeNode[] {
  return [
    overviewNode(entry, overview, { analysed, nowMs }),
    ...bucketNodes(entry.root, analysed.buckets),
    ...problemsNode(entry.root, analysed),
    recipeNode(entry.root, overview),
    operationsNode(entry.root, overview, nowMs),
    ...tuneRunsNode(entry.root, overview, nowMs),
  ];
}
