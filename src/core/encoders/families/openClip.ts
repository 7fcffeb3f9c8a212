import type { EncoderFamily } from "../family.ts";
import { clip } from "./clip.ts";

/** What open_clip trained on LAION, DataComp and the like; its `open_clip_config.json` says where a model differs from CLIP. */
export const openClip: EncoderFamily = {
  ...clip,
  id: "openclip",
  title: "OpenCLIP",
  recognise: { namedAmong: ["clip"], names: /open_?clip|laion|datacomp|commonpool|dfn[25]b|metaclip/i, layout: "openClip" },
  source: "Cherti et al. 2022, arXiv:2212.07143; github.com/mlfoundations/open_clip",
};
