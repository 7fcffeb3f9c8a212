import type { EncoderFamily } from "../family.ts";
import { clip } from "./clip.ts";

/** EVA-CLIP: an EVA trunk for pictures beside CLIP's text side. */
export const evaClip: EncoderFamily = {
  ...clip,
  id: "evaclip",
  title: "EVA-CLIP",
  recognise: { modelTypes: ["eva_clip"], namedAmong: ["clip"], names: /eva-?0?2?-?clip|\beva0[12]|eva_giant|eva02_/i },
  source: "Sun et al. 2023, arXiv:2303.15389; github.com/baaivision/EVA",
};
