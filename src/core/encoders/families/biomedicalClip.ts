import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** BiomedCLIP and UniMed-CLIP: PubMedBERT for the text, 256 tokens, in open_clip's frame, which masks padding by its id. */
export const biomedicalClip: EncoderFamily = {
  ...clip,
  id: "biomedicalclip",
  title: "BiomedCLIP and UniMed-CLIP",
  recognise: { namedAmong: ["clip"], names: /biomed-?clip|unimed-?clip|biomednlp/i },
  text: { ...clipText, pooling: "cls", contextLength: 256, isTrainedLength: true, padding: "padId" },
  languages: "English of biomedicine",
  source: "Zhang et al. 2023, arXiv:2303.00915; Khattak et al. 2024, arXiv:2412.10372",
};
