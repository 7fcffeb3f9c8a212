import type { Block, LossInputs } from "./loss.ts";
import { blockOf, defineLoss } from "./loss.ts";
import { zerosLike } from "./parts/blocks.ts";
import { contrast } from "./parts/contrast.ts";
import { softmax } from "./parts/crossEntropy.ts";
import type { Part } from "./parts/part.ts";
import { sumOf } from "./parts/part.ts";

/**
 * InfoNCE + a mean_i ‖x_i − y_i‖² + u [½ log mean_{i≠j} exp(−2‖x_i − x_j‖²) + ½ the same of texts + log mean_{i≠j} exp(−2‖x_i − y_j‖²)]; of unit vectors ‖x − y‖² = 2 − 2s.
 */
export const alignUniform = defineLoss({
  id: "alignUniform",
  name: "Alignment and uniformity",
  description: "InfoNCE, pairs close together, all else spread evenly: closes the gap between images and texts",
  source: "Fahim et al., It's Not a Modality Gap: Characterizing and Addressing the Contrastive Gap, 2024",
  blocks: ["imageText", "imageImage", "textText"],
  needs: [],
  captions: "one",
  options: { alignment: 1, uniformity: 1 },
  evaluate: (inputs, { alignment, uniformity }) =>
    sumOf(inputs, [
      { on: "imageText", part: contrast(inputs) },
      { on: "imageText", part: distance(inputs), weight: alignment },
      { on: "imageText", part: crowding(blockOf(inputs, "imageText")), weight: uniformity },
      { on: "imageImage", part: crowding(blockOf(inputs, "imageImage")), weight: uniformity / 2 },
      { on: "textText", part: crowding(blockOf(inputs, "textText")), weight: uniformity / 2 },
    ]),
});

function distance(inputs: LossInputs): Part {
  const block = blockOf(inputs, "imageText");
  const gradient = zerosLike(block);
  let loss = 0;
  for (let row = 0; row < block.rows; row += 1) {
    loss += (2 - 2 * block.values[row * (block.columns + 1)]!) / block.rows;
    gradient.values[row * (block.columns + 1)] = -2 / block.rows;
  }
  return { loss, gradient, temperature: 0 };
}

/** log mean_{i≠j} exp(4 s_ij − 4). */
function crowding(block: Block): Part {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const isOwn = (at: number): boolean => at % (columns + 1) === 0;
  const others = values.filter((_: number, at: number) => !isOwn(at));
  const shares = new Float64Array(others.length);
  const loss = softmax(others, 1 / 4, shares) - 4 - Math.log(others.length);
  for (let at = 0, other = 0; at < rows * columns; at += 1) if (!isOwn(at)) gradient.values[at] = 4 * shares[other++]!;
  return { loss, gradient, temperature: 0 };
}
