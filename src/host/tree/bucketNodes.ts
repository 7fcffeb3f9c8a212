import type { Bucket } from "../../protocol/overview.ts";
import { formatCount } from "../runText.ts";
import type { TreeNode } from "./treeNode.ts";
import { escapeMarkdown } from "./words.ts";

interface Shelf {
  readonly id: string;
  readonly title: string;
  readonly holds: (bucket: Bucket) => boolean;
}

const copies: ReadonlySet<string | null> = new Set(["duplicate", "pixelDuplicate", "nearDuplicate", "sameCaption", "sameImage"]);

/** Where buckets are put, by what they are made of rather than by their names, so that a new one finds its place. The last takes the rest. */
const shelves: readonly Shelf[] = [
  { id: "decisions", title: "Decisions", holds: ({ where }) => /\b(verdict|actor|edited|author)\b/.test(where) },
  { id: "copies", title: "Copies", holds: ({ kind }) => copies.has(kind) },
  { id: "alike", title: "Look-alikes and concepts", holds: ({ kind }) => kind !== null },
  { id: "captions", title: "Captions", holds: ({ where }) => /\b(lint|captionLints|captionTokens|truncated)\b/.test(where) },
  { id: "suspect", title: "Suspect pairs", holds: () => true },
];

/** The order in which they are shown: what is wrong first, what was decided last. */
const shown = ["suspect", "captions", "copies", "alike", "decisions"] as const;

const icons: readonly (readonly [pattern: RegExp, icon: string, color?: string])[] = [
  [/drop/i, "trash"],
  [/review/i, "eye", "charts.yellow"],
  [/edit|rewrit|author/i, "edit"],
  [/keep|kept/i, "check", "charts.green"],
  [/near/i, "copy", "charts.orange"],
  [/duplicate/i, "files", "charts.orange"],
  [/same/i, "quote", "charts.orange"],
  [/confus|falseNegative/i, "arrow-swap", "charts.purple"],
  [/concept/i, "symbol-class", "charts.blue"],
  [/trunc/i, "fold", "charts.yellow"],
  [/weak/i, "comment", "charts.yellow"],
  [/lint|tokensOver/i, "comment"],
  [/unread/i, "error", "charts.red"],
  [/mismatch|rank/i, "warning", "charts.red"],
  [/score/i, "arrow-down", "charts.red"],
];

/** The bucket of all samples with a problem, which the list of problems stands for. */
export const problemsBucket = "problems";

/** A dataset's buckets on their shelves; empty shelves are left out. */
export function bucketNodes(root: string, all: readonly Bucket[]): TreeNode[] {
  const buckets = all.filter(({ id }) => id !== problemsBucket);
  const shelfOf = (bucket: Bucket): string => shelves.find(({ holds }) => holds(bucket))!.id;
  return shown.flatMap((id): TreeNode[] => {
    const held = buckets.filter((bucket) => shelfOf(bucket) === id);
    const { title } = shelves.find((shelf) => shelf.id === id)!;
    if (held.length === 0) return [];
    return [
      {
        id: `${root}#shelf/${id}`,
        root,
        label: title,
        context: "shelf",
        isOpen: true,
        children: held.map((bucket) => bucketNode(root, bucket)),
      },
    ];
  });
}

function bucketNode(root: string, bucket: Bucket): TreeNode {
  const { id, title, about, unit, count, groups, kind } = bucket;
  const subject = { kind: "bucket", bucket: id } as const;
  const counted = formatCount(count, unit === "pair" ? "pair" : "picture");
  const inGroups = groups === null ? "" : ` in ${formatCount(groups, "group")}`;
  const [, icon, color] = icons.find(([pattern]) => pattern.test(id) || (kind !== null && pattern.test(kind))) ?? [null, "list-filter"];
  return {
    id: `${root}#bucket/${id}`,
    root,
    label: title,
    description: groups === null ? count.toLocaleString("en") : `${count.toLocaleString("en")} · ${formatCount(groups, "group")}`,
    tooltip: `**${escapeMarkdown(title)}** — ${counted}${inGroups}\n\n${escapeMarkdown(about)}`,
    // A bucket without anything in it is no alarm.
    icon: count === 0 || color === undefined ? { id: icon } : { id: icon, color },
    context: "bucket",
    command: { id: "winnow.openBucket", arguments: [{ root, subject }] },
    spoken: `${title}: ${counted}${inGroups}`,
    subject,
  };
}
