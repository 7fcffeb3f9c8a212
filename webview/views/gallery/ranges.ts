import type { Ranges } from "../../../src/protocol/gallery.ts";

/** No positions. */
export const noRanges: Ranges = [];

/** The positions `from` ≤ position < `to`; none where there are none. */
export function rangeOf(from: number, to: number): Ranges {
  return from < to ? [[from, to]] : noRanges;
}

/** How many positions there are. */
export function countRanges(ranges: Ranges): number {
  return ranges.reduce((count, [from, to]) => count + to - from, 0);
}

/** Whether a position is among them. */
export function hasPosition(ranges: Ranges, position: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [from, to] = ranges[middle]!;
    if (position < from) high = middle;
    else if (position >= to) low = middle + 1;
    else return true;
  }
  return false;
}

/** The positions of either. */
export function uniteRanges(left: Ranges, right: Ranges): Ranges {
  const united: [number, number][] = [];
  for (const [from, to] of mergeByStart(left, right)) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united;
}

/** The positions of the left that are not of the right. */
export function subtractRanges(left: Ranges, right: Ranges): Ranges {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of left) {
    let start = from;
    while (next < right.length && right[next]![1] <= start) next += 1;
    for (let at = next; at < right.length && right[at]![0] < to; at += 1) {
      const [cutFrom, cutTo] = right[at]!;
      if (start < cutFrom) rest.push([start, cutFrom]);
      start = Math.max(start, cutTo);
    }
    if (start < to) rest.push([start, to]);
  }
  return rest;
}

/** With the position where it was missing, without it where it was there. */
export function toggleRange(ranges: Ranges, position: number): Ranges {
  const own = rangeOf(position, position + 1);
  return hasPosition(ranges, position) ? subtractRanges(ranges, own) : uniteRanges(ranges, own);
}

function* mergeByStart(left: Ranges, right: Ranges): Generator<readonly [number, number]> {
  let [nextLeft, nextRight] = [0, 0];
  while (nextLeft < left.length || nextRight < right.length) {
    const [own, other] = [left[nextLeft], right[nextRight]];
    if (other === undefined || (own !== undefined && own[0] <= other[0])) {
      nextLeft += 1;
      yield own!;
    } else {
      nextRight += 1;
      yield other;
    }
  }
}
