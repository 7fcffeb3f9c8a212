import type { Block, LossInputs } from "../loss.ts";
import { blockOf } from "../loss.ts";
import { zerosLike } from "./blocks.ts";
import { crossEntropy, softmax } from "./crossEntropy.ts";
import { groupsBothWays } from "./groups.ts";
import type { Part } from "./part.ts";
import { bothWays } from "./part.ts";

/** CLIP's own term over images × texts: every image picks its text among all, every text its image. `weights` tells how much a pair counts, by default 1 / pairs. */
export function contrast(inputs: LossInputs, weights?: ArrayLike<number>): Part {
  const block = blockOf(inputs, "imageText");
  const fused = contrastAtOnce(block, inputs.temperature, weights);
  return fused ?? bothWays(block, (rows) => crossEntropy(rows, inputs.temperature, { fill: ownAlone, ...(weights && { weights }) }));
}

/** Where e to this is still a number of full precision, with room for what it is multiplied by. */
const lowestPower = -690;

/**
 * Both directions from the exponentials of one, which are most of the work: with p_ij a row's softmax and L_i the logarithm of its sum, a column's is p_ij exp(L_i − L) divided by
 * its own sum. Undefined where cosines lie so far apart that these run out of a number's range.
 */
function contrastAtOnce(block: Block, temperature: number, weights: ArrayLike<number> | undefined): Part | undefined {
  const { rows, columns, values } = block;
  const shares = new Float64Array(rows * columns);
  const logSums = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    logSums[row] = softmax(values.subarray(from, to), temperature, shares.subarray(from, to));
  }
  const top = highest(logSums);
  if (!(lowest(values) / temperature - top > lowestPower)) return undefined;
  const factors = logSums.map((logSum) => Math.exp(logSum - top));
  const sums = columnSums(shares, factors, columns);
  const gradient = zerosLike(block);
  const into = gradient.values;
  const weightOf = (pair: number): number => (weights?.[pair] ?? 1 / rows) / (2 * temperature);
  const ofColumns = sums.map((sum, column) => weightOf(column) / sum);
  const sum = { loss: 0, along: 0 };
  for (let row = 0; row < rows; row += 1) {
    const [from, ofRow, factor] = [row * columns, weightOf(row), factors[row]!];
    const own = values[from + row]!;
    sum.loss += ofRow * (temperature * (logSums[row]! + top + Math.log(sums[row]!)) - 2 * own);
    for (let column = 0, at = from; column < columns; column += 1, at += 1) {
      const slope = shares[at]! * (ofRow + factor * ofColumns[column]!);
      into[at] = slope;
      sum.along += slope * values[at]!;
    }
    into[from + row]! -= 2 * ofRow;
    sum.along -= 2 * ofRow * own;
  }
  return { loss: sum.loss, gradient, temperature: -sum.along / temperature };
}

function columnSums(shares: Float64Array, factors: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  factors.forEach((factor, row) => {
    for (let column = 0, at = row * columns; column < columns; column += 1, at += 1) sums[column]! += factor * shares[at]!;
  });
  return sums;
}

function highest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let at = 0; at < values.length; at += 1) if (values[at]! > most) most = values[at]!;
  return most;
}

function lowest(values: ArrayLike<number>): number {
  let least = Infinity;
  for (let at = 0; at < values.length; at += 1) if (values[at]! < least) least = values[at]!;
  return least;
}

/** The same where all of a group match, each as much as the others. */
export function groupContrast(inputs: LossInputs): Part {
  return groupsBothWays(inputs, (block, { own, other }) =>
    crossEntropy(block, inputs.temperature, { fill: (row, into) => fillGroup(own[row]!, other, into) }),
  );
}

/** Wants the column of the row's own number and no other. */
export function ownAlone(row: number, into: Float64Array): void {
  into.fill(0);
  into[row] = 1;
}

/** Wants all columns of a group alike. */
export function fillGroup(group: number, columns: Int32Array, into: Float64Array): void {
  let count = 0;
  for (const other of columns) if (other === group) count += 1;
  for (let column = 0; column < into.length; column += 1) into[column] = columns[column] === group ? 1 / count : 0;
}
