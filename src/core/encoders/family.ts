import type { ImagePreprocessing } from "../encoder.ts";

/** How one vector is made of a vector a token: the first, the mean of those that are no padding, that at the end-of-text token, or the last of the row. */
export const poolings = ["cls", "mean", "end", "last"] as const;

/** One way to pool. */
export type Pooling = (typeof poolings)[number];

/**
 * Why padding behind a text can't reach its vector, or that it does. `endOfText`: attention looks back only, and the vector is taken at the end
 * token. `mask`: only where the graph takes a mask. `padId`: the graph masks by the id of the padding itself. `trainedPadded`: padding is read
 * as text, so every text is padded to the full length as in training.
 */
export const paddingRules = ["endOfText", "mask", "padId", "trainedPadded"] as const;

/** One rule of padding. */
export type PaddingRule = (typeof paddingRules)[number];

/** What exports call a side's ports, preferred first: its input, its vectors, and its outputs of a vector a patch or token. */
export interface PortNames {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly parts: readonly string[];
}

/** One side of a family. `isProjected`: a projection follows the pooling, so that hidden states alone are not in the space of the other side. */
export interface SideFacts {
  readonly ports: PortNames;
  readonly pooling: Pooling;
  readonly isProjected: boolean;
}

/** The image side. `leadingTokens` come before those of the patches. `preprocessing` holds where an export's files are silent. */
export interface ImageFacts extends SideFacts {
  readonly leadingTokens: number;
  readonly preprocessing: Pick<ImagePreprocessing, "resample" | "mean" | "std"> & { readonly resize: "shortest" | "squash" };
}

/**
 * The text side. `contextLength` counts special tokens; where it is a limit of training (`isTrainedLength`) and not of the position embeddings, it holds
 * against a larger one in the files.
 */
export interface TextFacts extends SideFacts {
  readonly contextLength: number;
  readonly isTrainedLength: boolean;
  readonly padding: PaddingRule;
}

/**
 * How a family shows itself: by the `model_type` or an architecture of a `config.json`, by its layout, or by a word in a name. A name counts where the `model_type` is one
 * of the family's, one `namedAmong` which it hides, or one that nobody knows.
 */
export interface Recognition {
  readonly modelTypes?: readonly string[];
  readonly namedAmong?: readonly string[];
  readonly architectures?: readonly string[];
  /** Looked for in the folder's name and in what its files call the model, its trunk and its tokenizer. */
  readonly names?: RegExp;
  readonly layout?: "openClip";
}

/**
 * A family of encoders as data: what is true of all its models and not in every export's files. `text` is undefined of families that see pictures alone.
 * The logit scale is no fact of a family: each model has its own, and it is unknown where its files don't tell it.
 */
export interface EncoderFamily {
  readonly id: string;
  readonly title: string;
  readonly recognise: Recognition;
  readonly image: ImageFacts;
  readonly text: TextFacts | undefined;
  readonly probability: "softmax" | "sigmoid";
  readonly languages: string;
  /** The paper, and where the models come from. */
  readonly source: string;
}

/** What an encoder's files show of its family. */
export interface FamilySigns {
  readonly modelType?: string | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly names: readonly string[];
  readonly layout?: "openClip" | undefined;
}
