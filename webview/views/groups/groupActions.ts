import type { GroupKind } from "../../../src/core/group.ts";
import type { GroupDetail, GroupMemberRow, KeepBy, Relation } from "../../../src/protocol/groups.ts";
import type { PanelContext } from "../../context.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { captionOf, type Cell, relationBetween } from "./heatMap.ts";
import { keepByNames } from "./memberGrid.ts";

/** Which of copies stay: of all groups of a kind, or of some by their ids, by what makes the best. */
interface KeepBest {
  readonly kind: GroupKind;
  readonly by: KeepBy;
  readonly groups?: readonly string[];
}

/** Decides about one member of a group. */
export async function decideMember(
  { decide }: PanelContext,
  { row, captionIndex }: GroupMemberRow,
  decision: "keep" | "drop",
): Promise<void> {
  await decide({ kind: "named", pairs: [{ sample: row.sample, captionIndex }] }, decision);
}

/** Drops all members of a group but one. */
export async function keepOnly({ decide }: PanelContext, group: GroupDetail, keeper: GroupMemberRow): Promise<void> {
  const others = group.members.filter((member) => member !== keeper).map(({ row }) => ({ sample: row.sample, captionIndex: null }));
  await decide({ kind: "named", pairs: others }, "drop");
}

/** Goes on to have captions written that tell a group's pictures apart. */
export function rewriteDifferences({ choose, go }: PanelContext, { name, members }: GroupDetail): void {
  const pairs = members.map(({ row, captionIndex }) => ({ sample: row.sample, captionIndex }));
  choose({ targets: { kind: "named", pairs }, about: `${formatCounted(pairs.length, "caption")} of “${name}”` });
  go({ view: "rewrites", preset: "tellApart", chosen: true });
}

/** Drops all copies but the best of each group, and tells how many. */
export async function keepBest({ host, tell, fail }: PanelContext, wanted: KeepBest): Promise<void> {
  try {
    const { dropped, operation } = await host.call("keepBest", { ...wanted, apply: true });
    tell(operation === null ? "Nothing changed: it was so already" : `Dropped ${formatCount(dropped)} of the copies`, {
      undo: operation !== null,
    });
  } catch (error) {
    fail(error);
  }
}

/** Does the same with all groups of a kind, once a person has read how many go. */
export async function keepBestOfAll(context: PanelContext, { kind, by }: Omit<KeepBest, "groups">): Promise<void> {
  const { host, fail } = context;
  try {
    const { groups, dropped } = await host.call("keepBest", { kind, by, apply: false });
    const message = `Keep the best of ${formatCounted(groups, "group")}, and drop ${formatCount(dropped)} others?`;
    const detail = `The one with the ${keepByNames[by]} stays. Groups in doubt are left alone. It is one operation that can be undone.`;
    if (await host.call("confirm", { message, detail, action: "Keep best" })) await keepBest(context, { kind, by });
  } catch (error) {
    fail(error);
  }
}

/** States how the picture and the caption of a cell belong together, or takes that back, and tells what was done. */
export async function relateCell(
  { host, tell, fail }: PanelContext,
  { group, cell }: { readonly group: GroupDetail; readonly cell: Cell },
  relation: Relation | "clear",
): Promise<void> {
  const stated = relation === "clear" ? relationBetween(group, cell) : relation;
  const members = [cell.image, cell.caption]
    .map((at) => group.members[at]!)
    .map(({ row, captionIndex }) => ({ sample: row.sample, captionIndex: stated === "duplicate" ? null : captionIndex }));
  const done = {
    duplicate: `Merged as duplicates: "${captionOf(group.members[cell.image]!)}" stays`,
    falseNegative: "Marked as false negatives: the next run leaves them apart",
    hardNegative: "Kept as hard negatives",
    clear: "Taken back",
  };
  try {
    const { operation } = await host.call("relate", { members, relation });
    tell(operation === null ? "Nothing changed: it was so already" : done[relation], { undo: operation !== null });
  } catch (error) {
    fail(error);
  }
}
