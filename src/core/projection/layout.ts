import { createRandom } from "../random.ts";
import type { FuzzyGraph } from "./fuzzyGraph.ts";

/** How a layout is made; `epochs` is how often the strongest edges are pulled. */
export interface LayoutOptions {
  readonly epochs: number;
  readonly seed: number;
}

/** The curve 1 / (1 + a·d²ᵇ) that UMAP fits to a least distance of 0.1 and a spread of 1. */
const [a, b] = [1.5769434603113077, 0.8950608779109733];
const negativesPerEdge = 5;
const longestStep = 4;
/** Half the side of the square in which a layout begins. */
const startHalf = 10;
/** Edges that are visited between two looks at the clock, a few milliseconds. */
const edgesPerSlice = 32_768;

/** Epochs by size, as in umap-js: small sets need more. */
export function epochsFor(rows: number): number {
  if (rows <= 2500) return 500;
  if (rows <= 5000) return 400;
  return rows <= 7500 ? 300 : 200;
}

/** Coordinates (rows × 2) scaled to where a layout begins, with a little seeded noise so that equal rows can part. */
export function startFrom(xy: Float32Array, seed: number): Float32Array {
  const random = createRandom(seed);
  const widest = xy.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = widest > 0 ? startHalf / widest : 0;
  return xy.map((value) => value * scale + (random() - 0.5) * 1e-3);
}

/** Where the edges are in their epochs: an edge is pulled whenever `due` comes, and pushes strangers away as often as `pushed` lags behind. */
interface Schedule {
  readonly head: Int32Array;
  readonly tail: Int32Array;
  readonly every: Float32Array;
  readonly due: Float32Array;
  readonly pushed: Float32Array;
}

/**
 * The layout of a fuzzy graph by stochastic gradient descent (McInnes, Healy and Melville, UMAP, 2018, algorithm 5): edges pull in
 * proportion to their weights, strangers drawn at random push. Works on `xy` (rows × 2) in place; yields, every few milliseconds, the
 * epochs that are done, so that the caller can let others have their turn, or stop.
 */
export function* layOut(graph: FuzzyGraph, xy: Float32Array, { epochs, seed }: LayoutOptions): Generator<number, void> {
  const schedule = scheduleOf(graph, epochs);
  const random = createRandom(seed);
  const count = schedule.head.length;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const step = 1 - epoch / epochs;
    for (let from = 0; from < count; from += edgesPerSlice) {
      const to = Math.min(from + edgesPerSlice, count);
      pullEdges(schedule, xy, { from, to, epoch, step, random, rows: graph.rows });
      yield epoch + to / count;
    }
  }
}

/** Edges too weak to be pulled once are left out. */
function scheduleOf({ rows, starts, to, weights }: FuzzyGraph, epochs: number): Schedule {
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const kept = Int32Array.from(weights.keys()).filter((edge) => weights[edge]! >= strongest / epochs && weights[edge]! > 0);
  const rowOf = new Int32Array(to.length);
  for (let row = 0; row < rows; row += 1) rowOf.fill(row, starts[row], starts[row + 1]);
  const every = Float32Array.from(kept, (edge) => strongest / weights[edge]!);
  return {
    head: kept.map((edge) => to[edge]!),
    tail: kept.map((edge) => rowOf[edge]!),
    every,
    due: every.slice(),
    pushed: every.map((period) => period / negativesPerEdge),
  };
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly step: number;
  readonly random: () => number;
  readonly rows: number;
}

function pullEdges({ head, tail, every, due, pushed }: Schedule, xy: Float32Array, slice: Slice): void {
  const { epoch, step, random, rows } = slice;
  for (let edge = slice.from; edge < slice.to; edge += 1) {
    if (due[edge]! > epoch) continue;
    const one = head[edge]! * 2;
    pull(xy, one, tail[edge]! * 2, step);
    due[edge] = due[edge]! + every[edge]!;
    const period = every[edge]! / negativesPerEdge;
    const pushes = Math.floor((epoch - pushed[edge]!) / period);
    for (let push = 0; push < pushes; push += 1) pushAway(xy, one, Math.floor(random() * rows) * 2, step);
    pushed[edge] = pushed[edge]! + pushes * period;
  }
}

function pull(xy: Float32Array, one: number, other: number, step: number): void {
  const dx = xy[one]! - xy[other]!;
  const dy = xy[one + 1]! - xy[other + 1]!;
  const squared = dx * dx + dy * dy;
  if (squared === 0) return;
  const power = squared ** b;
  const slope = (-2 * a * b * power) / (squared * (a * power + 1));
  const stepX = clip(slope * dx) * step;
  const stepY = clip(slope * dy) * step;
  xy[one] = xy[one]! + stepX;
  xy[one + 1] = xy[one + 1]! + stepY;
  xy[other] = xy[other]! - stepX;
  xy[other + 1] = xy[other + 1]! - stepY;
}

function pushAway(xy: Float32Array, one: number, stranger: number, step: number): void {
  if (one === stranger) return;
  const dx = xy[one]! - xy[stranger]!;
  const dy = xy[one + 1]! - xy[stranger + 1]!;
  const squared = dx * dx + dy * dy;
  const slope = squared === 0 ? 0 : (2 * b) / ((0.001 + squared) * (a * squared ** b + 1));
  xy[one] = xy[one]! + (slope === 0 ? longestStep : clip(slope * dx)) * step;
  xy[one + 1] = xy[one + 1]! + (slope === 0 ? longestStep : clip(slope * dy)) * step;
}

function clip(value: number): number {
  return value > longestStep ? longestStep : value < -longestStep ? -longestStep : value;
}
