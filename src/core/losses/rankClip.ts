import { keysFromFloats, orderByKeys } from "../order.ts";
import { finish } from "../steps.ts";
import type { Block } from "./loss.ts";
import { blockOf, defineLoss } from "./loss.ts";
import { transpose, zerosLike } from "./parts/blocks.ts";
import { contrast } from "./parts/contrast.ts";
import type { Part } from "./parts/part.ts";
import { bothWays, sumOf, temperatureGradient } from "./parts/part.ts";

/**
 * InfoNCE + λ [−mean log PL(order of s_ji over j | s_ij/τ)] + λ [−mean log PL(order of texts among themselves | images among themselves)], each also the other way round. PL is
 * Plackett and Luce's probability of an order, its logarithm divided by the places; orders are taken as given.
 */
export const rankClip = defineLoss({
  id: "rankClip",
  name: "Consistent ranks (RankCLIP)",
  description: "InfoNCE, and images order captions as captions order images, and images each other as their captions do",
  source: "Zhang et al., RankCLIP: Ranking-Consistent Language-Image Pretraining, 2024",
  blocks: ["imageText", "imageImage", "textText"],
  needs: [],
  captions: "one",
  options: { cross: 1, within: 1 },
  evaluate: (inputs, { cross, within }) => {
    const { temperature } = inputs;
    const [images, texts] = [blockOf(inputs, "imageImage"), blockOf(inputs, "textText")];
    const across = bothWays(blockOf(inputs, "imageText"), (block) =>
      orderLike(block, { like: transpose(block), temperature, isOwnLeftOut: false }),
    );
    return sumOf(inputs, [
      { on: "imageText", part: contrast(inputs) },
      { on: "imageText", part: across, weight: cross },
      { on: "imageImage", part: orderLike(images, { like: texts, temperature, isOwnLeftOut: true }), weight: within / 2 },
      { on: "textText", part: orderLike(texts, { like: images, temperature, isOwnLeftOut: true }), weight: within / 2 },
    ]);
  },
});

/** With suffix sums L_k = log Σ_{l≥k} exp z_l: −log PL = Σ_k (L_k − z_k), and for z_l the derivative is Σ_{k≤l} exp(z_l − L_k) − 1. */
function orderLike(block: Block, by: { like: Block; temperature: number; isOwnLeftOut: boolean }): Part {
  const { rows, columns, values } = block;
  const { like, temperature } = by;
  const gradient = zerosLike(block);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    const order = highestFirst(like.values.subarray(from, from + columns)).filter((column) => !by.isOwnLeftOut || column !== row);
    const logits = Float64Array.from(order, (column) => values[from + column]! / temperature);
    const suffixes = new Float64Array(order.length);
    for (let place = order.length - 1, sum = -Infinity; place >= 0; place -= 1) suffixes[place] = sum = logAdd(sum, logits[place]!);
    const scale = 1 / (rows * order.length);
    let passed = -Infinity;
    order.forEach((column, place) => {
      loss += scale * (suffixes[place]! - logits[place]!);
      passed = logAdd(passed, -suffixes[place]!);
      gradient.values[from + column] = (scale * (Math.exp(logits[place]! + passed) - 1)) / temperature;
    });
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}

/** Columns by their cosines in float32, ties by the column. */
function highestFirst(cosines: Float32Array | Float64Array): Uint32Array {
  return finish(orderByKeys(finish(keysFromFloats(Float32Array.from(cosines), true))));
}

function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
