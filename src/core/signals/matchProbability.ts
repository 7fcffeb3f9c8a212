import type { EncoderDescriptor } from "../encoder.ts";
import type { Matrix } from "../matrix.ts";
import { defaultBlock } from "../neighbours/blocks.ts";
import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import type { FitInput, Fits } from "./fits.ts";
import { findFits, fitsOf } from "./fits.ts";
import { bucket, bucketsOf, gatherRows } from "./pairs.ts";
import type { SignalDescriptor, SignalValues } from "./signal.ts";
import { drawByName } from "./textHash.ts";

/**
 * How sure the encoder is that image and caption belong together. Sigmoid encoders: sigmoid(scale · s + bias). Softmax encoders: the share
 * of exp(scale · s) among the own caption and 99 seeded foreign ones, since softmax depends on the number of candidates.
 */
export const matchProbability: SignalDescriptor = {
  id: "matchProbability",
  name: "Match probability",
  description: "Probability of the caption against 99 foreign ones, or the encoder's own sigmoid",
  direction: "higherIsBetter",
  range: [0, 1],
  unit: "probability",
  per: "pair",
  needsEncoder: true,
  source: "Radford et al., 2021 (softmax); Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023 (sigmoid)",
};

/** The captions that a caption competes with; with its own that makes 100. */
export const foreignCaptions = 99;

/** Texts drawn for all pairs together: more than are needed, since what belongs to a pair's own image is passed over. */
const poolSize = 160;

/** What match probabilities are made from. `textOf` holds the unique texts themselves. */
export interface MatchInput extends FitInput {
  readonly images: Matrix;
  readonly texts: Matrix;
  readonly textOf: readonly string[];
  readonly clipScore: SignalValues;
  readonly encoder: Pick<EncoderDescriptor, "logitScale" | "bias" | "probability">;
  readonly gemm: Gemm;
  readonly seed: number;
}

/**
 * Probabilities of all pairs; NaN where the encoder's scale or bias is missing, a vector is unknown, or there are fewer than 99 foreign
 * texts. The foreign captions come from one pool drawn by name, the same for every pair, so that pairs compare with each other whatever the
 * order and the batch; those that a person said to fit the image are passed over.
 */
export async function computeMatchProbability(input: MatchInput, signal?: CancelSignal): Promise<SignalValues> {
  const { encoder, clipScore } = input;
  const { logitScale, bias } = encoder;
  if (logitScale === undefined) return unknown(clipScore);
  if (encoder.probability === "softmax") return softmaxOverPool(input, logitScale, signal);
  if (bias === undefined) return unknown(clipScore);
  return clipScore.map((score) => 1 / (1 + Math.exp(-(logitScale * score + bias))));
}

function unknown(scores: SignalValues): SignalValues {
  return new Float32Array(scores.length).fill(NaN);
}

async function softmaxOverPool(input: MatchInput, scale: number, signal?: CancelSignal): Promise<SignalValues> {
  const { pairs, images, clipScore } = input;
  const pool = await drawPool(input);
  const probabilities = unknown(clipScore);
  if (pool.rows.length < foreignCaptions) return probabilities;
  const pairsOfImage = bucketsOf(pairs.image, images.rows);
  const fits = findFits(input);
  for (let from = 0; from < images.rows; from += defaultBlock) {
    signal?.throwIfAborted();
    const to = Math.min(from + defaultBlock, images.rows);
    const scores = await input.gemm.multiply(await images.read(from, to), pool.vectors, images.dim);
    for (let row = from; row < to; row += 1) {
      const rowScores = scores.subarray((row - from) * pool.rows.length, (row - from + 1) * pool.rows.length);
      const fitting = textsThatFit(fits, row);
      for (const pair of bucket(pairsOfImage, row)) probabilities[pair] = softmaxOf(input, { pair, pool, rowScores, scale, fitting });
    }
  }
  return probabilities;
}

/** Unique texts with their vectors, rows × dim, and for each the classes of the images that carry it. */
interface Pool {
  readonly rows: Int32Array;
  readonly vectors: Float32Array;
  readonly classesOf: readonly ReadonlySet<number>[];
}

async function drawPool({ pairs, texts, textOf, duplicateOf, clipScore, seed }: MatchInput): Promise<Pool> {
  const isKnown = new Uint8Array(texts.rows);
  pairs.text.forEach((text, pair) => {
    if (text >= 0 && !Number.isNaN(clipScore[pair]!)) isKnown[text] = 1;
  });
  const rows = drawByName(textOf, poolSize, { seed, isAllowed: (text) => isKnown[text] === 1 });
  const classes = new Map([...rows].map((text) => [text, new Set<number>()]));
  pairs.text.forEach((text, pair) => classes.get(text)?.add(duplicateOf[pairs.image[pair]!]!));
  return { rows, vectors: await gatherRows(texts, rows), classesOf: [...classes.values()] };
}

function textsThatFit(fits: Fits, image: number): Int32Array {
  const { first, end } = fitsOf(fits, image);
  return fits.texts.subarray(first, end);
}

interface Competition {
  readonly pair: number;
  readonly pool: Pool;
  readonly rowScores: Float32Array;
  readonly scale: number;
  /** Texts of others that a person said to fit the image. */
  readonly fitting: Int32Array;
}

function softmaxOf(input: MatchInput, { pair, pool, rowScores, scale, fitting }: Competition): number {
  const own = input.clipScore[pair]!;
  const ownClass = input.duplicateOf[input.pairs.image[pair]!]!;
  let others = 0;
  let used = 0;
  for (let place = 0; place < pool.rows.length && used < foreignCaptions; place += 1) {
    const text = pool.rows[place]!;
    if (text === input.pairs.text[pair] || pool.classesOf[place]!.has(ownClass) || fitting.includes(text)) continue;
    others += Math.exp(scale * (rowScores[place]! - own));
    used += 1;
  }
  return used < foreignCaptions ? NaN : 1 / (1 + others);
}
