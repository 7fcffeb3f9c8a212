import type { Matrix } from "../matrix.ts";

/**
 * The pairs of a dataset, as columns of one length. `image` is the sample's row in the image matrix, `text` the row in the matrix of unique
 * texts (−1 for an empty caption), `captionIndex` the caption's place in its sample.
 */
export interface Pairs {
  readonly count: number;
  readonly image: Int32Array;
  readonly text: Int32Array;
  readonly captionIndex: Int32Array;
}

/** The members of each group side by side: those of group g are `items` from `starts[g]` to `starts[g + 1]`, ascending. */
export interface Buckets {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Sorts items 0, 1, 2 … into the groups that `groupOf` names; −1 names none. */
export function bucketsOf(groupOf: Int32Array, groups: number): Buckets {
  const starts = new Int32Array(groups + 1);
  for (const group of groupOf) if (group >= 0) starts[group + 1] = starts[group + 1]! + 1;
  for (let group = 0; group < groups; group += 1) starts[group + 1] = starts[group + 1]! + starts[group]!;
  const items = new Int32Array(starts[groups]!);
  const next = starts.slice();
  groupOf.forEach((group, item) => {
    if (group < 0) return;
    items[next[group]!] = item;
    next[group] = next[group]! + 1;
  });
  return { starts, items };
}

/** The members of one group. */
export function bucket({ starts, items }: Buckets, group: number): Int32Array {
  return items.subarray(starts[group], starts[group + 1]);
}

/** Rows that lie this close are read together: 32 rows too many cost less than another read. */
const closeRows = 32;
/** The most rows of one read. */
const mostRows = 1024;

/** Rows of a matrix in the order asked for, count × dim; −1 gives zeros. Rows that lie close are read together, each once. */
export async function gatherRows(matrix: Matrix, rows: Int32Array): Promise<Float32Array> {
  const { dim } = matrix;
  const gathered = new Float32Array(rows.length * dim);
  const places = Int32Array.from(rows.keys()).filter((place) => rows[place]! >= 0);
  places.sort((a, b) => rows[a]! - rows[b]!);
  for (let first = 0, next = 0; first < places.length; first = next) {
    const from = rows[places[first]!]!;
    let last = from;
    for (next = first + 1; next < places.length; next += 1) {
      const row = rows[places[next]!]!;
      if (row - last > closeRows || row - from >= mostRows) break;
      last = row;
    }
    const values = await matrix.read(from, last + 1);
    for (const place of places.subarray(first, next)) {
      const at = (rows[place]! - from) * dim;
      gathered.set(values.subarray(at, at + dim), place * dim);
    }
  }
  return gathered;
}

/** A matrix of rows of another, in the order given; −1 stands for a row of zeros. */
export function selectRows(matrix: Matrix, rows: Int32Array): Matrix {
  return { rows: rows.length, dim: matrix.dim, read: (from, to) => gatherRows(matrix, rows.subarray(from, to)) };
}
