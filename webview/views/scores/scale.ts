import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { Bins } from "../../../src/protocol/gallery.ts";
import { countBelow, type Cut, type CutCounts } from "./cut.ts";

/** How a signal's values lie along an axis, from position 0 to 1. Whole numbers have room of a half on either side. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly isWhole: boolean;
  readonly from: number;
  readonly to: number;
}

/** Counts between edges: bin i holds `edges[i]` ≤ value < `edges[i + 1]`, the last one its upper edge too. */
export interface Binned {
  readonly edges: Float64Array;
  readonly counts: Uint32Array;
}

const wholeUnits: ReadonlySet<SignalDescriptor["unit"]> = new Set(["rank", "count", "tokens", "flag"]);

/** Ranks and counts that reach over more than two powers of ten are crowded at one end: they lie on a logarithmic axis. */
const crowdedRatio = 100;

/** The axis for values between two ends. */
export function scaleFor(unit: SignalDescriptor["unit"], least: number, greatest: number): Scale {
  const isWhole = wholeUnits.has(unit);
  const crowded = (unit === "rank" || unit === "count") && least > 0 && greatest / least > crowdedRatio;
  const kind = crowded ? "log" : "linear";
  if (isWhole) return { kind, isWhole, from: Math.floor(least) - 0.5, to: Math.ceil(greatest) + 0.5 };
  if (least < greatest) return { kind, isWhole, from: least, to: greatest };
  const room = Math.abs(least) * 0.05 || 0.5;
  return { kind, isWhole, from: least - room, to: least + room };
}

/** Where a value lies, 0 to 1; what is outside is held at the ends. */
export function positionOf({ kind, from, to }: Scale, value: number): number {
  const position = kind === "log" ? Math.log(Math.max(value, from) / from) / Math.log(to / from) : (value - from) / (to - from);
  return Math.min(1, Math.max(0, position));
}

/** The value at a position. */
export function valueAt({ kind, from, to }: Scale, position: number): number {
  return kind === "log" ? from * (to / from) ** position : from + (to - from) * position;
}

/** Where the line of a bound is drawn: between whole numbers, so that what equals it stands on the kept side. */
export function positionOfBound(scale: Scale, bound: number, which: "min" | "max"): number {
  return positionOf(scale, scale.isWhole ? bound + (which === "min" ? -0.5 : 0.5) : bound);
}

/** The bound at a position, rounded to what `pixels` of an axis can tell apart. */
export function boundAt(scale: Scale, position: number, { which, pixels }: { which: "min" | "max"; pixels: number }): number {
  const value = valueAt(scale, Math.min(1, Math.max(0, position)));
  if (scale.isWhole) {
    const bound = Math.round(value + (which === "min" ? 0.5 : -0.5));
    return Math.min(Math.floor(scale.to), Math.max(Math.ceil(scale.from), bound));
  }
  const digits = Math.max(0, Math.ceil(-Math.log10((scale.to - scale.from) / Math.max(1, pixels))));
  const rounded = Number(value.toFixed(Math.min(20, digits)));
  return Math.min(scale.to, Math.max(scale.from, rounded));
}

/** Edges of about `count` bins along the axis; between whole numbers where the signal has only those. */
export function edgesOf(scale: Scale, count: number): Float64Array {
  if (!scale.isWhole) return Float64Array.from({ length: count + 1 }, (_, at) => valueAt(scale, at / count));
  const numbers = Math.round(scale.to - scale.from);
  if (scale.kind === "linear") {
    const width = Math.ceil(numbers / count);
    return Float64Array.from({ length: Math.ceil(numbers / width) + 1 }, (_, at) => scale.from + at * width);
  }
  const edges = Array.from({ length: count + 1 }, (_, at) => Math.round(valueAt(scale, at / count) - 0.5) + 0.5);
  return Float64Array.from(new Set(edges));
}

/** Counts ascending values between edges. */
export function binsOfSorted(sorted: Float32Array, edges: Float64Array): Binned {
  const counts = new Uint32Array(edges.length - 1);
  let before = 0;
  counts.forEach((_, at) => {
    const upTo = at === counts.length - 1 ? sorted.length : countBelow(sorted, edges[at + 1]!);
    counts[at] = upTo - before;
    before = upTo;
  });
  return { edges, counts };
}

/** The engine's bins with their edges. Where each whole number has a bin of its own the edges lie between them. */
export function binsOfAnswer({ least, greatest, counts }: Pick<Bins, "least" | "greatest" | "counts">): Binned {
  const isWhole = Number.isInteger(least) && greatest - least + 1 === counts.length;
  if (isWhole) return { edges: Float64Array.from({ length: counts.length + 1 }, (_, at) => least - 0.5 + at), counts };
  const edges = Float64Array.from({ length: counts.length + 1 }, (_, at) => least + ((greatest - least) * at) / counts.length);
  return { edges, counts };
}

/** Estimates what a cut does from bins, taking each bin's values as evenly spread, and whole numbers as reaching a half to either side. */
export function estimateCut({ edges, counts }: Binned, { min, max }: Cut, isWhole: boolean): CutCounts {
  const countUpTo = (value: number): number =>
    counts.reduce((sum, count, at) => {
      const [from, to] = [edges[at]!, edges[at + 1]!];
      if (value >= to) return sum + count;
      return value <= from ? sum : sum + (count * (value - from)) / (to - from);
    }, 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const half = isWhole ? 0.5 : 0;
  const below = min === null ? 0 : Math.round(countUpTo(min - half));
  const upTo = max === null ? total : Math.round(countUpTo(max + half));
  const kept = Math.max(0, upTo - below);
  return { below, kept, above: total - below - kept, isExact: false };
}

/** Round values along the axis, at most `count` or so. */
export function ticksOf(scale: Scale, count: number): number[] {
  if (scale.kind === "log") return powersOfTen(scale);
  const step = Math.max(niceStep((scale.to - scale.from) / count), scale.isWhole ? 1 : 0);
  const slack = 1e-9; // 0.35 / 0.05 is a little less than 7
  const first = Math.ceil(scale.from / step - slack);
  const last = Math.floor(scale.to / step + slack);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** The least of 1, 2, 5 times a power of ten that is not less than a number. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9)) ?? 10 * power;
}

function powersOfTen({ from, to }: Scale): number[] {
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(from)); 10 ** power <= to; power += 1) ticks.push(10 ** power);
  return ticks;
}
