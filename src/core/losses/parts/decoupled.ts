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
  const [negatives, cosines, shares] = [new Int32Array(columns), new Float64Array(columns), new Float64Array(columns)];
  const scale = 1 / temperature / rows;
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    let count = 0;
    for (let column = 0; column < columns; column += 1) {
      if (!isNegative(row, column)) continue;
      negatives[count] = column;
      cosines[count] = values[from + column]!;
      count += 1;
    }
    if (count === 0) continue;
    const logSum = softmax(cosines.subarray(0, count), temperature, shares);
    loss += (logSum - values[from + row]! / temperature) / rows;
    gradient.values[from + row] = -scale;
    for (let at = 0; at < count; at += 1) gradient.values[from + negatives[at]!]! += shares[at]! * scale;
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
