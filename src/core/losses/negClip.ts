import type { Block } from "./loss.ts";
import { blockOf, defineLoss } from "./loss.ts";
import { transpose, zerosLike } from "./parts/blocks.ts";
import { ownAlone } from "./parts/contrast.ts";
import { crossEntropy } from "./parts/crossEntropy.ts";
import { sumOf } from "./parts/part.ts";

/** −½ [mean_i log softmax over texts and extra texts(s_i/τ)_i + mean_j log softmax over images(s_j/τ)_j]: made-up captions are foreign to every image, and ask for none. */
export const negClip = defineLoss({
  id: "negClip",
  name: "Text negatives (NegCLIP)",
  description: "InfoNCE where captions with words changed compete with the true ones",
  source: "Yuksekgonul et al., When and why vision-language models behave like bags-of-words, and what to do about it?, 2023",
  blocks: ["imageText", "imageExtra"],
  needs: [],
  captions: "one",
  options: {},
  evaluate: (inputs) => {
    const { temperature } = inputs;
    const [own, extra] = [blockOf(inputs, "imageText"), blockOf(inputs, "imageExtra")];
    const images = crossEntropy(beside(own, extra), temperature, { fill: ownAlone });
    const texts = crossEntropy(transpose(own), temperature, { fill: ownAlone });
    const ofTexts = { ...texts, gradient: transpose(texts.gradient) };
    const ofImages = { ...images, gradient: columnsOf(images.gradient, 0, own.columns) };
    const ofExtra = { loss: 0, temperature: 0, gradient: columnsOf(images.gradient, own.columns, own.columns + extra.columns) };
    return sumOf(inputs, [
      { on: "imageText", part: ofImages, weight: 0.5 },
      { on: "imageText", part: ofTexts, weight: 0.5 },
      { on: "imageExtra", part: ofExtra, weight: 0.5 },
    ]);
  },
});

function beside(left: Block, right: Block): Block {
  const joined = zerosLike(left, { rows: left.rows, columns: left.columns + right.columns });
  for (let row = 0; row < left.rows; row += 1) {
    joined.values.set(left.values.subarray(row * left.columns, (row + 1) * left.columns), row * joined.columns);
    joined.values.set(right.values.subarray(row * right.columns, (row + 1) * right.columns), row * joined.columns + left.columns);
  }
  return joined;
}

function columnsOf(block: Block, from: number, to: number): Block {
  const cut = zerosLike(block, { rows: block.rows, columns: to - from });
  for (let row = 0; row < block.rows; row += 1)
    cut.values.set(block.values.subarray(row * block.columns + from, row * block.columns + to), row * cut.columns);
  return cut;
}
