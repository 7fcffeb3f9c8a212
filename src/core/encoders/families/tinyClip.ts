import type { EncoderFamily } from "../family.ts";
import { clip } from "./clip.ts";

/** TinyCLIP: CLIP distilled into fewer layers and widths; nothing else differs. */
export const tinyClip: EncoderFamily = {
  ...clip,
  id: "tinyclip",
  title: "TinyCLIP",
  recognise: { namedAmong: ["clip"], names: /tiny-?clip/i },
  source: "Wu et al. 2023, arXiv:2309.12314; github.com/microsoft/Cream",
};
