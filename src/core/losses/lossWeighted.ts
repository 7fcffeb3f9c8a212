import type { Block } from "./loss.ts";
import { blockOf, defineLoss } from "./loss.ts";
import { transpose } from "./parts/blocks.ts";
import { contrast } from "./parts/contrast.ts";
import { softmax } from "./parts/crossEntropy.ts";
import { sumOf } from "./parts/part.ts";

/**
 * r log mean_i exp(ℓ_i / r) with ℓ_i InfoNCE's terms of pair i. Its gradient weighs pair i by softmax(ℓ / r)_i, which is the paper's weighting with h(ℓ) = ℓ: what is
 * learned already counts little. A large r gives InfoNCE.
 */
export const lossWeighted = defineLoss({
  id: "lossWeighted",
  name: "InfoNCE weighted by its own loss",
  description: "Pairs that are learned already count little, those with a high loss more",
  source: "Sow et al., Dynamic Loss-Based Sample Reweighting for Improved Large Language Model Pretraining, 2025",
  blocks: ["imageText"],
  needs: [],
  captions: "one",
  options: { spread: 1 },
  evaluate: (inputs, { spread }) => {
    const block = blockOf(inputs, "imageText");
    const [rows, columns] = [termsOf(block, inputs.temperature), termsOf(transpose(block), inputs.temperature)];
    const weights = new Float64Array(block.rows);
    const logSum = softmax(
      rows.map((term, row) => (term + columns[row]!) / 2),
      spread,
      weights,
    );
    const part = { ...contrast(inputs, weights), loss: spread * (logSum - Math.log(block.rows)) };
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});

function termsOf({ values, rows, columns }: Block, temperature: number): Float64Array {
  const shares = new Float64Array(columns);
  return Float64Array.from({ length: rows }, (_, row) => {
    const from = row * columns;
    return softmax(values.subarray(from, from + columns), temperature, shares) - values[from + row]! / temperature;
  });
}
