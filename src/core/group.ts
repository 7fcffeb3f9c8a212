/** The kinds of groups: samples (or pairs) that belong together. */
export const groupKinds = [
  "duplicate",
  "pixelDuplicate",
  "nearDuplicate",
  "sameCaption",
  "sameImage",
  "confusable",
  "concept",
  "falseNegative",
] as const;

/** One kind of groups. */
export type GroupKind = (typeof groupKinds)[number];

/** A member of a group: a sample by its row in the dataset, and one of its captions where the group is of pairs. */
export interface GroupMember {
  readonly row: number;
  readonly captionIndex?: number;
}

/**
 * Samples that belong together. `scores` is the n × n cross-score matrix (image of member i × caption of member j) of a confusable
 * group, image × image cosines of a near-duplicate group. The first member of a duplicate group is its keeper.
 * `seenBy` names the encoders whose cosines saw a near-duplicate group, where there were two.
 * `review` is set, with the reason, where the grouping is too doubtful to drop anything by itself.
 */
export interface Group {
  readonly id: string;
  readonly kind: GroupKind;
  readonly name: string;
  readonly members: readonly GroupMember[];
  readonly scores?: readonly (readonly number[])[];
  readonly seenBy?: readonly string[];
  readonly review?: string;
}
