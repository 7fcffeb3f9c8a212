import { defineLoss } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { overGaps } from "./parts/gaps.ts";
import { sumOf } from "./parts/part.ts";

/**
 * InfoNCE + λ mean −log(e^{s_i/τ} / (e^{s_i/τ} + e^{s'_i/τ})), s' the cosine with the caption whose number was changed. The paper has no τ here: with it a gap of cosines, which
 * is at most 2, weighs as much as in the other term.
 */
export const count = defineLoss({
  id: "count",
  name: "Counting",
  description: "InfoNCE, and each caption beats the same with its number changed",
  source: "Paiss et al., Teaching CLIP to Count to Ten, 2023",
  blocks: ["imageText", "imageExtra"],
  needs: ["owners"],
  captions: "one",
  options: { counting: 1 },
  evaluate: (inputs, { counting }) => {
    const { temperature } = inputs;
    const curve = (gap: number) => [Math.max(0, gap) + Math.log1p(Math.exp(-Math.abs(gap))), 1 / (1 + Math.exp(-gap))] as const;
    return sumOf(inputs, [{ on: "imageText", part: contrast(inputs) }, ...overGaps(inputs, curve, { weight: counting, temperature })]);
  },
});
