import { defineLoss } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";

/** −½ mean_i [log softmax_j(s_ij/τ)_i + log softmax_j(s_ji/τ)_i]. */
export const infoNce = defineLoss({
  id: "infoNce",
  name: "InfoNCE (CLIP)",
  description: "Every image picks its caption among the batch's, every caption its image",
  source: "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021",
  blocks: ["imageText"],
  needs: [],
  captions: "one",
  options: {},
  evaluate: (inputs) => sumOf(inputs, [{ on: "imageText", part: contrast(inputs) }]),
});
