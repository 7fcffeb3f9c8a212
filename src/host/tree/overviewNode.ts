import type { Analysed, Overview } from "../../protocol/overview.ts";
import type { DatasetEntry } from "../datasets.ts";
import { formatCount } from "../runText.ts";
import type { TreeNode } from "./treeNode.ts";
import { escapeMarkdown, formatAgo } from "./words.ts";

/** A dataset at a glance: how much is kept, by which encoder it was judged, and whether that is still so. */
export function overviewNode(
  entry: DatasetEntry,
  overview: Overview,
  { analysed, nowMs }: { analysed: Analysed; nowMs: number },
): TreeNode {
  const { root } = entry;
  const { samples, captions } = analysed;
  const leaves = [...findingLeaves(root, analysed, nowMs), ...warningLeaves(entry, overview)];
  return {
    id: `${root}#overview`,
    root,
    label: "Overview",
    description: `${formatCount(samples, "picture")}, ${formatCount(captions, "caption")}`,
    icon: { id: "dashboard" },
    context: "overview",
    isOpen: warningLeaves(entry, overview).length > 0,
    children: leaves.map(({ name, ...leaf }) => ({ id: `${root}#overview/${name}`, root, ...leaf })),
  };
}

type Leaf = Omit<TreeNode, "id" | "root"> & { readonly name: string };

function findingLeaves(root: string, { samples, captions, kept, encoder, finishedAt, frozen }: Analysed, nowMs: number): Leaf[] {
  const keptSamples = `${kept.samples.toLocaleString("en")} of ${formatCount(samples, "picture")}`;
  const keptCaptions = `${kept.captions.toLocaleString("en")} of ${formatCount(captions, "caption")}`;
  const split: Leaf = {
    name: "frozen",
    label: "Evaluation split",
    description: formatCount(frozen, "picture"),
    tooltip: "No rule judges them",
    icon: { id: "lock" },
  };
  return [
    { name: "kept", label: "Kept", description: `${keptSamples}, ${keptCaptions}`, icon: { id: "check" } },
    ...(frozen === 0 ? [] : [split]),
    {
      name: "encoder",
      label: "Encoder",
      description: `${encoder.name} on ${encoder.provider}`,
      context: "encoder",
      icon: encoder.builtin ? { id: "warning", color: "problemsWarningIcon.foreground" } : { id: "chip" },
      tooltip: encoder.builtin
        ? "The built-in encoder knows coloured shapes only: it is for trying Winnow, **not for photographs**"
        : `\`${encoder.id}\``,
      command: { id: "winnow.chooseEncoder", arguments: [{ root }] },
    },
    {
      name: "finished",
      label: "Last analysis",
      description: formatAgo(finishedAt, nowMs),
      tooltip: escapeMarkdown(finishedAt),
      icon: { id: "clock" },
    },
  ];
}

function warningLeaves({ root, changedFiles }: DatasetEntry, { readOnly }: Overview): Leaf[] {
  const changed = changedFiles ?? 0;
  const stale: Leaf = {
    name: "changed",
    label: `${formatCount(changed, "file")} changed`,
    context: "stale",
    icon: { id: "diff", color: "charts.yellow" },
    tooltip: "Only changed files are read and encoded again",
    command: { id: "winnow.run", arguments: [{ root }] },
  };
  const locked: Leaf = {
    name: "readOnly",
    label: "Read-only",
    ...(readOnly === null ? {} : { description: readOnly, tooltip: escapeMarkdown(readOnly) }),
    icon: { id: "lock" },
  };
  return [...(changed > 0 ? [stale] : []), ...(readOnly === null ? [] : [locked])];
}
