import type { Block } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { contrast } from "./parts/contrast.ts";
import type { Part } from "./parts/part.ts";
import { sumOf, temperatureGradient } from "./parts/part.ts";

/**
 * mean_i [log(1 + Σ_{k: not a label} exp(s_ik/τ)) + log(1 + Σ_{k: a label} exp(−s_ik/τ))] over images × prototypes. The paper trains images alone; InfoNCE beside it (`contrast`,
 * 0 for the paper's) keeps the texts with them.
 */
export const mlcd = defineLoss({
  id: "mlcd",
  name: "Several clusters an image (MLCD)",
  description: "An image is near the prototypes of all clusters that it belongs to, and far from the others",
  source: "An et al., Multi-label Cluster Discrimination for Visual Representation Learning, 2024",
  blocks: ["imageText", "imagePrototypes"],
  needs: ["labels"],
  captions: "one",
  options: { contrast: 1 },
  evaluate: (inputs, options) =>
    sumOf(inputs, [
      { on: "imageText", part: contrast(inputs), weight: options.contrast },
      { on: "imagePrototypes", part: discriminate(blockOf(inputs, "imagePrototypes"), inputs.temperature, targetOf(inputs, "labels")) },
    ]),
});

function discriminate(block: Block, temperature: number, labels: Uint8Array): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const signAt = (at: number): number => (labels[at] === 1 ? -1 : 1);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    for (const sign of [1, -1]) {
      let highest = 0;
      for (let at = from; at < to; at += 1) if (signAt(at) === sign) highest = Math.max(highest, (sign * values[at]!) / temperature);
      let sum = Math.exp(-highest);
      for (let at = from; at < to; at += 1) if (signAt(at) === sign) sum += Math.exp((sign * values[at]!) / temperature - highest);
      loss += (highest + Math.log(sum)) / rows;
      for (let at = from; at < to; at += 1)
        if (signAt(at) === sign)
          gradient.values[at] = (sign * Math.exp((sign * values[at]!) / temperature - highest)) / sum / temperature / rows;
    }
  }
  return { loss, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
