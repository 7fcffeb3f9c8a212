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
  return items.subarray(starts[group]!, starts[group + 1]!);
}

/** Rows of one read: few enough to waste little on far-off rows, many enough to be one read for close ones. */
const chunkRows = 1024;

/** Rows of a matrix in the order asked for, count × dim; −1 gives zeros. Each chunk of the matrix is read at most once. */
export async function gatherRows(matrix: Matrix, rows: Int32Array): Promise<Float32Array> {
  const { dim } = matrix;
  const gathered = new Float32Array(rows.length * dim);
  const chunkOf = rows.map((row) => (row < 0 ? -1 : Math.floor(row / chunkRows)));
  const chunks = bucketsOf(chunkOf, Math.ceil(matrix.rows / chunkRows));
  for (let chunk = 0; chunk + 1 < chunks.starts.length; chunk += 1) {
    const wanted = bucket(chunks, chunk);
    if (wanted.length === 0) continue;
    const from = chunk * chunkRows;
    const values = await matrix.read(from, Math.min(from + chunkRows, matrix.rows));
    for (const place of wanted) {
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
