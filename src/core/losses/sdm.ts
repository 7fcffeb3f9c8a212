import type { Block } from "./loss.ts";
import { defineLoss } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { fillGroup } from "./parts/contrast.ts";
import { softmax } from "./parts/crossEntropy.ts";
import { groupsBothWays } from "./parts/groups.ts";
import type { Part } from "./parts/part.ts";
import { sumOf, temperatureGradient } from "./parts/part.ts";

/** Keeps the logarithm of what is wanted of a foreign caption finite, as the paper's code does. */
const leastWanted = 1e-8;

/** Σ_i KL(p_i ‖ q_i) / n with p = softmax(s/τ) and q equal shares of i's group; ½ over rows and ½ over columns. */
export const sdm = defineLoss({
  id: "sdm",
  name: "Similarity distribution matching (SDM)",
  description: "The shares that the model gives come close to those of the group, wrong ones cost most",
  source: "Jiang and Ye, Cross-Modal Implicit Relation Reasoning and Aligning for Text-to-Image Person Retrieval, 2023",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "all",
  options: {},
  evaluate: (inputs) => {
    const part = groupsBothWays(inputs, (block, { own, other }) =>
      divergence(block, inputs.temperature, (row, into) => fillGroup(own[row]!, other, into)),
    );
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});

/** For logits z: ∂KL/∂z_j = p_j (log(p_j / q_j) − KL). */
function divergence(block: Block, temperature: number, fill: (row: number, into: Float64Array) => void): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const [wanted, shares, excess] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)];
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    fill(row, wanted);
    const logSum = softmax(values.subarray(from, from + columns), temperature, shares);
    let sum = 0;
    for (let column = 0; column < columns; column += 1) {
      excess[column] = values[from + column]! / temperature - logSum - Math.log(wanted[column]! + leastWanted);
      sum += shares[column]! * excess[column]!;
    }
    loss += sum / rows;
    for (let column = 0; column < columns; column += 1)
      gradient.values[from + column] = (shares[column]! * (excess[column]! - sum)) / temperature / rows;
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
