import { findBounds } from "../../src/core/geometry/lasso.ts";

/** Finds the point nearest to a place quickly. */
export interface PickGrid {
  /** The row of the nearest point within `radius`, undefined where there is none. */
  find(x: number, y: number, radius: number): number | undefined;
}

const pointsPerCell = 8;

/** Sorts points into the cells of a grid. `xy` has two coordinates a point; NaN is nowhere and never found. */
export function createPickGrid(xy: Float32Array): PickGrid {
  const bounds = findBounds(xy);
  if (bounds === undefined) return { find: () => undefined };
  const count = xy.length / 2;
  const side = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(count / pointsPerCell))));
  const width = (bounds.right - bounds.left || 1) / side;
  const height = (bounds.top - bounds.bottom || 1) / side;
  const column = (x: number): number => clamp(Math.floor((x - bounds.left) / width), side);
  const line = (y: number): number => clamp(Math.floor((y - bounds.bottom) / height), side);
  const cellOf = (row: number): number => line(xy[2 * row + 1]!) * side + column(xy[2 * row]!);
  const from = new Uint32Array(side * side + 1);
  for (let row = 0; row < count; row += 1) if (!Number.isNaN(xy[2 * row])) from[cellOf(row) + 1]! += 1;
  for (let cell = 0; cell < side * side; cell += 1) from[cell + 1]! += from[cell]!;
  const rows = new Uint32Array(from[side * side]!);
  const next = from.slice();
  for (let row = 0; row < count; row += 1) if (!Number.isNaN(xy[2 * row])) rows[next[cellOf(row)]!++] = row;
  return {
    find: (x, y, radius) => {
      let best: number | undefined;
      let bestSquare = radius * radius;
      for (let cy = line(y - radius); cy <= line(y + radius); cy += 1) {
        for (let at = from[cy * side + column(x - radius)]!; at < from[cy * side + column(x + radius) + 1]!; at += 1) {
          const row = rows[at]!;
          const square = (xy[2 * row]! - x) ** 2 + (xy[2 * row + 1]! - y) ** 2;
          if (square > bestSquare) continue;
          best = row;
          bestSquare = square;
        }
      }
      return best;
    },
  };
}

function clamp(index: number, side: number): number {
  return Math.max(0, Math.min(side - 1, index));
}
