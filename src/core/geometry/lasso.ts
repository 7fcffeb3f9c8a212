/**
 * The points inside a closed curve, as ascending rows. `xy` has two coordinates a point side by side (NaN is nowhere), `curve` the corners of the
 * curve likewise; it closes by itself. A curve that crosses itself counts by the even–odd rule; fewer than three corners hold nothing.
 */
export function findInside(xy: Float32Array, curve: readonly number[]): Uint32Array {
  const corners = Math.floor(curve.length / 2);
  if (corners < 3) return new Uint32Array();
  const box = boundsOf(curve);
  const inside = new Uint32Array(xy.length / 2);
  let count = 0;
  for (let row = 0; row < inside.length; row += 1) {
    const [x, y] = [xy[2 * row]!, xy[2 * row + 1]!];
    if (x >= box.left && x <= box.right && y >= box.bottom && y <= box.top && isInside(x, y, curve)) inside[count++] = row;
  }
  return inside.slice(0, count);
}

/** Least and greatest coordinates of points, without those that are nowhere; undefined where there are none. */
export function findBounds(xy: ArrayLike<number>): Bounds | undefined {
  const bounds = boundsOf(xy);
  return bounds.left <= bounds.right ? bounds : undefined;
}

/** A box in the plane, `bottom` ≤ y ≤ `top`. */
export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function boundsOf(xy: ArrayLike<number>): Bounds {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at + 1 < xy.length; at += 2) {
    const [x, y] = [xy[at]!, xy[at + 1]!];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  return { left, right, bottom, top };
}

/** Counts the edges that a ray to the right crosses. */
function isInside(x: number, y: number, curve: readonly number[]): boolean {
  let inside = false;
  for (let at = 0, before = curve.length - 2; at + 1 < curve.length; before = at, at += 2) {
    const [x1, y1] = [curve[at]!, curve[at + 1]!];
    const [x2, y2] = [curve[before]!, curve[before + 1]!];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
