import type { EncoderFamily } from "../family.ts";

/** CLIP as OpenAI released it, and what was trained to its letter: causal text of 77 tokens, a vector at the end token, both sides projected. */
export const clip: EncoderFamily = {
  id: "clip",
  title: "CLIP",
  recognise: { modelTypes: ["clip"], architectures: ["CLIPModel"], names: /^clip-(vit|rn)/i },
  image: {
    ports: {
      input: ["pixel_values", "image", "images"],
      output: ["image_embeds", "image_embeddings", "image_features", "pooler_output", "embedding"],
      parts: ["patch_embeds", "patch_tokens", "last_hidden_state"],
    },
    pooling: "cls",
    isProjected: true,
    leadingTokens: 1,
    preprocessing: {
      resize: "shortest",
      resample: "bicubic",
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    },
  },
  text: {
    ports: {
      input: ["input_ids", "text", "texts"],
      output: ["text_embeds", "text_embeddings", "text_features", "pooler_output", "embedding"],
      parts: ["token_embeds", "last_hidden_state"],
    },
    pooling: "end",
    isProjected: true,
    contextLength: 77,
    isTrainedLength: false,
    padding: "endOfText",
  },
  probability: "softmax",
  languages: "English",
  source: "Radford et al. 2021, arXiv:2103.00020; github.com/openai/CLIP",
};

/** CLIP's text side, for families that change a part of it. */
export const clipText = clip.text!;
