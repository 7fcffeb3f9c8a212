/** A run of the network, layer by layer. */
interface SortingRun {
  /** How much of each input ends among the first, in [0, 1]. */
  readonly shares: Float64Array;
  readonly size: number;
  /** Values before each layer, and how much of each comparison stays in place, layers × size. */
  readonly values: Float64Array;
  readonly stays: Float64Array;
  /** Shares behind each layer, layers × size. */
  readonly sharesBehind: Float64Array;
}

/**
 * Sorts softly, smallest first, by an odd-even network of as many layers as there are values. A comparison keeps f of each value in place and changes the rest, f = ½ +
 * arctan(second − first)/π. How much of input j ends among the first K is row K's sum of the product of all layers, so one vector goes backwards through them instead of a matrix.
 */
export function sortingShares(distances: Float64Array, first: number): SortingRun {
  const size = distances.length;
  const [values, stays, sharesBehind] = [new Float64Array(size * size), new Float64Array(size * size), new Float64Array(size * size)];
  let current: Float64Array = distances.slice();
  for (let layer = 0; layer < size; layer += 1) {
    values.set(current, layer * size);
    for (let at = layer % 2; at + 1 < size; at += 2) stays[layer * size + at] = 0.5 + Math.atan(current[at + 1]! - current[at]!) / Math.PI;
    current = mixLayer(current, stays.subarray(layer * size, (layer + 1) * size), layer);
  }
  let shares: Float64Array = Float64Array.from({ length: size }, (_, at) => (at < first ? 1 : 0));
  for (let layer = size - 1; layer >= 0; layer -= 1) {
    sharesBehind.set(shares, layer * size);
    shares = mixLayer(shares, stays.subarray(layer * size, (layer + 1) * size), layer);
  }
  return { shares, size, values, stays, sharesBehind };
}

/** The derivative for the distances, from that for the shares. */
export function sortingSharesBack({ size, values, stays, sharesBehind }: SortingRun, slopes: Float64Array): Float64Array {
  const kept = new Float64Array(size * size);
  let ofShares: Float64Array = slopes;
  for (let layer = 0; layer < size; layer += 1) {
    const behind = sharesBehind.subarray(layer * size, (layer + 1) * size);
    for (let at = layer % 2; at + 1 < size; at += 2)
      kept[layer * size + at] = (ofShares[at]! - ofShares[at + 1]!) * (behind[at]! - behind[at + 1]!);
    ofShares = mixLayer(ofShares, stays.subarray(layer * size, (layer + 1) * size), layer);
  }
  let ofValues: Float64Array = new Float64Array(size);
  for (let layer = size - 1; layer >= 0; layer -= 1) {
    const before = values.subarray(layer * size, (layer + 1) * size);
    const next = mixLayer(ofValues, stays.subarray(layer * size, (layer + 1) * size), layer);
    for (let at = layer % 2; at + 1 < size; at += 2) {
      const gap = before[at + 1]! - before[at]!;
      const ofKept = kept[layer * size + at]! - (ofValues[at]! - ofValues[at + 1]!) * gap;
      const slope = ofKept / (Math.PI * (1 + gap * gap));
      next[at]! -= slope;
      next[at + 1]! += slope;
    }
    ofValues = next;
  }
  return ofValues;
}

/** A layer's matrix is symmetric, so values going forwards and shares going backwards are mixed alike. */
function mixLayer(row: Float64Array, stays: Float64Array, layer: number): Float64Array {
  const mixed = row.slice();
  for (let at = layer % 2; at + 1 < row.length; at += 2) {
    const [kept, first, second] = [stays[at]!, row[at]!, row[at + 1]!];
    mixed[at] = kept * first + (1 - kept) * second;
    mixed[at + 1] = (1 - kept) * first + kept * second;
  }
  return mixed;
}
