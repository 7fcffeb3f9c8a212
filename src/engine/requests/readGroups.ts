import type { Group, GroupKind } from "../../core/group.ts";
import { keysFromFloats, orderByKeys } from "../../core/order.ts";
import type { RelatedPair } from "../../core/relations.ts";
import type { Steps } from "../../core/steps.ts";
import type { GalleryRow } from "../../protocol/gallery.ts";
import type { GroupDetail, GroupPage, GroupsRequest } from "../../protocol/groups.ts";
import type { Env } from "../env.ts";
import { captionHash } from "../store/dotWinnow.ts";
import { inTurns } from "../store/inTurns.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readGalleryRows } from "./galleryRows.ts";
import { createRelater, type Relate } from "./relater.ts";
import { itemsOfSample } from "./shape.ts";

/** Groups of one page at most, and the members that are given of all of them together and of each. */
const mostGroups = 200;
const membersAPage = 1000;
const membersAGroup = { least: 20, most: 500 };

/** Groups of a kind with their members, page by page. Throws one sentence where a group that is asked for isn't there, and `FieldError`. */
export async function readGroups(env: Env, dataset: AnalysedDataset, request: Omit<GroupsRequest, "root">): Promise<GroupPage> {
  const { kind, from, fields, group: wanted } = request;
  const groups = await groupsOfKind(env, dataset, kind);
  const chosen = wanted === undefined ? groups.slice(from, Math.min(request.to, from + mostGroups)) : [findGroup(groups, wanted)];
  const most = Math.max(membersAGroup.least, Math.min(membersAGroup.most, Math.floor(membersAPage / Math.max(1, chosen.length))));
  const shown = chosen.map((group) => ({ group, members: group.members.slice(0, most) }));
  const shape = await dataset.shape();
  const sampleRows = [...new Set(shown.flatMap(({ members }) => members.map(({ row }) => row)))];
  const rows = await readGalleryRows(dataset, {
    rows: sampleRows.map((sampleRow) => ({ sampleRow, items: itemsOfSample(shape, sampleRow) })),
    fields,
  });
  const rowOf = new Map(rows.map((row) => [row.sampleRow, row]));
  const relate = createRelater(dataset.state.relations);
  return {
    generation: dataset.generation,
    count: groups.length,
    groups: shown.map(({ group, members }) => detailOf(group, members, { rowOf: (row) => rowOf.get(row)!, relate })),
  };
}

/** The groups of a kind in the order in which they are shown; with exact copies those of equal pixels. */
async function groupsOfKind(env: Env, dataset: AnalysedDataset, kind: GroupKind): Promise<readonly Group[]> {
  const all = await dataset.groups();
  const known = ordered.get(all) ?? new Map<GroupKind, Promise<readonly Group[]>>();
  ordered.set(all, known);
  const groups = known.get(kind) ?? inTurns(env, sortGroups(all, kind));
  known.set(kind, groups);
  return await groups;
}

/** Groups of an analysis by kind, in order; they go with the analysis' groups. */
const ordered = new WeakMap<readonly Group[], Map<GroupKind, Promise<readonly Group[]>>>();

/** The strongest first: by confusion where there is one, else by size; equal ones as they were found. */
function* sortGroups(all: readonly Group[], kind: GroupKind): Steps<Group[]> {
  const groups = all.filter((group) => group.kind === kind || (kind === "duplicate" && group.kind === "pixelDuplicate"));
  const strengthOf = kind === "confusable" || kind === "falseNegative" ? greatestConfusion : ({ members }: Group) => members.length;
  const keys = yield* keysFromFloats(Float32Array.from(groups, strengthOf), true);
  return Array.from(yield* orderByKeys(keys), (at) => groups[at]!);
}

/** The greatest e(p, q) between two members (see `findConfusables`); what can't be told comes last. */
function greatestConfusion({ scores = [] }: Group): number {
  let greatest = -Infinity;
  scores.forEach((row, i) =>
    row.forEach((score, j) => {
      const confusion = Math.min(score - scores[i]![i]!, scores[j]![i]! - scores[j]![j]!);
      if (i !== j && confusion > greatest) greatest = confusion;
    }),
  );
  return greatest;
}

function findGroup(groups: readonly Group[], id: string): Group {
  const group = groups.find((known) => known.id === id);
  if (group === undefined) throw new Error(`There is no group ${id} any more: the dataset was analysed anew`);
  return group;
}

function detailOf(
  { id, kind, name, members: all, scores, review }: Group,
  members: Group["members"],
  { rowOf, relate }: { rowOf: (row: number) => GalleryRow; relate: Relate },
): GroupDetail {
  const shown = members.map(({ row, captionIndex }) => ({ row: rowOf(row), captionIndex: captionIndex ?? null }));
  const named = shown.map(({ row, captionIndex }): RelatedPair => {
    const caption = row.captions.find((own) => own.captionIndex === captionIndex);
    return { sample: row.sample, ...(caption && { captionIndex: caption.captionIndex, captionHash: captionHash(caption.text) }) };
  });
  return {
    id,
    kind,
    name,
    size: all.length,
    review: review ?? null,
    members: shown,
    scores: scores?.slice(0, members.length).map((row) => row.slice(0, members.length).map((score) => knownOrNull(score))) ?? null,
    relations: relate(named),
  };
}

/** A score that was saved as unknown was read as null. */
function knownOrNull(score: number | null): number | null {
  return score === null || Number.isNaN(score) ? null : score;
}
