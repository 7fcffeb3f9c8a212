import type { RelatedPair, Relation, StatedRelation } from "../../core/relations.ts";
import { createRelationFinder } from "../../core/relations.ts";

/** Finds what a person said of any two of some members; `left` and `right` are their places, left first. */
export type Relate = (
  members: readonly RelatedPair[],
) => readonly { readonly left: number; readonly right: number; readonly relation: Relation }[];

/** Makes relations fit for many look-ups. */
export function createRelater(relations: readonly StatedRelation[]): Relate {
  const named = new Set(relations.flatMap(({ left, right }) => [left.sample, right.sample]));
  const find = createRelationFinder(relations);
  return (members) => {
    const places = [...members.keys()].filter((place) => named.has(members[place]!.sample));
    return places.flatMap((left, at) =>
      places.slice(at + 1).flatMap((right) => {
        const relation = find(members[left]!, members[right]!);
        return relation === undefined ? [] : [{ left, right, relation }];
      }),
    );
  };
}
