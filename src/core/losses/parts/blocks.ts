import type { Block } from "../loss.ts";

/** A block of zeros of the same kind, by default of the same shape. */
export function zerosLike({ values, rows, columns }: Block, shape: { rows: number; columns: number } = { rows, columns }): Block {
  const size = shape.rows * shape.columns;
  return { ...shape, values: values instanceof Float32Array ? new Float32Array(size) : new Float64Array(size) };
}

/** Eight lines of one set fit a cache of eight ways, which is what rows of 1,024 fall into: 32 take four times as long. */
const tile = 8;

/** Rows become columns. In tiles, since a walk down a column misses the cache at every step. */
export function transpose(block: Block): Block {
  const { values, rows, columns } = block;
  const turned = zerosLike(block, { rows: columns, columns: rows });
  const into = turned.values;
  for (let top = 0; top < rows; top += tile)
    for (let left = 0; left < columns; left += tile) {
      const [bottom, right] = [Math.min(rows, top + tile), Math.min(columns, left + tile)];
      for (let row = top; row < bottom; row += 1)
        for (let column = left; column < right; column += 1) into[column * rows + row] = values[row * columns + column]!;
    }
  return turned;
}

/** Adds `weight` times `from` to `to`. */
export function addTo({ values: to }: Block, { values: from }: Block, weight = 1): void {
  for (let at = 0; at < to.length; at += 1) to[at]! += weight * from[at]!;
}

/** A · B, for the few losses that multiply by themselves; anything large is a Gemm's. */
export function product(a: Block, b: Block): Block {
  const made = zerosLike(a, { rows: a.rows, columns: b.columns });
  for (let row = 0; row < a.rows; row += 1) {
    const into = made.values.subarray(row * b.columns, (row + 1) * b.columns);
    for (let inner = 0; inner < a.columns; inner += 1) {
      const factor = a.values[row * a.columns + inner]!;
      const from = inner * b.columns;
      for (let column = 0; column < into.length; column += 1) into[column]! += factor * b.values[from + column]!;
    }
  }
  return made;
}
