import type { Options, OptionTable } from "../../prune/options.ts";

/** What an operation may know of a caption beside its text. `fileName` is the picture's, without folder and ending; `columns` are the other values of the caption's row. */
export interface EditContext {
  readonly sample: string;
  /** Below the dataset's root, "" for the root itself. */
  readonly folder: string;
  readonly fileName: string;
  /** The caption's own file and field say that it is a list of tags. */
  readonly isDeclaredTags: boolean;
  readonly columns: Readonly<Record<string, string>>;
  /** How well each of the caption's sentences fits the picture; undefined where that isn't known. */
  readonly sentenceScores?: readonly number[];
}

/** What operations are handed for all captions alike. `countTokens` counts as a reader of at most `tokenLimit` tokens does; undefined where no reader is known. */
export interface EditTools {
  readonly countTokens?: (text: string) => number;
  readonly tokenLimit?: number;
}

/** An operation with its options. `survey` sees every caption of the scope before `edit` sees the first; `edit` gives the text itself where there is nothing to change. */
export interface PreparedEdit {
  readonly survey?: (text: string, context: EditContext) => void;
  readonly edit: (text: string, context: EditContext) => string;
}

/** What must be looked up for an operation. */
export type EditNeed = "tokens" | "columns" | "sentenceScores";

/**
 * A way to change many captions alike. One file and one line in the registry make a new one appear everywhere. Of the unit "file" the text is that of a whole
 * caption file, with plain line ends. `prepare` gives a sentence where something is wrong with the options (as `parseOptions` leaves them).
 */
export interface CaptionOperation {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly unit: "caption" | "file";
  readonly options: OptionTable;
  readonly needs?: (options: Options) => readonly EditNeed[];
  readonly prepare: (options: Options, tools: EditTools) => PreparedEdit | string;
}
