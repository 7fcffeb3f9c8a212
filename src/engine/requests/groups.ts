import type { Group, GroupKind } from "../../core/group.ts";
import type { ListedGroup } from "../../protocol/engineApi.ts";
import type { Env } from "../env.ts";
import { openAnalysed } from "./analysedDataset.ts";

/**
 * Groups of one kind of a dataset's current analysis, with their members by name. Asked for duplicates it gives those of equal bytes and
 * those of equal pixels alone. Throws `NotAnalysedError`.
 */
export async function listGroups(env: Env, root: string, kind: GroupKind): Promise<ListedGroup[]> {
  const dataset = await openAnalysed(env, root);
  try {
    const groups = (await dataset.groups()).filter(
      (group) => group.kind === kind || (kind === "duplicate" && group.kind === "pixelDuplicate"),
    );
    const samples = await dataset.tables.query("SELECT sample FROM samples ORDER BY sampleRow");
    return groups.map((group) => listGroup(group, (row) => String(samples[row]?.["sample"])));
  } finally {
    dataset.close();
  }
}

function listGroup({ id, name, members, scores, review }: Group, sampleAt: (row: number) => string): ListedGroup {
  return {
    id,
    name,
    members: members.map(({ row, captionIndex }) => ({ sample: sampleAt(row), captionIndex: captionIndex ?? null })),
    scores: scores ?? null,
    review: review ?? null,
  };
}
