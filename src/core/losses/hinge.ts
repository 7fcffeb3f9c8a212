import { defineLoss } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { overGaps } from "./parts/gaps.ts";
import { sumOf } from "./parts/part.ts";

/** InfoNCE + λ mean max(0, m + s(image, caption with its words changed about) − s(image, caption)). */
export const hinge = defineLoss({
  id: "hinge",
  name: "Margin on structured negatives",
  description: "InfoNCE, and each caption beats those made of it by a margin of cosine",
  source: "Huang et al., Structure-CLIP: Towards Scene Graph Knowledge to Enhance Multi-modal Structured Representations, 2024",
  blocks: ["imageText", "imageExtra"],
  needs: ["owners"],
  captions: "one",
  options: { margin: 0.2, structure: 1 },
  evaluate: (inputs, { margin, structure }) => {
    const curve = (gap: number) => (gap > -margin ? ([margin + gap, 1] as const) : ([0, 0] as const));
    return sumOf(inputs, [{ on: "imageText", part: contrast(inputs) }, ...overGaps(inputs, curve, { weight: structure })]);
  },
});
