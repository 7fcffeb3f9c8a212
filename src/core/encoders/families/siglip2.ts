import type { EncoderFamily } from "../family.ts";
import { siglip } from "./siglip.ts";

/** SigLIP 2 at fixed sizes: SigLIP's two sides, trained further, with Gemma's tokenizer. (NaFlex takes patches and sizes, which is not read here.) */
export const siglip2: EncoderFamily = {
  ...siglip,
  id: "siglip2",
  title: "SigLIP 2",
  // The fixed-size checkpoints call themselves siglip.
  recognise: { modelTypes: ["siglip2"], namedAmong: ["siglip"], architectures: ["Siglip2Model"], names: /siglip-?2/i },
  languages: "109 languages",
  source: "Tschannen et al. 2025, arXiv:2502.14786; github.com/google-research/big_vision",
};
