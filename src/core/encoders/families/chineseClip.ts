import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** Chinese-CLIP: a RoBERTa in BERT's tokens for the text, read at its first token; trained on 52 tokens though it has 512 positions. */
export const chineseClip: EncoderFamily = {
  ...clip,
  id: "chineseclip",
  title: "Chinese-CLIP",
  recognise: { modelTypes: ["chinese_clip"], architectures: ["ChineseCLIPModel"], names: /chinese-?clip|cn-?clip/i },
  image: { ...clip.image, preprocessing: { ...clip.image.preprocessing, resize: "squash" } },
  text: { ...clipText, pooling: "cls", contextLength: 52, isTrainedLength: true, padding: "mask" },
  languages: "Chinese",
  source: "Yang et al. 2022, arXiv:2211.01335; github.com/OFA-Sys/Chinese-CLIP",
};
