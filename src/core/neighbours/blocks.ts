import type { Matrix } from "../matrix.ts";
import type { Gemm } from "./gemm.ts";

/** What core needs of an AbortSignal: it throws the reason once the work was cancelled. */
export interface CancelSignal {
  throwIfAborted(): void;
}

/** Rows `from` to `to` of a matrix in memory: `values` is (to − from) × dim. */
export interface Panel {
  readonly from: number;
  readonly to: number;
  readonly values: Float32Array;
}

/** Scores of rows `rowFrom` to `rowTo` against columns `columnFrom` to `columnTo`, row-major; read them before the visit ends. */
export interface ScoreBlock {
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly columnFrom: number;
  readonly columnTo: number;
  readonly scores: Float32Array;
}

/** How a walk over all blocks is cut, watched and cancelled. Block sizes change speed and memory, not what is found. */
export interface WalkOptions {
  readonly blockRows?: number;
  readonly blockColumns?: number;
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Rows of a block where nothing else is asked: 768 × 768 scores are 2.3 MB and stay in the cache; 2048 × 2048 cost 1.3 times the work. */
export const defaultBlock = 768;

/** Row blocks that stay in memory while all columns stream by: with 20, 10⁶ columns are read 66 times and not 1,303 times. */
const blocksHeld = 20;

/**
 * The product rows · columnsᵀ of matrices that may be larger than memory, a block at a time: for one row, columns come in ascending order,
 * and so do rows for one column. Unknown rows are not left out here: zeros score 0, NaN scores NaN.
 */
export async function eachBlock(
  options: WalkOptions & { readonly rows: Matrix; readonly columns: Matrix; readonly gemm: Gemm },
  visit: (block: ScoreBlock) => void,
): Promise<void> {
  const { rows, columns, gemm } = options;
  await eachPanelPair(rows, columns, options, async (a, b) => {
    const scores = await gemm.multiply(a.values, b.values, rows.dim);
    visit({ rowFrom: a.from, rowTo: a.to, columnFrom: b.from, columnTo: b.to, scores });
  });
}

/**
 * Visits every pair of a row panel and a column panel, ascending in each. With `half` only those where no row panel comes after its column
 * panel, which is all there is to know of a matrix against itself; `blockRows` then cuts both.
 */
export async function eachPanelPair(
  rows: Matrix,
  columns: Matrix,
  options: WalkOptions & { readonly half?: boolean },
  visit: (a: Panel, b: Panel) => Promise<void>,
): Promise<void> {
  if (rows.dim !== columns.dim) throw new RangeError(`Expected columns of dimension ${rows.dim} but received ${columns.dim}`);
  const { blockRows = defaultBlock, half = false } = options;
  const blockColumns = half ? blockRows : (options.blockColumns ?? defaultBlock);
  const total = countPairs(Math.ceil(rows.rows / blockRows), Math.ceil(columns.rows / blockColumns), half);
  let done = 0;
  for (const held of ranges(0, rows.rows, blockRows * blocksHeld)) {
    const panels = cut({ ...held, values: await rows.read(held.from, held.to) }, blockRows, rows.dim);
    for (const { from, to } of ranges(half ? held.from : 0, columns.rows, blockColumns)) {
      const column: Panel = { from, to, values: await columns.read(from, to) };
      for (const panel of panels) {
        if (half && panel.from > from) break;
        options.signal?.throwIfAborted();
        await visit(panel, column);
        options.onProgress?.((done += 1), total);
      }
    }
  }
}

function countPairs(rowBlocks: number, columnBlocks: number, half: boolean): number {
  return half ? (rowBlocks * (rowBlocks + 1)) / 2 : rowBlocks * columnBlocks;
}

function* ranges(from: number, to: number, step: number): Generator<{ from: number; to: number }> {
  for (let at = from; at < to; at += step) yield { from: at, to: Math.min(at + step, to) };
}

function cut(held: Panel, step: number, dim: number): Panel[] {
  return Array.from(ranges(held.from, held.to, step), ({ from, to }) => ({
    from,
    to,
    values: held.values.subarray((from - held.from) * dim, (to - held.from) * dim),
  }));
}
