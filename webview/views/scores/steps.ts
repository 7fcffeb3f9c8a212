import { nextValue } from "./cut.ts";
import { boundAt, positionOf, type Scale } from "./scale.ts";

/** How far a key moves a bound. */
export interface Step {
  readonly by: "bin" | "page" | "value" | "end";
  readonly direction: 1 | -1;
}

/** What a bound moves over: the axis, its bins, and the values where they are known. */
export interface Ground {
  readonly scale: Scale;
  readonly edges: Float64Array;
  readonly sorted: Float32Array | undefined;
}

const pageBins = 10;

/** The step of a key as sliders have them: arrows a bin, with Shift a value, Page keys ten bins, Home and End all the way. */
export function stepOfKey({ key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">): Step | undefined {
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return { by: shiftKey ? "value" : "bin", direction: 1 };
    case "ArrowLeft":
    case "ArrowDown":
      return { by: shiftKey ? "value" : "bin", direction: -1 };
    case "PageUp":
      return { by: "page", direction: 1 };
    case "PageDown":
      return { by: "page", direction: -1 };
    case "Home":
      return { by: "end", direction: -1 };
    case "End":
      return { by: "end", direction: 1 };
    default:
      return undefined;
  }
}

/** A bound after a step. Until the values are known, a step by value is one by bin. */
export function steppedBound(bound: number, { by, direction }: Step, { which, ground }: { which: "min" | "max"; ground: Ground }): number {
  const { scale, edges, sorted } = ground;
  if (by === "end") return boundAt(scale, direction === 1 ? 1 : 0, { which, pixels: 1000 });
  if (by === "value" && sorted !== undefined) return nextValue(sorted, bound, direction);
  const bins = by === "page" ? pageBins : 1;
  if (!scale.isWhole) {
    const position = positionOf(scale, bound) + (direction * bins) / (edges.length - 1);
    return boundAt(scale, position, { which, pixels: edges.length * 10 });
  }
  const side = which === "min" ? -0.5 : 0.5;
  const edge = bound + side;
  const next = direction === 1 ? edges.findIndex((other) => other > edge) : edges.findLastIndex((other) => other < edge);
  const bounded = edges[next < 0 ? next : next + direction * (bins - 1)];
  const [least, greatest] = [Math.ceil(scale.from), Math.floor(scale.to)];
  if (bounded === undefined) return direction === 1 ? greatest : least;
  const stepped = Math.round(bounded - side);
  // the engine's bins may be narrower than one, and the last one reaches beyond the end
  return Math.min(greatest, Math.max(least, direction === 1 ? Math.max(stepped, bound + 1) : Math.min(stepped, bound - 1)));
}
