import type { Dtype } from "./modelFiles.ts";

/** A dual encoder that can be downloaded, with what a person should know before choosing it. Sizes are those of the files of full precision. */
export interface CatalogueModel {
  /** `owner/name` on the hub, which is also its id and its folder in the cache. */
  readonly id: string;
  /** The commit that is downloaded; undefined where it isn't known here: the newest is then taken, and recorded with the download. */
  readonly revision: string | undefined;
  readonly title: string;
  /** What is downloaded where nobody says another. */
  readonly dtype: Dtype;
  /** About so many bytes; the hub's own list tells the exact number before a download. */
  readonly approximateBytes: number;
  readonly dim: number;
  /** Pixels of a picture's side. */
  readonly pixels: number;
  readonly contextLength: number;
  readonly languages: string;
  readonly licence: string;
  readonly goodFor: string;
  /** Whether somebody downloaded this very entry and Winnow's parity check passed. False: it is known from documentation alone. */
  readonly verified: boolean;
}

const megabyte = 1_000_000;
const english = "English";
const openai = { revision: undefined, dtype: "fp32", contextLength: 77, languages: english, licence: "MIT", verified: false } as const;
const siglip = { revision: undefined, dtype: "fp32", contextLength: 64, licence: "Apache-2.0", verified: false } as const;
const mobile = {
  revision: undefined,
  dtype: "fp32",
  dim: 512,
  pixels: 256,
  contextLength: 77,
  languages: english,
  licence: "Apple's own: see the model's page",
  verified: false,
} as const;

/** The models that Winnow offers to download, the first one for most people. Any other `owner/name` with such files can be named as well. */
export const catalogue: readonly CatalogueModel[] = [
  {
    ...openai,
    id: "Xenova/clip-vit-base-patch32",
    title: "CLIP ViT-B/32",
    approximateBytes: 606 * megabyte,
    dim: 512,
    pixels: 224,
    goodFor: "the usual yardstick: published thresholds and most filtered datasets mean this one; the fastest of OpenAI's",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-base-patch16",
    title: "CLIP ViT-B/16",
    approximateBytes: 599 * megabyte,
    dim: 512,
    pixels: 224,
    goodFor: "smaller things in the picture than B/32 sees, at a quarter of its speed",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-large-patch14",
    title: "CLIP ViT-L/14",
    approximateBytes: 1_711 * megabyte,
    dim: 768,
    pixels: 224,
    goodFor: "the other yardstick of filtered datasets, and the text side of many text-to-image models; wants a graphics card",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-large-patch14-336",
    title: "CLIP ViT-L/14 at 336 pixels",
    approximateBytes: 1_712 * megabyte,
    dim: 768,
    pixels: 336,
    goodFor: "text in pictures and fine detail; wants a graphics card",
  },
  {
    ...siglip,
    id: "Xenova/siglip-base-patch16-224",
    title: "SigLIP ViT-B/16",
    approximateBytes: 816 * megabyte,
    dim: 768,
    pixels: 224,
    languages: english,
    goodFor: "better rankings than CLIP of its size, and a probability that a caption fits",
  },
  {
    ...siglip,
    id: "Xenova/siglip-large-patch16-384",
    title: "SigLIP ViT-L/16 at 384 pixels",
    approximateBytes: 2_612 * megabyte,
    dim: 1024,
    pixels: 384,
    languages: english,
    goodFor: "long and precise captions; wants a graphics card",
  },
  {
    ...siglip,
    id: "onnx-community/siglip2-base-patch16-224-ONNX",
    revision: "ba1f3b0843f24bc5417d38e19c37b287d719b2f4",
    title: "SigLIP 2 ViT-B/16",
    approximateBytes: 1_535 * megabyte,
    dim: 768,
    pixels: 224,
    languages: "109 languages",
    goodFor: "captions in other languages than English, and better rankings than SigLIP",
  },
  {
    ...mobile,
    id: "Xenova/mobileclip_s0",
    title: "MobileCLIP S0",
    approximateBytes: 217 * megabyte,
    goodFor: "laptops without a graphics card: as good as CLIP B/16 at a fraction of its work",
  },
  {
    ...mobile,
    id: "Xenova/mobileclip_s2",
    title: "MobileCLIP S2",
    approximateBytes: 398 * megabyte,
    goodFor: "the best rankings that a laptop's processor gives in good time",
  },
  {
    id: "jinaai/jina-clip-v1",
    revision: undefined,
    title: "Jina CLIP v1",
    dtype: "fp32",
    approximateBytes: 892 * megabyte,
    dim: 768,
    pixels: 224,
    contextLength: 512,
    languages: english,
    licence: "Apache-2.0",
    goodFor: "captions of whole paragraphs, which CLIP cuts off after 77 tokens",
    verified: false,
  },
  {
    id: "Xenova/chinese-clip-vit-base-patch16",
    revision: undefined,
    title: "Chinese-CLIP ViT-B/16",
    dtype: "fp32",
    approximateBytes: 754 * megabyte,
    dim: 512,
    pixels: 224,
    contextLength: 52,
    languages: "Chinese",
    licence: "not stated on the model's page",
    goodFor: "Chinese captions",
    verified: false,
  },
];
