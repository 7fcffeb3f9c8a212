import type { Neighbours } from "./best.ts";

/** Undirected edges between rows, each once, with `from` < `to`; the three lists run in step. */
export interface Edges {
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** The mutual k-nearest-neighbour graph: an edge wherever each of two rows is among the other's neighbours, ascending by `from`. */
export function mutualEdges({ k, indices, scores }: Neighbours): Edges {
  const edges = { from: [] as number[], to: [] as number[], scores: [] as number[] };
  for (let at = 0; at < indices.length; at += 1) {
    const row = Math.floor(at / k);
    const other = indices[at] as number;
    if (other <= row || !lists(indices, other * k, k, row)) continue;
    edges.from.push(row);
    edges.to.push(other);
    edges.scores.push(scores[at] as number);
  }
  return edges;
}

function lists(indices: Int32Array, from: number, k: number, wanted: number): boolean {
  for (let at = from; at < from + k; at += 1) if (indices[at] === wanted) return true;
  return false;
}
