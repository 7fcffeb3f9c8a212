import type { PaddingRule, Pooling } from "./family.ts";

/** What is done to a text before it is cut into tokens, with open_clip's words: nothing, or its three ways to clean. */
export const cleanings = ["none", "whitespace", "lower", "canonicalize"] as const;

/** One way to clean. */
export type Cleaning = (typeof cleanings)[number];

/** The name of the file in an encoder's folder that says what its graphs can't. */
export const encoderFileName = "winnow.json";

/** How pictures are prepared, for a person to write: what is left out is the family's, but for `size`, which is of the pixels that the graph takes. */
export interface SaidPreprocessing {
  readonly size?: number | { readonly width: number; readonly height: number } | undefined;
  readonly resize?: "shortest" | "squash" | undefined;
  readonly interpolation?: "nearest" | "lanczos" | "bilinear" | "bicubic" | undefined;
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
}

/** What is said of one side: its graph (a path below the folder), names of its ports, how it is pooled. */
export interface SaidSide {
  readonly graph?: string | undefined;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  readonly parts?: string | undefined;
}

/** What is said of the text side beside that. `tokenizer` is a folder below the encoder's, "" itself. */
export interface SaidText extends SaidSide {
  readonly tokenizer?: string | undefined;
  readonly cleaning?: Cleaning | undefined;
  readonly contextLength?: number | undefined;
  readonly padding?: PaddingRule | undefined;
}

/**
 * The contents of a `winnow.json`: everything may be left out that the graphs or the model's other files tell. An image graph without a text graph is an encoder that
 * sees pictures alone. `logitScale` is the factor itself (100 for OpenAI's CLIP), not its logarithm.
 */
export interface EncoderFile {
  readonly schema: 1;
  readonly family?: string | undefined;
  readonly image?: (SaidSide & { readonly preprocessing?: SaidPreprocessing | undefined }) | undefined;
  readonly text?: SaidText | undefined;
  readonly dim?: number | undefined;
  readonly dtype?: string | undefined;
  readonly logitScale?: number | undefined;
  readonly logitBias?: number | undefined;
}
