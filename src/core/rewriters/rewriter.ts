import type { Options, OptionTable } from "../prune/options.ts";
import type { Prompt } from "./prompt.ts";

/** A caption that a dataset's own best pairs show how to write; `source` is another caption of the same picture, where there is one. */
export interface RewriteExample {
  readonly source?: string;
  readonly target: string;
}

/** A caption that is to be written anew, and what a rewriter may know of it; what was not asked for (see `RewriteNeed`) is empty. */
export interface RewriteSubject {
  readonly caption: string;
  /** The other captions of the picture. */
  readonly others: readonly string[];
  /** The name of the picture's class: that of its folder. */
  readonly label: string | undefined;
  readonly examples: readonly RewriteExample[];
  /** The caption of another picture that fits this picture best. */
  readonly nearestWrong: string | undefined;
  /** The caption's words that the picture supports least, the least first. */
  readonly weakWords: readonly string[];
  /** The captions of pictures that are hard to tell from this one. */
  readonly lookalikes: readonly string[];
}

/** What must be looked up for a rewriter, or shown to the model ("picture"). */
export type RewriteNeed = "picture" | "examples" | "evidence" | "group" | "label";

/** What a rewriter does next: asks, proposes captions (none is possible), or passes the caption over; `why` is a sentence's part. */
export type RewriteStep =
  | { readonly kind: "ask"; readonly prompt: Prompt }
  | { readonly kind: "propose"; readonly captions: readonly string[] }
  | { readonly kind: "skip"; readonly why: string };

/**
 * A way to write captions anew. One file and one line in the registry make a new one appear everywhere. `step` is asked again with every answer that came, until it
 * proposes; `calls` is how many answers it asks for at most, 0 for rules, which need no model. `language` is the one that its captions are written in.
 */
export interface Rewriter {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** The paper that it comes from; undefined for our own. */
  readonly source?: string;
  readonly needs: readonly RewriteNeed[];
  readonly calls: number;
  /** That a captioner which takes no instructions can answer: all prompts say what they describe. */
  readonly isPlain?: true;
  readonly options: OptionTable;
  readonly language?: (options: Options) => string | undefined;
  readonly step: (subject: RewriteSubject, options: Options, answers: readonly string[]) => RewriteStep;
}
