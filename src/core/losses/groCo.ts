import type { Block } from "./loss.ts";
import { defineLoss } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { groupsBothWays } from "./parts/groups.ts";
import type { Part } from "./parts/part.ts";
import { sumOf, temperatureGradient } from "./parts/part.ts";
import { createSoftSorter } from "./parts/sortingNetwork.ts";

/** Keeps logarithms finite. */
const leastShare = 1e-12;

/**
 * Each row's distances 1 − s go through a differentiable sorting network (Petersen et al., 2021; Cauchy's distribution function of difference/τ), which tells of
 * every column how much of it ends among the first K, K being how many match. ½ mean of the binary cross-entropy of that with whether it matches, and the same over columns. A
 * soft network is not blind to the order of its inputs: it depends a little on the order of the batch. Some ½ n² log² n comparisons a batch: the paper's odd-even network of n layers costs n³, a merge sort orders the same.
 */
export const groCo = defineLoss({
  id: "groCo",
  name: "Group ordering (GroCo)",
  description: "All that match come before all that don't, in whatever order: a loss on the sorting itself",
  source: "Shvetsova et al., Learning by Sorting: Self-supervised Learning with Group Ordering Constraints, 2023",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "one",
  options: {},
  evaluate: (inputs) => {
    const part = groupsBothWays(inputs, (block, { own, other }) =>
      orderRows(block, inputs.temperature, (row, column) => own[row] === other[column]),
    );
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});

function orderRows(block: Block, temperature: number, isPair: (row: number, column: number) => boolean): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const sorter = createSoftSorter(columns);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    const pairs = Uint8Array.from({ length: columns }, (_, column) => Number(isPair(row, column)));
    const first = pairs.reduce((sum, pair) => sum + pair, 0);
    const distances = Float64Array.from(values.subarray(from, from + columns), (cosine) => (1 - cosine) / temperature);
    const slopes = sorter.shares(distances, first).map((share, column) => {
      const wanted = pairs[column] === 1 ? share : 1 - share;
      loss -= Math.log(Math.max(leastShare, wanted)) / (rows * columns);
      if (wanted < leastShare) return 0;
      return (pairs[column] === 1 ? -1 : 1) / wanted / (rows * columns);
    });
    sorter.back(slopes).forEach((slope, column) => (gradient.values[from + column] = -slope / temperature));
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
