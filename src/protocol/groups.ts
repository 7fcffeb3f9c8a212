import type { GroupKind } from "../core/group.ts";
import type { GalleryRow } from "./gallery.ts";

/**
 * Asks for groups of one kind, the largest first (confusable ones by their greatest confusion); `fields` of each caption. `group` asks for one
 * alone. Exact copies (`duplicate`) are those of equal bytes and those of equal pixels.
 */
export interface GroupsRequest {
  readonly root: string;
  readonly kind: GroupKind;
  readonly from: number;
  readonly to: number;
  readonly fields: readonly string[];
  readonly group?: string;
}

/** A member with its picture's row; `captionIndex` is its caption where the group is of pairs, else null. */
export interface GroupMemberRow {
  readonly row: GalleryRow;
  readonly captionIndex: number | null;
}

/** What a person said of two members of a group. */
export type Relation = "duplicate" | "falseNegative" | "hardNegative";

/**
 * A group with all that is shown of it. `size` counts all members; of large groups only the first are given: the more, the fewer groups were
 * asked for (500 of one alone, 20 of each in a long page). `scores[i][j]` is image of member i × caption of member j (confusable) or image ×
 * image (near-duplicate).
 */
export interface GroupDetail {
  readonly id: string;
  readonly kind: GroupKind;
  readonly name: string;
  readonly size: number;
  readonly review: string | null;
  readonly members: readonly GroupMemberRow[];
  readonly scores: readonly (readonly (number | null)[])[] | null;
  readonly relations: readonly { readonly left: number; readonly right: number; readonly relation: Relation }[];
}

/** A page of groups; `count` is how many there are in all. */
export interface GroupPage {
  readonly generation: string;
  readonly count: number;
  readonly groups: readonly GroupDetail[];
}

/** What decides which duplicate stays. */
export type KeepBy = "score" | "resolution" | "captionLength";

/**
 * Keeps the best of each group of copies and drops the others, as a person's verdicts; all groups of the kind (`duplicate`, `pixelDuplicate` or
 * `nearDuplicate`) where none is named. `apply` false only tells.
 */
export interface KeepBestRequest {
  readonly root: string;
  readonly kind: GroupKind;
  readonly groups?: readonly string[];
  readonly by: KeepBy;
  readonly apply: boolean;
}

/**
 * Which sample stays in each group and why (500 at most; `groups` counts all), and how many are dropped. Groups that are in doubt (`review`) are
 * left alone, and nothing of the evaluation split is dropped.
 */
export interface KeptBest {
  readonly kept: readonly { readonly group: string; readonly sample: string; readonly why: string }[];
  readonly groups: number;
  readonly dropped: number;
  readonly operation: string | null;
}

/**
 * Says, or with `clear` takes back, how pairs are related: every two of `members` by name, at most 100. "duplicate" is of whole samples; it also
 * drops all but the first (of the evaluation split nothing). "hardNegative" also keeps the pairs, whatever rules say. What follows for groups and
 * ranks holds from the next run on.
 */
export interface RelateRequest {
  readonly root: string;
  readonly members: readonly { readonly sample: string; readonly captionIndex: number | null }[];
  readonly relation: Relation | "clear";
}

/** How many relations were set, as which operation (null where all were so already). */
export interface RelateAnswer {
  readonly applied: number;
  readonly operation: string | null;
}
