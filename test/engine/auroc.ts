/** Area under the ROC curve of telling `bad` (lower scores) from `good` (higher), ties counted half: the share of pairs in the right order. */
export function auroc(bad: readonly number[], good: readonly number[]): number {
  const sorted = [...good].sort((a, b) => a - b);
  const below = (value: number, orEqual: boolean): number => {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const right = bad.reduce((sum, value) => sum + sorted.length - (below(value, false) + below(value, true)) / 2, 0);
  return right / (bad.length * good.length);
}
