import type { Group, GroupKind } from "../../core/group.ts";
import type { RelatedPair } from "../../core/relations.ts";
import type { ListedGroup } from "../../protocol/engineApi.ts";
import type { Env } from "../env.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { createRelater, type Relate } from "./relater.ts";

/**
 * Groups of one kind of a dataset's current analysis, with their members by name and what a person said of them. Asked for duplicates it gives
 * those of equal bytes and those of equal pixels alone. Throws `NotAnalysedError`.
 */
export async function listGroups(env: Env, root: string, kind: GroupKind): Promise<ListedGroup[]> {
  const dataset = await openAnalysed(env, root);
  try {
    const groups = (await dataset.groups()).filter(
      (group) => group.kind === kind || (kind === "duplicate" && group.kind === "pixelDuplicate"),
    );
    const samples = await dataset.tables.query("SELECT sample FROM samples ORDER BY sampleRow");
    const known: Known = {
      sampleAt: (row) => String(samples[row]?.["sample"]),
      hashes: await readHashes(dataset),
      relate: createRelater(dataset.state.relations),
    };
    return groups.map((group) => listGroup(group, known));
  } finally {
    dataset.close();
  }
}

interface Known {
  readonly sampleAt: (row: number) => string;
  readonly hashes: ReadonlyMap<string, string>;
  readonly relate: Relate;
}

function listGroup({ id, name, members, scores, review }: Group, { sampleAt, hashes, relate }: Known): ListedGroup {
  const named = members.map(({ row, captionIndex }): RelatedPair => {
    const sample = sampleAt(row);
    const captionHash = hashes.get(keyOf(sample, captionIndex ?? -1));
    return { sample, ...(captionIndex !== undefined && { captionIndex }), ...(captionHash !== undefined && { captionHash }) };
  });
  return {
    id,
    name,
    members: named.map(({ sample, captionIndex }) => ({ sample, captionIndex: captionIndex ?? null })),
    scores: scores ?? null,
    review: review ?? null,
    relations: relate(named),
  };
}

/** The hashes of the captions of samples of which a person said something. */
async function readHashes({ tables, state: { relations } }: AnalysedDataset): Promise<ReadonlyMap<string, string>> {
  if (relations.length === 0) return new Map();
  const names = [...new Set(relations.flatMap(({ left, right }) => [left.sample, right.sample]))];
  await tables.load("related", [{ name: "sample", type: "text", values: names }]);
  const rows = await tables.query("SELECT sample, captionIndex, captionHash FROM pairs SEMI JOIN related USING (sample)");
  return new Map(rows.map(({ sample, captionIndex, captionHash }) => [keyOf(String(sample), Number(captionIndex)), String(captionHash)]));
}

function keyOf(sample: string, captionIndex: number): string {
  return `${captionIndex} ${sample}`;
}
