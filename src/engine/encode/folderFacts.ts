import type { ImagePreprocessing } from "../../core/encoder.ts";
import type { Cleaning } from "../../core/encoders/encoderFile.ts";
import type { EncoderFamily, PaddingRule } from "../../core/encoders/family.ts";

/** Which tokenizer an encoder has, and what is done around it. */
export interface TokenizerChoice {
  /** The folder of its files, below the encoder's ("" itself). */
  readonly folder: string;
  readonly cleaning: Cleaning;
  /** CLIP's BPE as open_clip writes it, whatever else lies there. */
  readonly isOpenClip: boolean;
  /** How many tokens the model knows, where its files tell. */
  readonly vocabularySize: number | undefined;
  /** Separators behind a text are given as id 0 (open_clip: `strip_sep_token`). */
  readonly stripSeparator: boolean;
}

/** What an encoder's files say of it, in whatever layout: undefined where they are silent and the graphs, or nobody, must tell. */
export interface FolderFacts {
  readonly family: EncoderFamily;
  /** What the files call the model, for folders that are named by a commit. */
  readonly name: string | undefined;
  readonly image: ImagePreprocessing;
  /** The file that `image` comes from. */
  readonly imageSource: string;
  /** The length of the vectors. */
  readonly dim: number | undefined;
  /** Pixels of a patch's side, and tokens before those of the patches. */
  readonly patchSize: number | undefined;
  readonly leadingTokens: number;
  /** The longest text by the position embeddings, or as trained. */
  readonly contextLength: number | undefined;
  readonly padding: PaddingRule;
  readonly tokenizer: TokenizerChoice;
  readonly logitScale: number | undefined;
  readonly bias: number | undefined;
  readonly probability: "softmax" | "sigmoid";
  readonly builtin: boolean;
  /** Names of the files that count for the encoder's revision, those of the tokenizer aside. */
  readonly files: readonly string[];
}
