import type { Matrix } from "../matrix.ts";
import { createBest, insert } from "./best.ts";
import type { Best, Neighbours } from "./best.ts";
import { defaultBlock, eachPanelPair } from "./blocks.ts";
import type { CancelSignal, Panel } from "./blocks.ts";
import { runLength } from "./gemm.ts";
import type { Gemm } from "./gemm.ts";
import { findKnown } from "./known.ts";
import { multiplyPadded } from "./runMaxima.ts";
import type { PaddedProduct } from "./runMaxima.ts";

/** What a search for neighbours takes; `block` changes speed and memory (block² scores), not what is found. */
export interface NearestOptions {
  readonly k: number;
  readonly gemm: Gemm;
  readonly block?: number;
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The exact k nearest rows of `base` for every row of `queries`, by dot product: cosine, as rows are L2-normalised. Both may be larger
 * than memory. Unknown rows (all zeros, or with a NaN) are nobody's neighbours and have none.
 */
export async function nearest(queries: Matrix, base: Matrix, options: NearestOptions): Promise<Neighbours> {
  const walk = walkOptions(options);
  const [from, to] = [await findKnown(queries, options.signal, walk.blockRows), await findKnown(base, options.signal, walk.blockRows)];
  const best = createBest(queries.rows, options.k);
  await eachPanelPair(from.matrix, to.matrix, walk, async (a, b) => {
    const product = await multiplyPadded(options.gemm, a, b, base.dim);
    offerColumns(best, { product, a, b, rowsKnown: from.known, columnsKnown: to.known, withoutSelf: false });
  });
  return best;
}

/**
 * The exact k nearest other rows for every row of one matrix. The product is symmetric, so only blocks on and above the diagonal are made,
 * and each serves its rows and its columns.
 */
export async function nearestWithin(matrix: Matrix, options: NearestOptions): Promise<Neighbours> {
  const walk = walkOptions(options);
  const { matrix: rows, known } = await findKnown(matrix, options.signal, walk.blockRows);
  const best = createBest(matrix.rows, options.k);
  await eachPanelPair(rows, rows, { ...walk, half: true }, async (a, b) => {
    const product = await multiplyPadded(options.gemm, a, b, matrix.dim);
    offerColumns(best, { product, a, b, rowsKnown: known, columnsKnown: known, withoutSelf: true });
    if (a.from !== b.from) offerRows(best, { product, a, b, rowsKnown: known, columnsKnown: known, withoutSelf: true });
  });
  return best;
}

interface Offer {
  readonly product: PaddedProduct;
  readonly a: Panel;
  readonly b: Panel;
  readonly rowsKnown: Uint8Array;
  readonly columnsKnown: Uint8Array;
  readonly withoutSelf: boolean;
}

function walkOptions({ block = defaultBlock, signal, onProgress }: NearestOptions) {
  return { blockRows: block, blockColumns: block, signal, onProgress };
}

/** Offers the columns of a block to its rows, looking only into runs whose maximum exceeds the row's limit. */
function offerColumns(best: Best, { product, a, b, rowsKnown, columnsKnown, withoutSelf }: Offer): void {
  const { scores, rowMaxima, width } = product;
  const runs = width / runLength;
  for (let row = a.from; row < a.to; row += 1) {
    if (rowsKnown[row] === 0) continue;
    const at = row - a.from;
    for (let run = 0; run < runs; run += 1) {
      if (!((rowMaxima[at * runs + run] as number) > (best.limits[row] as number))) continue;
      const from = b.from + run * runLength;
      const to = Math.min(from + runLength, b.to);
      for (let column = from; column < to; column += 1) {
        const score = scores[at * width + column - b.from] as number;
        if (!(score > (best.limits[row] as number)) || columnsKnown[column] === 0 || (withoutSelf && column === row)) continue;
        insert(best, row, column, score);
      }
    }
  }
}

/**
 * Offers the rows of a block to its columns. The columns whose limit a run exceeds are gathered first and then looked through row by row:
 * down each column by itself, every score would be a cache miss.
 */
function offerRows(best: Best, { product, a, b, rowsKnown, columnsKnown }: Offer): void {
  const { scores, columnMaxima, width } = product;
  const hits = new Int32Array(b.to - b.from);
  for (let from = a.from; from < a.to; from += runLength) {
    const maxima = ((from - a.from) / runLength) * width;
    let hitCount = 0;
    for (let column = b.from; column < b.to; column += 1) {
      const exceeds = (columnMaxima[maxima + column - b.from] as number) > (best.limits[column] as number);
      if (exceeds && columnsKnown[column] !== 0) hits[hitCount++] = column;
    }
    for (let row = from; row < Math.min(from + runLength, a.to); row += 1) {
      if (rowsKnown[row] === 0) continue;
      const first = (row - a.from) * width - b.from;
      for (let hit = 0; hit < hitCount; hit += 1) {
        const column = hits[hit] as number;
        const score = scores[first + column] as number;
        if (score > (best.limits[column] as number)) insert(best, column, row, score);
      }
    }
  }
}
