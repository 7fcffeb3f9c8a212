import { expect, test } from "vitest";
import { poolTokens } from "../../../../src/core/encoders/pooling.ts";

const values = Float32Array.of(1, 10, 2, 20, 4, 40, 0, 0, 5, 50, 6, 60, 7, 70, 9, 90);
const vectors = { values, rows: 2, tokens: 4, dim: 2 };
/** Three tokens and a padding; then a leading token and three patches. */
const spans = [
  { from: 0, to: 3, end: 2 },
  { from: 1, to: 4, end: 1 },
];

test.each([
  ["cls", [1, 10, 5, 50]],
  ["last", [0, 0, 9, 90]],
  ["end", [4, 40, 6, 60]],
  ["mean", [7 / 3, 70 / 3, 22 / 3, 220 / 3]],
] as const)("vectors of tokens are pooled: %s", (pooling, expected) => {
  expect([...poolTokens(vectors, pooling, (row) => spans[row]!)]).toEqual([...Float32Array.from(expected)]);
});

test("the mean of no tokens is a row of zeros, which is unknown", () => {
  expect([...poolTokens(vectors, "mean", () => ({ from: 2, to: 2, end: 0 }))]).toEqual([0, 0, 0, 0]);
});
