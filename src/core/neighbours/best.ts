/**
 * The k nearest of each row: `indices` and `scores` are rows × k, scores descending, equal scores by the lower index.
 * Places beyond what there is to find hold index −1 and score −Infinity.
 */
export interface Neighbours {
  readonly k: number;
  readonly indices: Int32Array;
  readonly scores: Float32Array;
}

/** Neighbours while they are being found; `limits`, rows long, is the score that a newcomer must exceed. */
export interface Best extends Neighbours {
  readonly limits: Float32Array;
}

/** Empty lists of `k` places for `rows` rows. */
export function createBest(rows: number, k: number): Best {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`Expected a whole number of neighbours of at least 1 but received ${k}`);
  return {
    k,
    indices: new Int32Array(rows * k).fill(-1),
    scores: new Float32Array(rows * k).fill(-Infinity),
    limits: new Float32Array(rows).fill(-Infinity),
  };
}

/**
 * Puts a newcomer whose score exceeds the row's limit in its place. Newcomers come by ascending index, so that equal scores keep the
 * lower.
 */
export function insert(best: Best, row: number, index: number, score: number): void {
  const { k, indices, scores } = best;
  const first = row * k;
  let at = first + k - 1;
  for (; at > first && (scores[at - 1] as number) < score; at -= 1) {
    scores[at] = scores[at - 1] as number;
    indices[at] = indices[at - 1] as number;
  }
  scores[at] = score;
  indices[at] = index;
  best.limits[row] = scores[first + k - 1] as number;
}
