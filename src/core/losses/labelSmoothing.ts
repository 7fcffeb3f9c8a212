import { blockOf, defineLoss } from "./loss.ts";
import { crossEntropy } from "./parts/crossEntropy.ts";
import { bothWays, sumOf } from "./parts/part.ts";

/** InfoNCE against 1 − ε for the own caption and ε/n for every one of the batch, the own among them. */
export const labelSmoothing = defineLoss({
  id: "labelSmoothing",
  name: "InfoNCE with smoothed labels",
  description: "InfoNCE that doubts its pairs a little, for captions that may be wrong",
  source: "Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016",
  blocks: ["imageText"],
  needs: [],
  captions: "one",
  options: { smoothing: 0.1 },
  evaluate: (inputs, { smoothing }) => {
    const fill = (row: number, into: Float64Array): void => {
      into.fill(smoothing / into.length);
      into[row]! += 1 - smoothing;
    };
    const part = bothWays(blockOf(inputs, "imageText"), (block) => crossEntropy(block, inputs.temperature, { fill }));
    return sumOf(inputs, [{ on: "imageText", part }]);
  },
});
