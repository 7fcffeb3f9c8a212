import type { Block } from "../loss.ts";
import { zerosLike } from "./blocks.ts";
import { softmax } from "./crossEntropy.ts";
import type { Part } from "./part.ts";
import { temperatureGradient } from "./part.ts";

/**
 * mean_i [−s_ii/τ + log Σ_{j: isNegative(i, j)} exp(s_ij/τ)]: the own column is not among those that it competes with. A row without a negative counts nothing.
 */
export function decoupled(block: Block, temperature: number, isNegative: (row: number, column: number) => boolean): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const negatives = Array.from({ length: columns }, (_, column) => column).filter((column) => isNegative(row, column));
    if (negatives.length === 0) continue;
    const from = row * columns;
    const shares = new Float64Array(negatives.length);
    const logSum = softmax(
      negatives.map((column) => values[from + column]!),
      temperature,
      shares,
    );
    loss += (logSum - values[from + row]! / temperature) / rows;
    gradient.values[from + row] = -1 / temperature / rows;
    negatives.forEach((column, at) => (gradient.values[from + column]! += shares[at]! / temperature / rows));
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
