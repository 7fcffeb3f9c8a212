import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { crossEntropy } from "./parts/crossEntropy.ts";
import { sumOf } from "./parts/part.ts";

/**
 * InfoNCE + λ ½ [−mean_i log softmax_k(x_i·p_k/τ)_{cluster of text i} − mean_i log softmax_k(y_i·q_k/τ)_{cluster of image i}]. Prototypes are taken as given; by the paper's
 * back-translation p_k is the mean of the *images* whose texts are in cluster k, so that nothing is compared across the gap.
 */
export const protoClip = defineLoss({
  id: "protoClip",
  name: "Prototypes (ProtoCLIP)",
  description: "InfoNCE, and each image picks the cluster of its caption, each caption that of its image",
  source: "Chen et al., ProtoCLIP: Prototypical Contrastive Language Image Pretraining, 2023",
  blocks: ["imageText", "imagePrototypes", "textPrototypes"],
  needs: ["imageClusters", "textClusters"],
  captions: "one",
  options: { prototypes: 1 },
  evaluate: (inputs, { prototypes }) => {
    const pick = (on: "imagePrototypes" | "textPrototypes", clusters: Int32Array) => {
      const fill = (row: number, into: Float64Array): void => {
        into.fill(0);
        into[clusters[row]!] = 1;
      };
      return { on, part: crossEntropy(blockOf(inputs, on), inputs.temperature, { fill }), weight: prototypes / 2 };
    };
    return sumOf(inputs, [
      { on: "imageText", part: contrast(inputs) },
      pick("imagePrototypes", targetOf(inputs, "imageClusters")),
      pick("textPrototypes", targetOf(inputs, "textClusters")),
    ]);
  },
});
