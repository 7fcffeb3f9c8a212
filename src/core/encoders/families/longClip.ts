import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** Long-CLIP: CLIP with its position embeddings stretched from 77 to 248 tokens, tuned on long captions. */
export const longClip: EncoderFamily = {
  ...clip,
  id: "longclip",
  title: "Long-CLIP",
  recognise: { namedAmong: ["clip"], names: /long-?clip/i },
  text: { ...clipText, contextLength: 248 },
  source: "Zhang et al. 2024, arXiv:2403.15378; github.com/beichenzbc/Long-CLIP",
};
