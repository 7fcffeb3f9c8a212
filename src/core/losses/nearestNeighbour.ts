import type { Block, LossInputs } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { contrast, ownAlone } from "./parts/contrast.ts";
import { crossEntropy } from "./parts/crossEntropy.ts";
import type { Part } from "./parts/part.ts";
import { bothWays, sumOf } from "./parts/part.ts";

/**
 * (1 − λ) InfoNCE + λ InfoNCE of the images with, for each text, the nearest of the texts of earlier batches. The queue holds `length` vectors as they were; while it is empty,
 * InfoNCE alone.
 */
export const nearestNeighbour = defineLoss({
  id: "nearestNeighbour",
  name: "Nearest neighbours match, too (DeCLIP)",
  description: "InfoNCE, and each image matches the nearest earlier caption to its own: for small datasets",
  source: "Li et al., Supervision Exists Everywhere: A Data Efficient Contrastive Language-Image Pre-training Paradigm, 2022",
  blocks: ["imageText", "imageQueue", "textQueue"],
  needs: ["textFeatures"],
  captions: "one",
  options: { neighbours: 0.2, length: 4096 },
  start: (_, { length }) => ({ queue: { values: new Float32Array(0), rows: 0, columns: length } }),
  evaluate: (inputs, { neighbours, length }) => {
    const state = { ...inputs.state, queue: pushed(inputs.state?.queue, targetOf(inputs, "textFeatures"), length) };
    const own = contrast(inputs);
    const queue = blockOf(inputs, "imageQueue");
    if (queue.columns === 0) return sumOf(inputs, [{ on: "imageText", part: own }], state);
    return sumOf(
      inputs,
      [
        { on: "imageText", part: own, weight: 1 - neighbours },
        { on: "imageQueue", part: contrastWithNearest(inputs, queue), weight: neighbours },
      ],
      state,
    );
  },
});

function contrastWithNearest(inputs: LossInputs, queue: Block): Part {
  const { rows } = queue;
  const nearest = nearestOf(blockOf(inputs, "textQueue"));
  const chosen = zerosLike(queue, { rows, columns: nearest.length });
  for (let at = 0; at < chosen.values.length; at += 1)
    chosen.values[at] = queue.values[Math.floor(at / chosen.columns) * queue.columns + nearest[at % chosen.columns]!]!;
  const part = bothWays(chosen, (block) => crossEntropy(block, inputs.temperature, { fill: ownAlone }));
  const gradient = zerosLike(queue);
  for (let at = 0; at < chosen.values.length; at += 1)
    gradient.values[Math.floor(at / chosen.columns) * queue.columns + nearest[at % chosen.columns]!]! += part.gradient.values[at]!;
  return { ...part, gradient };
}

function nearestOf({ values, rows, columns }: Block): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let column = 1; column < columns; column += 1) if (values[row * columns + column]! > values[row * columns + best]!) best = column;
    return best;
  });
}

function pushed(queue: Block | undefined, features: Block, length: number): Block {
  const rows = Math.min(length, features.rows + (queue?.rows ?? 0));
  const next = zerosLike(features, { rows, columns: features.columns });
  const fresh = features.values.subarray(0, next.values.length);
  next.values.set(fresh);
  next.values.set(queue?.values.subarray(0, next.values.length - fresh.length) ?? [], fresh.length);
  return next;
}
