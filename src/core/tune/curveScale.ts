/** A value after so many epochs; null where unknown. */
export interface PlottedPoint {
  readonly epoch: number;
  readonly value: number | null;
}

/** Where a picture's curves lie, in its own units: from `left` to `right` and from `top` down to `ground`. */
export interface CurveFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly ground: number;
}

/** How curves are laid into a frame: the least and the greatest known value, the last epoch (1 at least), and the place of an epoch and of a value. */
export interface CurveScale {
  readonly least: number;
  readonly greatest: number;
  readonly last: number;
  readonly x: (epoch: number) => number;
  readonly y: (value: number) => number;
}

/** Lays curves into a frame, the least known value on its ground; a single value in the middle. Undefined where nothing is known. */
export function scaleCurves(
  curves: readonly (readonly PlottedPoint[])[],
  { left, right, top, ground }: CurveFrame,
): CurveScale | undefined {
  const points = curves.flat();
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return undefined;
  const least = known.reduce((most, value) => Math.min(most, value), Infinity);
  const greatest = known.reduce((most, value) => Math.max(most, value), -Infinity);
  const last = points.reduce((most, { epoch }) => Math.max(most, epoch), 1);
  return {
    least,
    greatest,
    last,
    x: (epoch) => left + (epoch / last) * (right - left),
    y: (value) => ground - (greatest === least ? 0.5 : (value - least) / (greatest - least)) * (ground - top),
  };
}

/** The path of a curve in SVG's words, broken where a value is unknown. */
export function curvePath(points: readonly PlottedPoint[], { x, y }: Pick<CurveScale, "x" | "y">): string {
  let isDown = false;
  return points
    .map(({ epoch, value }) => {
      const step = value === null ? "" : `${isDown ? "L" : "M"}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`;
      isDown = value !== null;
      return step;
    })
    .join("");
}
