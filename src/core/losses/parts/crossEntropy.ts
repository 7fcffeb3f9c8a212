import type { Block } from "../loss.ts";
import { zerosLike } from "./blocks.ts";
import type { Part } from "./part.ts";
import { temperatureGradient } from "./part.ts";

/** What a cross-entropy compares with: `fill` writes what is wanted of a row, which sums to 1; `weights` tells how much a row counts, by default 1 / rows. */
export interface Wanted {
  readonly fill: (row: number, into: Float64Array) => void;
  readonly weights?: ArrayLike<number>;
}

/** −Σ_row w Σ_column wanted · log softmax(s/τ), with its derivatives. */
export function crossEntropy(block: Block, temperature: number, { fill, weights }: Wanted): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const wanted = new Float64Array(columns);
  const shares = new Float64Array(columns);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    const weight = weights?.[row] ?? 1 / rows;
    fill(row, wanted);
    const logSum = softmax(values.subarray(from, from + columns), temperature, shares);
    const scale = weight / temperature;
    for (let column = 0; column < columns; column += 1) {
      const share = wanted[column]!;
      if (share !== 0) loss -= weight * share * (values[from + column]! / temperature - logSum);
      gradient.values[from + column] = scale * (shares[column]! - share);
    }
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}

/** Writes softmax(s/τ) into `shares` and gives log Σ exp(s/τ). */
export function softmax(values: ArrayLike<number>, temperature: number, shares: Float32Array | Float64Array): number {
  let highest = -Infinity;
  for (let at = 0; at < values.length; at += 1) if (values[at]! > highest) highest = values[at]!;
  let sum = 0;
  const steepness = 1 / temperature;
  for (let at = 0; at < values.length; at += 1) sum += shares[at] = Math.exp((values[at]! - highest) * steepness);
  const share = 1 / sum;
  for (let at = 0; at < values.length; at += 1) shares[at]! *= share;
  return highest / temperature + Math.log(sum);
}
