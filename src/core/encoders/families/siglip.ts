import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** SigLIP: sigmoid loss, squashed pictures, texts padded to 64 and read with their padding; the image side pools by an attention head. */
export const siglip: EncoderFamily = {
  ...clip,
  id: "siglip",
  title: "SigLIP",
  recognise: { modelTypes: ["siglip"], architectures: ["SiglipModel"], names: /siglip/i },
  image: {
    ...clip.image,
    leadingTokens: 0,
    preprocessing: { resize: "squash", resample: "bicubic", mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  },
  text: { ...clipText, pooling: "last", contextLength: 64, padding: "trainedPadded" },
  probability: "sigmoid",
  languages: "English; the i18n models many",
  source: "Zhai et al. 2023, arXiv:2303.15343; github.com/google-research/big_vision",
};
