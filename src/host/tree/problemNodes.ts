import type { Severity } from "../../core/problem.ts";
import type { ListedProblem } from "../../protocol/engineApi.ts";
import type { Analysed } from "../../protocol/overview.ts";
import { formatCount } from "../runText.ts";
import { problemsBucket } from "./bucketNodes.ts";
import type { TreeNode } from "./treeNode.ts";
import { escapeMarkdown, wordsFromName } from "./words.ts";

/** What is wrong with a dataset, by code; nothing where nothing is. A click shows the samples that something is wrong with; other files are listed below. */
export function problemsNode(root: string, { problems, buckets }: Analysed): TreeNode[] {
  if (problems.length === 0) return [];
  const found = problems.reduce((sum, problem) => sum + problem.count, 0);
  const samples = buckets.find(({ id }) => id === problemsBucket)?.count ?? found;
  const worst = (["error", "warning", "note"] as const).find((severity) => problems.some((problem) => problem.severity === severity));
  const subject = { kind: "bucket", bucket: problemsBucket } as const;
  return [
    {
      id: `${root}#problems`,
      root,
      label: "Problems",
      description: samples.toLocaleString("en"),
      tooltip: `${formatCount(found, "finding")}, about ${formatCount(samples, "picture")} and other files`,
      icon: severityIcons[worst ?? "note"],
      context: "problems",
      command: { id: "winnow.openBucket", arguments: [{ root, subject }] },
      spoken: `Problems: ${formatCount(samples, "picture")}, ${formatCount(found, "finding")}`,
      subject,
      children: problems.map((problem) => problemNode(root, problem)),
    },
  ];
}

function problemNode(root: string, { code, severity, count }: Analysed["problems"][number]): TreeNode {
  return {
    id: `${root}#problem/${code}/${severity}`,
    root,
    label: wordsFromName(code),
    description: count.toLocaleString("en"),
    icon: severityIcons[severity],
    context: "problem",
    spoken: `${wordsFromName(code)}, ${severity}, ${formatCount(count, "file")}`,
    subject: { kind: "problem", code },
    children: "later",
  };
}

/** The files that a problem is about; `more` is how many are not among them. */
export function problemFileNodes(parent: TreeNode, problems: readonly ListedProblem[], more: number): TreeNode[] {
  const nodes = problems.map(({ file, message, hint, severity }, at): TreeNode => ({
    id: `${parent.id}/${at}`,
    root: parent.root,
    label: file.split(/[\\/]/).at(-1) ?? file,
    description: message,
    tooltip: `${escapeMarkdown(file)}: ${escapeMarkdown(message)}\n\n${escapeMarkdown(hint)}`,
    icon: severityIcons[severity],
    context: "problemFile",
    ...(inArchive.test(file) ? {} : { file }),
    spoken: `${file}: ${message}`,
  }));
  const rest: TreeNode = { id: `${parent.id}/more`, root: parent.root, label: `… and ${more.toLocaleString("en")} more`, context: "more" };
  return more > 0 ? [...nodes, rest] : nodes;
}

const severityIcons: Readonly<Record<Severity, { readonly id: string; readonly color?: string }>> = {
  error: { id: "error", color: "problemsErrorIcon.foreground" },
  warning: { id: "warning", color: "problemsWarningIcon.foreground" },
  note: { id: "info", color: "problemsInfoIcon.foreground" },
};

/** Members of archives and rows of tables are no files that could be opened. */
const inArchive = /\.(tar|parquet)#/i;
