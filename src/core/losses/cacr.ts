import type { Block } from "./loss.ts";
import { defineLoss } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { softmax } from "./parts/crossEntropy.ts";
import { groupsBothWays } from "./parts/groups.ts";
import type { Part } from "./parts/part.ts";
import { sumOf } from "./parts/part.ts";

/**
 * ½ mean_i [Σ_{p of i's group} softmax_p(t⁺ d_ip) d_ip − Σ_{n of another} softmax_n(−t⁻ d_in) d_in] with d = 2 − 2s, and the same over columns. The derivative goes through
 * the weights, too. τ is not used.
 */
export const cacr = defineLoss({
  id: "cacr",
  name: "Contrastive attraction and repulsion (CACR)",
  description: "Far matches attract most, near foreign captions repel most",
  source: "Zheng et al., Contrastive Attraction and Contrastive Repulsion for Representation Learning, 2023",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "all",
  options: { attraction: 1, repulsion: 2 },
  evaluate: (inputs, { attraction, repulsion }) => {
    const part = groupsBothWays(inputs, (block, { own, other }) =>
      pull(block, (row, column) => own[row] === other[column], { attraction, repulsion }),
    );
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});

function pull(block: Block, isPair: (row: number, column: number) => boolean, force: { attraction: number; repulsion: number }): Part {
  const gradient = zerosLike(block);
  let loss = 0;
  for (let row = 0; row < block.rows; row += 1) {
    const columns = Array.from({ length: block.columns }, (_, column) => column);
    const rowGradient = { gradient, row, block };
    loss += weighDistances(rowGradient, { columns: columns.filter((column) => isPair(row, column)), steepness: force.attraction, sign: 1 });
    loss += weighDistances(rowGradient, {
      columns: columns.filter((column) => !isPair(row, column)),
      steepness: -force.repulsion,
      sign: -1,
    });
  }
  return { loss: loss / block.rows, gradient, temperature: 0 };
}

/** sign · Σ_k softmax_k(t d_k) d_k over some columns of a row; for d_k the derivative is w_k (1 + t (d_k − Σ w d)), for s_k −2 times that. */
function weighDistances(
  { gradient, row, block }: { gradient: Block; row: number; block: Block },
  { columns, steepness, sign }: { columns: readonly number[]; steepness: number; sign: number },
): number {
  if (columns.length === 0) return 0;
  const from = row * block.columns;
  const distances = columns.map((column) => 2 - 2 * block.values[from + column]!);
  const weights = new Float64Array(columns.length);
  softmax(
    distances.map((distance) => steepness * distance),
    1,
    weights,
  );
  const mean = distances.reduce((sum, distance, at) => sum + weights[at]! * distance, 0);
  columns.forEach((column, at) => {
    const slope = weights[at]! * (1 + steepness * (distances[at]! - mean));
    gradient.values[from + column] = (-2 * sign * slope) / block.rows;
  });
  return sign * mean;
}
