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
  const { rows, columns } = block;
  const gradient = zerosLike(block);
  const weigh = createWeigher(block, gradient);
  const chosen = [new Int32Array(columns), new Int32Array(columns)] as const;
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const counts = [0, 0] as [number, number];
    for (let column = 0; column < columns; column += 1) {
      const side = isPair(row, column) ? 0 : 1;
      chosen[side][counts[side]] = column;
      counts[side] += 1;
    }
    loss += weigh(row, chosen[0].subarray(0, counts[0]), { steepness: force.attraction, sign: 1 });
    loss += weigh(row, chosen[1].subarray(0, counts[1]), { steepness: -force.repulsion, sign: -1 });
  }
  return { loss: loss / rows, gradient, temperature: 0 };
}

/** Gives sign · Σ_k softmax_k(t d_k) d_k over some columns of a row; for d_k the derivative is w_k (1 + t (d_k − Σ w d)), for s_k −2 times that. */
function createWeigher({ values, rows, columns }: Block, gradient: Block) {
  const [distances, weights] = [new Float64Array(columns), new Float64Array(columns)];
  return (row: number, chosen: Int32Array, { steepness, sign }: { steepness: number; sign: number }): number => {
    if (chosen.length === 0) return 0;
    const from = row * columns;
    for (let at = 0; at < chosen.length; at += 1) distances[at] = 2 - 2 * values[from + chosen[at]!]!;
    softmax(
      distances.subarray(0, chosen.length).map((distance) => steepness * distance),
      1,
      weights,
    );
    let mean = 0;
    for (let at = 0; at < chosen.length; at += 1) mean += weights[at]! * distances[at]!;
    for (let at = 0; at < chosen.length; at += 1) {
      const slope = weights[at]! * (1 + steepness * (distances[at]! - mean));
      gradient.values[from + chosen[at]!] = (-2 * sign * slope) / rows;
    }
    return sign * mean;
  };
}
