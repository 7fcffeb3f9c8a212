import { defineLoss, targetOf } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";

/** Σ_i w_i ℓ_i / Σ_i w_i with ℓ_i InfoNCE's terms of pair i: the weights of the data, such as how far a caption is to be trusted. */
export const sampleWeighted = defineLoss({
  id: "sampleWeighted",
  name: "InfoNCE with sample weights",
  description: "Pairs count as much as their weight says",
  source: "Yang et al., ALIP: Adaptive Language-Image Pre-training with Synthetic Caption, 2023",
  blocks: ["imageText"],
  needs: ["weights"],
  captions: "one",
  options: {},
  evaluate: (inputs) => {
    const weights = Float64Array.from(targetOf(inputs, "weights"));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const shares = weights.map((weight) => (sum > 0 ? weight / sum : 0));
    return sumOf(inputs, [{ on: "imageText", part: contrast(inputs, shares) }]);
  },
});
