/** A soft sort of so many values, smallest first; what it gives stands until it is asked again. */
interface SoftSorter {
  /** How much of each input ends among the first, in [0, 1]. */
  readonly shares: (distances: Float64Array, first: number) => Float64Array;
  /** The derivative for those distances, from that for their shares. */
  readonly back: (slopes: Float64Array) => Float64Array;
}

/**
 * Sorts softly by Batcher's odd-even merge sort (Knuth, The Art of Computer Programming, volume 3, 5.2.2, algorithm M): some ¼ n log² n comparisons. Each keeps f of its two
 * values in place and changes the rest, f = ½ + arctan(second − first)/π. How much of input j ends among the first K is row K's sum of the product of all comparisons, which
 * are symmetric, so one vector goes backwards through them instead of a matrix.
 */
export function createSoftSorter(size: number): SoftSorter {
  const { low, high } = comparisonsOf(size);
  const count = low.length;
  const [gaps, stays, apart, kept] = [new Float64Array(count), new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const mix = (values: Float64Array, at: number): void => {
    const [first, second, stay] = [values[low[at]!]!, values[high[at]!]!, stays[at]!];
    values[low[at]!] = stay * first + (1 - stay) * second;
    values[high[at]!] = (1 - stay) * first + stay * second;
  };
  const difference = (values: Float64Array, at: number): number => values[low[at]!]! - values[high[at]!]!;
  const shares = (distances: Float64Array, first: number): Float64Array => {
    const values = distances.slice();
    for (let at = 0; at < count; at += 1) {
      gaps[at] = -difference(values, at);
      stays[at] = 0.5 + Math.atan(gaps[at]!) / Math.PI;
      mix(values, at);
    }
    const found = new Float64Array(size).fill(1, 0, first);
    for (let at = count - 1; at >= 0; at -= 1) {
      apart[at] = difference(found, at);
      mix(found, at);
    }
    return found;
  };
  const back = (slopes: Float64Array): Float64Array => {
    const ofShares = slopes.slice();
    for (let at = 0; at < count; at += 1) {
      kept[at] = difference(ofShares, at) * apart[at]!;
      mix(ofShares, at);
    }
    const ofValues = new Float64Array(size);
    for (let at = count - 1; at >= 0; at -= 1) {
      const gap = gaps[at]!;
      const slope = (kept[at]! - difference(ofValues, at) * gap) / (Math.PI * (1 + gap * gap));
      mix(ofValues, at);
      ofValues[low[at]!]! -= slope;
      ofValues[high[at]!]! += slope;
    }
    return ofValues;
  };
  return { shares, back };
}

/** The places of all comparisons in order; those of one pass touch different values. */
function comparisonsOf(size: number): { low: Int32Array; high: Int32Array } {
  const [low, high]: [number[], number[]] = [[], []];
  const top = 2 ** (Math.ceil(Math.log2(Math.max(2, size))) - 1);
  for (let step = top; step >= 1; step /= 2)
    for (let reach = top, distance = step, wanted = 0; ; distance = reach - step, reach /= 2, wanted = step) {
      for (let at = 0; at + distance < size; at += 1) {
        if ((at & step) !== wanted) continue;
        low.push(at);
        high.push(at + distance);
      }
      if (reach === step) break;
    }
  return { low: Int32Array.from(low), high: Int32Array.from(high) };
}
