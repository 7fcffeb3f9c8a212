import { defineLoss } from "./loss.ts";
import { decoupled } from "./parts/decoupled.ts";
import { groupsBothWays } from "./parts/groups.ts";
import { sumOf } from "./parts/part.ts";

/** ½ mean_i [−s_ii/τ + log Σ_{j: not of i's group} exp(s_ij/τ)], and the same over columns. */
export const dcl = defineLoss({
  id: "dcl",
  name: "Decoupled contrast (DCL)",
  description: "InfoNCE without the own caption among those that it competes with, for small batches",
  source: "Yeh et al., Decoupled Contrastive Learning, 2022",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "one",
  options: {},
  evaluate: (inputs) => {
    const part = groupsBothWays(inputs, (block, { own, other }) =>
      decoupled(block, inputs.temperature, (row, column) => own[row] !== other[column]),
    );
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});
