import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** MobileCLIP and MobileCLIP2: pixels between 0 and 1. Most of them read a text with its padding (open_clip: `no_causal_mask`), so all are padded. */
export const mobileClip: EncoderFamily = {
  ...clip,
  id: "mobileclip",
  title: "MobileCLIP",
  recognise: { modelTypes: ["mobileclip"], namedAmong: ["clip"], names: /mobile-?clip|_mci\d?/i },
  image: {
    ...clip.image,
    pooling: "mean",
    leadingTokens: 0,
    preprocessing: { resize: "shortest", resample: "bilinear", mean: [0, 0, 0], std: [1, 1, 1] },
  },
  text: { ...clipText, padding: "trainedPadded" },
  source: "Vasu et al. 2024, arXiv:2311.17049; Faghri et al. 2025, arXiv:2508.20691; github.com/apple/ml-mobileclip",
};
