import { blockOf, defineLoss } from "./loss.ts";
import { addTo, transpose } from "./parts/blocks.ts";
import { decoupled } from "./parts/decoupled.ts";
import { retrieve, retrieveBack } from "./parts/hopfield.ts";

/**
 * CLOOB: vectors are first replaced by what a modern Hopfield network finds for them, u = normalise(Σ_k softmax_k(β x·x_k) x_k), in a store of the batch's images and in
 * one of its texts; over each, −s_ii/τ + log Σ_{j≠i} exp(s_ij/τ), the own pair left out. Images ask in the store of images, texts in that of texts. The cost is some 18 n³
 * multiplications, done in plain loops: for batches of some hundred.
 */
export const infoLoob = defineLoss({
  id: "infoLoob",
  name: "InfoLOOB (CLOOB)",
  description: "Contrast after a Hopfield network's retrieval, which strengthens what occurs together; the own pair is left out below",
  source: "Fürst et al., CLOOB: Modern Hopfield Networks with InfoLOOB Outperform CLIP, 2022",
  blocks: ["imageText", "imageImage", "textText"],
  needs: [],
  captions: "one",
  options: { hopfieldScale: 8 },
  evaluate: (inputs, { hopfieldScale }) => {
    const [imageText, imageImage, textText] = [blockOf(inputs, "imageText"), blockOf(inputs, "imageImage"), blockOf(inputs, "textText")];
    const isOther = (row: number, column: number): boolean => row !== column;
    const turned = transpose(imageText);
    const inImages = retrieve({ store: imageImage, left: imageImage, right: turned, scale: hopfieldScale });
    const inTexts = retrieve({ store: textText, left: textText, right: imageText, scale: hopfieldScale });
    const ofImages = decoupled(inImages.cosines, inputs.temperature, isOther);
    const ofTexts = decoupled(inTexts.cosines, inputs.temperature, isOther);
    const images = retrieveBack(inImages, ofImages.gradient);
    const texts = retrieveBack(inTexts, ofTexts.gradient);
    addTo(images.store, images.left);
    addTo(texts.store, texts.left);
    const gradient = transpose(images.right);
    addTo(gradient, texts.right);
    return {
      loss: ofImages.loss + ofTexts.loss,
      gradients: { imageText: gradient, imageImage: images.store, textText: texts.store },
      temperature: ofImages.temperature + ofTexts.temperature,
      bias: 0,
      state: inputs.state ?? {},
    };
  },
});
