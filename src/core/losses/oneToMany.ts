import { defineLoss } from "./loss.ts";
import { groupContrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";

/**
 * −½ [mean_i 1/K Σ_k log softmax over all texts(s_ik/τ) + mean_text log softmax over images(s/τ)]: the formula of `supCon` over batches that hold all K captions of an
 * image, which is what differs.
 */
export const oneToMany = defineLoss({
  id: "oneToMany",
  name: "One to K",
  description: "All captions of an image in one batch: the image wants them alike, each caption its image",
  source: "Nie et al., Improving the Consistency in Cross-Lingual Cross-Modal Retrieval with 1-to-K Contrastive Learning, 2024",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "all",
  options: {},
  evaluate: (inputs) => sumOf(inputs, [{ on: "imageText", part: groupContrast(inputs) }]),
});
