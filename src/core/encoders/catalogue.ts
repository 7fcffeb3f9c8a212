import type { Dtype } from "./modelFiles.ts";

/** An encoder that can be downloaded, with what a person should know before choosing it. Sizes are those of the files of full precision. */
export interface CatalogueModel {
  /** `owner/name` on the hub, which is also its id and its folder in the cache. */
  readonly id: string;
  /** The commit that is downloaded; undefined where it isn't known here: the newest is then taken, and recorded with the download. */
  readonly revision: string | undefined;
  readonly title: string;
  /** The id of its family in the registry. */
  readonly family: string;
  /** What is downloaded where nobody says another. */
  readonly dtype: Dtype;
  /** About so many bytes; the hub's own list tells the exact number before a download. */
  readonly approximateBytes: number;
  readonly dim: number;
  /** Pixels of a picture's side. */
  readonly pixels: number;
  /** Tokens of a text; null of an encoder that sees pictures alone. */
  readonly contextLength: number | null;
  readonly languages: string;
  readonly licence: string;
  readonly goodFor: string;
  /** Whether somebody downloaded this very entry and Winnow's parity check passed. False: it is known from documentation alone. */
  readonly verified: boolean;
}

const megabyte = 1_000_000;
const english = "English";
const openai = {
  family: "clip",
  revision: undefined,
  dtype: "fp32",
  contextLength: 77,
  languages: english,
  licence: "MIT",
  verified: false,
} as const;
const siglip = { family: "siglip", revision: undefined, dtype: "fp32", contextLength: 64, licence: "Apache-2.0", verified: false } as const;
const known = { revision: undefined, dtype: "fp32", verified: false } as const;
const picturesAlone = { ...known, contextLength: null, languages: "none: pictures alone" } as const;
/** The models that Winnow offers to download, the first one for most people. Any other `owner/name` with such files can be named as well. */
export const catalogue: readonly CatalogueModel[] = [
  {
    ...openai,
    id: "Xenova/clip-vit-base-patch32",
    title: "CLIP ViT-B/32",
    approximateBytes: 606 * megabyte,
    dim: 512,
    pixels: 224,
    goodFor: "the usual yardstick: published thresholds such as 0.25 and 0.28 are of this one",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-base-patch16",
    title: "CLIP ViT-B/16",
    approximateBytes: 599 * megabyte,
    dim: 512,
    pixels: 224,
    goodFor: "patches half as wide as B/32's, four times as many of them to compute",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-large-patch14",
    title: "CLIP ViT-L/14",
    approximateBytes: 1_711 * megabyte,
    dim: 768,
    pixels: 224,
    goodFor: "the encoder of DataComp's best 30 %; wants a graphics card",
  },
  {
    ...openai,
    id: "Xenova/clip-vit-large-patch14-336",
    title: "CLIP ViT-L/14 at 336 pixels",
    approximateBytes: 1_712 * megabyte,
    dim: 768,
    pixels: 336,
    goodFor: "L/14 on pictures of more pixels; wants a graphics card",
  },
  {
    ...siglip,
    id: "Xenova/siglip-base-patch16-224",
    title: "SigLIP ViT-B/16",
    approximateBytes: 816 * megabyte,
    dim: 768,
    pixels: 224,
    languages: english,
    goodFor: "a sigmoid encoder: tells a probability that a caption fits",
  },
  {
    ...siglip,
    id: "Xenova/siglip-large-patch16-384",
    title: "SigLIP ViT-L/16 at 384 pixels",
    approximateBytes: 2_612 * megabyte,
    dim: 1024,
    pixels: 384,
    languages: english,
    goodFor: "a larger sigmoid encoder on pictures of more pixels; wants a graphics card",
  },
  {
    ...siglip,
    id: "onnx-community/siglip2-base-patch16-224-ONNX",
    family: "siglip2",
    revision: "ba1f3b0843f24bc5417d38e19c37b287d719b2f4",
    title: "SigLIP 2 ViT-B/16",
    approximateBytes: 1_535 * megabyte,
    dim: 768,
    pixels: 224,
    languages: "109 languages",
    goodFor: "captions in other languages than English",
  },
  {
    ...known,
    id: "immich-app/ViT-B-32__laion2b-s34b-b79k",
    family: "openclip",
    title: "OpenCLIP ViT-B/32, LAION-2B",
    approximateBytes: 605 * megabyte,
    dim: 512,
    pixels: 224,
    contextLength: 77,
    languages: english,
    licence: "MIT",
    goodFor: "open_clip's own ViT-B/32, trained on 2 billion pairs of the web",
  },
  {
    ...known,
    id: "Xenova/mobileclip_s0",
    family: "mobileclip",
    title: "MobileCLIP S0",
    approximateBytes: 216 * megabyte,
    dim: 512,
    pixels: 256,
    contextLength: 77,
    languages: english,
    licence: "Apple sample code",
    goodFor: "a machine without a graphics card: small, and made for telephones",
  },
  {
    ...known,
    id: "Xenova/chinese-clip-vit-base-patch16",
    family: "chineseclip",
    title: "Chinese-CLIP ViT-B/16",
    approximateBytes: 753 * megabyte,
    dim: 512,
    pixels: 224,
    contextLength: 52,
    languages: "Chinese",
    licence: "Apache-2.0",
    goodFor: "captions in Chinese",
  },
  {
    ...known,
    id: "jinaai/jina-clip-v1",
    family: "jinaclip",
    title: "Jina-CLIP v1",
    approximateBytes: 892 * megabyte,
    dim: 768,
    pixels: 224,
    contextLength: 512,
    languages: english,
    licence: "Apache-2.0",
    goodFor: "long captions: reads 512 tokens where CLIP reads 77",
  },
  {
    ...picturesAlone,
    id: "Xenova/dinov2-small",
    family: "dinov2",
    title: "DINOv2 ViT-S/14",
    approximateBytes: 89 * megabyte,
    dim: 384,
    pixels: 224,
    licence: "Apache-2.0",
    goodFor: "a companion: a second opinion on near-duplicates",
  },
  {
    ...picturesAlone,
    id: "onnx-community/dinov3-vits16-pretrain-lvd1689m-ONNX",
    family: "dinov3",
    title: "DINOv3 ViT-S/16",
    approximateBytes: 86 * megabyte,
    dim: 384,
    pixels: 224,
    licence: "DINOv3 License",
    goodFor: "a companion, like DINOv2 and newer",
  },
];
