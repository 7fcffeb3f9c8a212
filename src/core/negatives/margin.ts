import type { Matrix } from "../matrix.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import type { Pairs } from "../signals/pairs.ts";
import { gatherRows } from "../signals/pairs.ts";
import { drawByName } from "../signals/textHash.ts";

/** What foreign cosines are drawn from. `clipScore` (NaN unknown) tells which pairs have vectors. */
export interface ForeignInput {
  readonly pairs: Pairs;
  readonly images: Matrix;
  readonly texts: Matrix;
  readonly textOf: readonly string[];
  readonly ids: readonly string[];
  readonly duplicateOf: Int32Array;
  readonly clipScore: Float32Array;
  readonly gemm: Gemm;
}

/** Cosines of images and foreign captions: their mean and standard deviation, and how many were drawn. */
export interface ForeignSpread {
  readonly mean: number;
  readonly sigma: number;
  readonly count: number;
}

const drawn = 256;

/**
 * How cosines of images and captions of others spread: those of 256 images with 256 captions, both drawn by name, without pairs and without
 * captions of duplicates. Undefined where there are fewer than two such cosines.
 */
export async function measureForeignSpread(input: ForeignInput, seed: number): Promise<ForeignSpread | undefined> {
  const { pairs, images, texts, textOf, ids, duplicateOf, clipScore } = input;
  const [hasImage, hasText] = [new Uint8Array(images.rows), new Uint8Array(texts.rows)];
  clipScore.forEach((score, pair) => {
    if (!Number.isNaN(score)) hasImage[pairs.image[pair]!] = hasText[pairs.text[pair]!] = 1;
  });
  const rows = drawByName(ids, drawn, { seed, isAllowed: (row) => hasImage[row] === 1 });
  const columns = drawByName(textOf, drawn, { seed, isAllowed: (text) => hasText[text] === 1 });
  const classesOf = new Map([...columns].map((text) => [text, new Set<number>()]));
  pairs.text.forEach((text, pair) => classesOf.get(text)?.add(duplicateOf[pairs.image[pair]!]!));
  const scores = await input.gemm.multiply(await gatherRows(images, rows), await gatherRows(texts, columns), images.dim);
  return spreadOf(
    scores.filter(
      (_, at) => classesOf.get(columns[at % columns.length]!)?.has(duplicateOf[rows[Math.floor(at / columns.length)]!]!) === false,
    ),
  );
}

function spreadOf(values: Float32Array): ForeignSpread | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sigma: Math.sqrt(squares / (count - 1)), count };
}
