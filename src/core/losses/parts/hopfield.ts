import type { Block } from "../loss.ts";
import { addTo, product, transpose, zerosLike } from "./blocks.ts";
import { softmax } from "./crossEntropy.ts";

/** Two lists of queries by their cosines to what is stored (queries × stored), and the store's cosines with itself. */
interface Queries {
  readonly store: Block;
  readonly left: Block;
  readonly right: Block;
  readonly scale: number;
}

/** What was found for one list: softmax(scale · cosines), its product with the store's cosines, and the lengths of the sums. */
interface Found {
  readonly shares: Block;
  readonly mixed: Block;
  readonly lengths: Float64Array;
}

/** Cosines between what is found for `left` and for `right`, with what the derivative needs. */
interface Retrieval extends Queries {
  readonly cosines: Block;
  readonly foundLeft: Found;
  readonly foundRight: Found;
}

/** One step of a modern Hopfield network (Ramsauer et al., 2020), in cosines alone: the vectors themselves are not needed. */
export function retrieve(queries: Queries): Retrieval {
  const { store, left, right, scale } = queries;
  const [foundLeft, foundRight] = [find(left, store, scale), find(right, store, scale)];
  const cosines = product(foundLeft.mixed, transpose(foundRight.shares));
  scaleBy(cosines, foundLeft, foundRight);
  return { ...queries, cosines, foundLeft, foundRight };
}

/** The derivatives for `store`, `left` and `right`, from that for the cosines. */
export function retrieveBack(retrieval: Retrieval, gradient: Block): { store: Block; left: Block; right: Block } {
  const { store, cosines, foundLeft, foundRight, scale } = retrieval;
  const [left, right] = [lengthSlopes(cosines, gradient, foundLeft), lengthSlopes(transpose(cosines), transpose(gradient), foundRight)];
  const ofProduct = { ...gradient, values: gradient.values.slice() };
  scaleBy(ofProduct, foundLeft, foundRight);
  const turnedStore = transpose(store);
  const mixedLeft = product(ofProduct, foundRight.shares);
  addRows(mixedLeft, foundLeft.shares, left);
  const mixedRight = zerosLike(foundRight.shares);
  addRows(mixedRight, foundRight.shares, right);
  const sharesLeft = product(mixedLeft, turnedStore);
  addRows(sharesLeft, foundLeft.mixed, left);
  const sharesRight = product(mixedRight, turnedStore);
  addRows(sharesRight, foundRight.mixed, right);
  addTo(sharesRight, product(transpose(ofProduct), foundLeft.mixed));
  const stored = product(transpose(foundLeft.shares), mixedLeft);
  addTo(stored, product(transpose(foundRight.shares), mixedRight));
  return {
    store: stored,
    left: softmaxBack(foundLeft.shares, sharesLeft, scale),
    right: softmaxBack(foundRight.shares, sharesRight, scale),
  };
}

function find(queries: Block, store: Block, scale: number): Found {
  const { rows, columns, values } = queries;
  const shares = zerosLike(queries);
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    softmax(values.subarray(from, to), 1 / scale, shares.values.subarray(from, to));
  }
  const mixed = product(shares, store);
  const lengths = Float64Array.from({ length: rows }, (_, row) => Math.sqrt(rowProduct(shares, mixed, row)));
  return { shares, mixed, lengths };
}

/** Divides by the lengths of both sides. */
function scaleBy({ values, rows, columns }: Block, left: Found, right: Found): void {
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) values[row * columns + column]! /= left.lengths[row]! * right.lengths[column]!;
}

/** Derivatives for the squared lengths: the cosines fall as 1 / length. */
function lengthSlopes(cosines: Block, gradient: Block, { lengths }: Found): Float64Array {
  return lengths.map((length, row) => -rowProduct(cosines, gradient, row) / (2 * length * length));
}

function addRows(to: Block, from: Block, weights: Float64Array): void {
  for (let at = 0; at < to.values.length; at += 1) to.values[at]! += weights[Math.floor(at / to.columns)]! * from.values[at]!;
}

function softmaxBack(shares: Block, gradient: Block, scale: number): Block {
  const back = zerosLike(shares);
  for (let row = 0; row < shares.rows; row += 1) {
    const mean = rowProduct(shares, gradient, row);
    for (let at = row * shares.columns; at < (row + 1) * shares.columns; at += 1)
      back.values[at] = scale * shares.values[at]! * (gradient.values[at]! - mean);
  }
  return back;
}

function rowProduct(a: Block, b: Block, row: number): number {
  let sum = 0;
  for (let at = row * a.columns; at < (row + 1) * a.columns; at += 1) sum += a.values[at]! * b.values[at]!;
  return sum;
}
