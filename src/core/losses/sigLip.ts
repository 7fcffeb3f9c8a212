import type { LossInputs } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import type { Part } from "./parts/part.ts";
import { sumOf, temperatureGradient } from "./parts/part.ts";

/** −1/n Σ_ij log σ(y_ij (s_ij/τ + b)), where y is 1 for what matches and −1 for all else. */
export const sigLip = defineLoss({
  id: "sigLip",
  name: "Sigmoid (SigLIP)",
  description: "Every image and caption of the batch is judged by itself: do they match?",
  source: "Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023",
  blocks: ["imageText"],
  needs: ["imageGroups", "textGroups"],
  captions: "one",
  options: {},
  // The paper's: nearly all pairs of a batch don't match.
  startBias: -10,
  evaluate: (inputs) => sumOf(inputs, [{ on: "imageText", part: judgeAll(inputs) }]),
});

function judgeAll(inputs: LossInputs): Part {
  const { temperature, bias = 0 } = inputs;
  const block = blockOf(inputs, "imageText");
  const [images, texts] = [targetOf(inputs, "imageGroups"), targetOf(inputs, "textGroups")];
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const sums = { loss: 0, bias: 0 };
  for (let at = 0; at < values.length; at += 1) {
    const sign = images[Math.floor(at / columns)] === texts[at % columns] ? 1 : -1;
    const miss = -sign * (values[at]! / temperature + bias);
    // log(1 + e^miss), which overflows for no miss.
    sums.loss += (Math.max(0, miss) + Math.log1p(Math.exp(-Math.abs(miss)))) / rows;
    const slope = -sign / (1 + Math.exp(-miss)) / rows;
    sums.bias += slope;
    gradient.values[at] = slope / temperature;
  }
  return { ...sums, gradient, temperature: temperatureGradient(block, gradient, temperature) };
}
