import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { crossEntropy } from "./parts/crossEntropy.ts";
import { bothWays, sumOf } from "./parts/part.ts";

/** −½ mean_i 1/Σ_j w_ij Σ_j w_ij log softmax_j(s_ij/τ), w_ij = (cos(p_i, p_j) + 1)/2 of a frozen tower, and the same over columns. */
export const cwcl = defineLoss({
  id: "cwcl",
  name: "Continuously weighted contrast (CWCL)",
  description: "Captions match as much as their images are alike to a frozen encoder, so that false negatives don't push apart",
  source: "Srinivasa et al., CWCL: Cross-Modal Transfer with Continuously Weighted Contrastive Loss, 2023",
  blocks: ["imageText"],
  needs: ["teacherImages"],
  captions: "one",
  options: {},
  evaluate: (inputs) => {
    const { values, columns } = targetOf(inputs, "teacherImages");
    const fill = (row: number, into: Float64Array): void => {
      let sum = 0;
      for (let column = 0; column < columns; column += 1) sum += into[column] = (values[row * columns + column]! + 1) / 2;
      for (let column = 0; column < columns; column += 1) into[column]! /= sum;
    };
    const part = bothWays(blockOf(inputs, "imageText"), (block) => crossEntropy(block, inputs.temperature, { fill }));
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});
