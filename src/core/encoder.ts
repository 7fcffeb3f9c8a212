/**
 * Names a vector space: model + revision + preprocessing (our decoding's version included) + dimension + dtype.
 * Vectors and scores of different ids never meet.
 */
export type EncoderId = string & { readonly __brand: "EncoderId" };

/** The dimension of an encoder's vectors, as its id tells it. */
export function dimOfEncoder(id: EncoderId): number {
  return Number(id.split("/").at(-2));
}

/** How pixels are made from a decoded picture: the fields of a `preprocessor_config.json`, with their meaning made plain. */
export interface ImagePreprocessing {
  /** Resize so that the shorter side is `size` ("shortest"), or both sides to `width` × `height` ("squash"). */
  readonly resize:
    | { readonly kind: "shortest"; readonly size: number }
    | { readonly kind: "squash"; readonly width: number; readonly height: number }
    | { readonly kind: "none" };
  /** `rounding` is "even" where half a pixel goes to the even side, as torchvision cuts; else down, as transformers does. */
  readonly crop: { readonly width: number; readonly height: number; readonly rounding?: "even" } | undefined;
  readonly resample: "nearest" | "lanczos" | "bilinear" | "bicubic";
  readonly rescale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** True where large JPEGs are decoded smaller than they are, which is faster and not quite the same; absent otherwise, so that ids stay as they were. */
  readonly shrinkOnLoad?: true;
}

/** An encoder of pictures as data: a dual one, or one that sees pictures alone. */
export interface ImageEncoderDescriptor {
  readonly id: EncoderId;
  readonly name: string;
  /** Of the registry `families`. */
  readonly family: string;
  readonly folder: string;
  readonly dim: number;
  readonly dtype: string;
  readonly image: ImagePreprocessing;
  /** True of the built-in encoder, which is for trying Winnow and not for photographs. */
  readonly builtin: boolean;
}

/**
 * A dual encoder as data. `logitScale` is exp(the trained logarithm) where the files tell the trained value, `bias` that of sigmoid encoders;
 * both undefined where unknown. `contextLength` counts special tokens.
 */
export interface EncoderDescriptor extends ImageEncoderDescriptor {
  readonly contextLength: number;
  readonly padding: "max_length" | "longest";
  readonly logitScale: number | undefined;
  readonly bias: number | undefined;
  readonly probability: "softmax" | "sigmoid";
}
