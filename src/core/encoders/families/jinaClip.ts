import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** Jina-CLIP v1 and v2: a BERT with relative or rotary positions for the text, cut at 512 tokens by its own code, the mean of what is no padding; an EVA-02 for pictures. */
export const jinaClip: EncoderFamily = {
  ...clip,
  id: "jinaclip",
  title: "Jina-CLIP",
  recognise: { modelTypes: ["jina_clip"], architectures: ["JinaCLIPModel"], names: /jina-?clip/i },
  image: {
    ...clip.image,
    ports: { ...clip.image.ports, output: [...clip.image.ports.output, "l2norm_image_embeddings"] },
  },
  text: {
    ...clipText,
    ports: { ...clipText.ports, output: [...clipText.ports.output, "l2norm_text_embeddings"] },
    pooling: "mean",
    isProjected: false,
    contextLength: 512,
    isTrainedLength: true,
    padding: "padId",
  },
  languages: "v1 English, v2 89 languages",
  source: "Koukounas et al. 2024, arXiv:2405.20204 and arXiv:2412.08802; huggingface.co/jinaai",
};
