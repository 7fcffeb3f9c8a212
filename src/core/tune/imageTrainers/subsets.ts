import { safeWord } from "./settings.ts";

/** A subset before its pictures have names: its own name, unlike all others, and how often a picture is shown an epoch. */
export interface SubsetPlace {
  readonly name: string;
  readonly repeats: number;
  readonly isMasked: boolean;
}

/** What an item brings: the set that it belongs to, what people call that, and whether it has a mask. */
export interface SubsetItem {
  readonly set: string;
  readonly title: string;
  readonly isMasked: boolean;
}

/** Subsets in the order of their first items, and the place of each item among them. */
export interface SubsetPlan {
  readonly places: readonly SubsetPlace[];
  readonly placeOf: readonly number[];
}

/**
 * Puts items into subsets, a set each, and one more for those of a set that have masks: trainers want masks for all pictures of a folder or for none. Small sets are repeated so that
 * they are shown about as often as the largest, `mostRepeats` times as often at most.
 */
export function planSubsets(
  items: readonly SubsetItem[],
  { repeats, mostRepeats }: { readonly repeats: number; readonly mostRepeats: number },
): SubsetPlan {
  const sizes = new Map<string, number>();
  for (const { set } of items) sizes.set(set, (sizes.get(set) ?? 0) + 1);
  const even = evenRepeats([...sizes.values()], mostRepeats);
  const times = new Map([...sizes.keys()].map((set, at) => [set, repeats * even[at]!]));
  const taken = new Set<string>();
  const places: SubsetPlace[] = [];
  const known = new Map<string, number>();
  const placeOf = items.map(({ set, title, isMasked }) => {
    const key = `${isMasked ? 1 : 0} ${set}`;
    const place = known.get(key) ?? places.length;
    known.set(key, place);
    if (place === places.length) places.push({ name: uniqueName(title, isMasked, taken), repeats: times.get(set)!, isMasked });
    return place;
  });
  return { places, placeOf };
}

/** How often sets of some sizes have to be repeated to be shown about as often as the largest, `most` times at most; at least once each. */
export function evenRepeats(sizes: readonly number[], most: number): number[] {
  const largest = sizes.reduce((greatest, size) => Math.max(greatest, size), 0);
  return sizes.map((size) => Math.max(1, Math.min(most, Math.round(largest / size))));
}

function uniqueName(title: string, isMasked: boolean, taken: Set<string>): string {
  const stem = safeWord(title) + (isMasked ? "-masked" : "");
  let name = stem;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${stem}-${count}`;
  taken.add(name.toLowerCase());
  return name;
}
