import type { EncoderFamily } from "../family.ts";
import { clip } from "./clip.ts";

/** DINOv2, with registers or without: sees pictures alone; its vector is the first token, which needs no projection. */
export const dinov2: EncoderFamily = {
  id: "dinov2",
  title: "DINOv2",
  recognise: {
    modelTypes: ["dinov2", "dinov2_with_registers"],
    architectures: ["Dinov2Model", "Dinov2WithRegistersModel"],
    names: /dino-?v2/i,
  },
  image: {
    ports: { ...clip.image.ports, output: ["pooler_output", "image_embeds"] },
    pooling: "cls",
    isProjected: false,
    leadingTokens: 1,
    preprocessing: { resize: "shortest", resample: "bicubic", mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  },
  text: undefined,
  probability: "softmax",
  languages: "none: pictures alone",
  source: "Oquab et al. 2023, arXiv:2304.07193; github.com/facebookresearch/dinov2",
};
