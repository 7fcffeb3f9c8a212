import type { Rows } from "./rows.ts";
import { zeroRows } from "./rows.ts";

/** Keeps a row without direction from becoming NaN. */
const shortest = 1e-12;

/** Rows scaled to length 1, and how a derivative for them goes back to the rows before: (g − u (u·g)) / length. */
export function unitRows(rows: Rows): { readonly units: Rows; readonly back: (gradient: Rows) => Rows } {
  const { columns, values } = rows;
  const units = zeroRows(rows.rows, columns);
  const lengths = new Float32Array(rows.rows);
  for (let row = 0; row < rows.rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    let sum = 0;
    for (let at = from; at < to; at += 1) sum += values[at]! * values[at]!;
    lengths[row] = Math.max(shortest, Math.sqrt(sum));
    for (let at = from; at < to; at += 1) units.values[at] = values[at]! / lengths[row]!;
  }
  return { units, back: (gradient) => unitBack(units, lengths, gradient) };
}

function unitBack({ rows, columns, values }: Rows, lengths: Float32Array, gradient: Rows): Rows {
  const back = zeroRows(rows, columns);
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    let along = 0;
    for (let at = from; at < to; at += 1) along += values[at]! * gradient.values[at]!;
    for (let at = from; at < to; at += 1) back.values[at] = (gradient.values[at]! - along * values[at]!) / lengths[row]!;
  }
  return back;
}
