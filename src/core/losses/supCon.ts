import { defineLoss } from "./loss.ts";
import { groupContrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";

/** −½ mean_i 1/|P_i| Σ_{p ∈ P_i} log softmax_j(s_ij/τ)_p with P_i all that is of i's group, and the same over columns. */
export const supCon = defineLoss({
  id: "supCon",
  name: "Several that match (SupCon)",
  description: "InfoNCE where all captions of an image's group match it alike",
  source: "Khosla et al., Supervised Contrastive Learning, 2020",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "one",
  options: {},
  evaluate: (inputs) => sumOf(inputs, [{ on: "imageText", part: groupContrast(inputs) }]),
});
