import type { Block } from "../losses/loss.ts";
import { transpose } from "../losses/parts/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";

/** A matrix of float32, row-major. */
export interface Rows extends Block {
  readonly values: Float32Array;
}

/** Matrices by name: weights, or derivatives for them. */
export type Tensors = Readonly<Record<string, Rows>>;

/** A block as float32. */
export function asRows({ values, rows, columns }: Block): Rows {
  return { values: values instanceof Float32Array ? values : Float32Array.from(values), rows, columns };
}

/** A matrix of zeros. */
export function zeroRows(rows: number, columns: number): Rows {
  return { rows, columns, values: new Float32Array(rows * columns) };
}

/** Rows become columns. */
export function turned(block: Block): Rows {
  return asRows(transpose(block));
}

/** A · Bᵀ, in memory of its own. */
export async function times(gemm: Gemm, a: Rows, b: Rows): Promise<Rows> {
  if (a.columns !== b.columns) throw new RangeError(`Expected rows of ${a.columns} but received rows of ${b.columns}`);
  if (a.rows === 0 || b.rows === 0 || a.columns === 0) return zeroRows(a.rows, b.rows);
  return { rows: a.rows, columns: b.rows, values: (await gemm.multiply(a.values, b.values, a.columns)).slice() };
}

/** A · B, in memory of its own. */
export async function plainTimes(gemm: Gemm, a: Rows, b: Rows): Promise<Rows> {
  if (gemm.multiplyPlain === undefined || a.rows === 0 || b.rows === 0) return await times(gemm, a, turned(b));
  if (a.columns !== b.rows) throw new RangeError(`Expected ${a.columns} rows but received ${b.rows}`);
  const values = await gemm.multiplyPlain(a.values, b.values, { inner: b.rows, isTurned: false });
  return { rows: a.rows, columns: b.columns, values: values.slice() };
}

/** Aᵀ · B, in memory of its own. */
export async function turnedTimes(gemm: Gemm, a: Rows, b: Rows): Promise<Rows> {
  if (gemm.multiplyPlain === undefined || a.rows === 0 || b.rows === 0) return await times(gemm, turned(a), turned(b));
  if (a.rows !== b.rows) throw new RangeError(`Expected ${a.rows} rows but received ${b.rows}`);
  const values = await gemm.multiplyPlain(a.values, b.values, { inner: b.rows, isTurned: true });
  return { rows: a.columns, columns: b.columns, values: values.slice() };
}

/** Some of the rows, in memory that is shared. */
export function rowsBetween({ values, columns }: Rows, from: number, to: number): Rows {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) };
}

/** The rows at some places, in their order. */
export function rowsAt({ values, columns }: Rows, places: ArrayLike<number>): Rows {
  const picked = zeroRows(places.length, columns);
  for (let row = 0; row < places.length; row += 1)
    picked.values.set(values.subarray(places[row]! * columns, (places[row]! + 1) * columns), row * columns);
  return picked;
}

/** Rows below rows; at least one of equal width. */
export function stacked(parts: readonly Rows[]): Rows {
  const all = zeroRows(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    parts[0]!.columns,
  );
  let from = 0;
  for (const { values } of parts) {
    all.values.set(values, from);
    from += values.length;
  }
  return all;
}
