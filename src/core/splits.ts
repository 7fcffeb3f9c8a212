import type { Group } from "./group.ts";
import { parseShare, type Share } from "./prune/options.ts";
import type { Split } from "./sample.ts";

/** What splits are made from. `groups` may be of any kind; those of duplicates are never cut. `validation` and `test` are "10%" (of all samples) or a count. */
export interface SplitInput {
  readonly samples: readonly { readonly id: string; readonly split?: Split }[];
  readonly groups: readonly Group[];
  readonly seed: number;
  readonly validation: string;
  readonly test: string;
}

/** Splits by row. `leaks` are the duplicate groups, as rows, that the dataset's own splits cut already. */
export interface Splits {
  readonly splits: readonly Split[];
  readonly counts: Readonly<Record<Split, number>>;
  readonly leaks: readonly (readonly number[])[];
}

const duplicateKinds: ReadonlySet<string> = new Set(["duplicate", "pixelDuplicate", "nearDuplicate"]);

/**
 * Splits samples by image and by duplicate group: test is filled first, then validation, the rest is train. A split that a sample has already stays and counts towards the sizes,
 * and its duplicates join it. The order is a seeded hash of the ids, so it depends neither on the order of the files nor much on added or removed ones.
 * A group larger than the room that is left goes to train, so a size may fall short by less than a group. Throws `RangeError` for sizes that can't be read.
 */
export function makeSplits(input: SplitInput): Splits {
  const { samples, seed } = input;
  const room: Record<"test" | "validation", number> = {
    test: sizeOf(input.test, samples.length),
    validation: sizeOf(input.validation, samples.length),
  };
  const units = unitsOf(input);
  const splits = new Array<Split>(samples.length).fill("train");
  const leaks: (readonly number[])[] = [];
  const open: { rows: readonly number[]; order: number; key: string }[] = [];
  for (const rows of units) {
    const given = [...new Set(rows.map((row) => samples[row]?.split).filter((split) => split !== undefined))];
    if (given.length > 1) leaks.push(rows);
    const [first] = given;
    if (first === undefined) {
      const key = rows.map((row) => samples[row]?.id ?? "").reduce((least, id) => (id < least ? id : least));
      open.push({ rows, order: hashText(key, seed), key });
      continue;
    }
    for (const row of rows) {
      const split = samples[row]?.split ?? first;
      splits[row] = split;
      if (split !== "train") room[split] -= 1;
    }
  }
  open.sort((left, right) => left.order - right.order || (left.key < right.key ? -1 : 1));
  for (const { rows } of open) {
    const split = (["test", "validation"] as const).find((name) => rows.length <= room[name]);
    if (split === undefined) continue;
    room[split] -= rows.length;
    for (const row of rows) splits[row] = split;
  }
  const count = (split: Split): number => splits.filter((other) => other === split).length;
  return { splits, counts: { train: count("train"), validation: count("validation"), test: count("test") }, leaks };
}

function sizeOf(text: string, total: number): number {
  const share: Share | undefined = parseShare(text);
  if (share === undefined)
    throw new RangeError(`Expected a percentage such as 10% or a count such as 500 for the size of a split but received ${text}`);
  return share.kind === "count" ? share.count : Math.round((total * share.percent) / 100);
}

/** Rows that must stay together: the connected components of the duplicate groups, single rows else. */
function unitsOf({ samples, groups }: SplitInput): number[][] {
  const parent = Int32Array.from(samples, (_, row) => row);
  const find = (row: number): number => {
    let root = row;
    while ((parent[root] ?? root) !== root) root = parent[root] ?? root;
    for (let at = row; at !== root;) [at, parent[at]] = [parent[at] ?? root, root];
    return root;
  };
  for (const { kind, members } of groups) {
    if (!duplicateKinds.has(kind)) continue;
    for (const { row } of members.slice(1)) parent[find(row)] = find(members[0]?.row ?? row);
  }
  const units = new Map<number, number[]>();
  samples.forEach((_, row) => {
    const root = find(row);
    const unit = units.get(root);
    if (unit === undefined) units.set(root, [row]);
    else unit.push(row);
  });
  return [...units.values()];
}

/** FNV-1a over UTF-16 code units, finished as MurmurHash3 does: 32 evenly spread bits. */
function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
