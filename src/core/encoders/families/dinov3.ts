import type { EncoderFamily } from "../family.ts";
import { dinov2 } from "./dinov2.ts";

/** DINOv3: sees pictures alone, squashed; its vector is the first token. Registers come next, as many as its configuration says. */
export const dinov3: EncoderFamily = {
  ...dinov2,
  id: "dinov3",
  title: "DINOv3",
  recognise: {
    modelTypes: ["dinov3_vit", "dinov3_convnext"],
    architectures: ["DINOv3ViTModel", "DINOv3ConvNextModel"],
    names: /dino-?v3/i,
  },
  image: { ...dinov2.image, preprocessing: { ...dinov2.image.preprocessing, resize: "squash", resample: "bilinear" } },
  source: "Siméoni et al. 2025, arXiv:2508.10104; github.com/facebookresearch/dinov3",
};
