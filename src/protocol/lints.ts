import type { Severity } from "../core/problem.ts";

/**
 * Asks what the lints found in a dataset's captions. `tokens` is one of `tokenLimits`: captions of more tokens are listed, counted by the encoder
 * of the analysis; those of all trainers where nothing is said. `overlap` looks anew for captions that are nearly the same, from 0.7 to 1; `examples` of each lint are given, 5 where nothing is said.
 */
export interface LintRequest {
  readonly root: string;
  readonly tokens?: number;
  readonly overlap?: number;
  readonly examples?: number;
}

/** What one lint found: captions, or files where it looks at those. `where` is a filter that gives the pairs, null where they are no pairs. */
export interface LintCount {
  readonly lint: string;
  readonly title: string;
  readonly about: string;
  readonly severity: Severity;
  readonly count: number;
  readonly where: string | null;
  readonly examples: readonly {
    readonly sample: string | null;
    readonly captionIndex: number | null;
    readonly text: string;
    readonly message: string;
  }[];
}

/** Captions of a dataset with what was found in them. `weak` are those with something graver than a note. */
export interface LintReport {
  readonly captions: number;
  readonly weak: number;
  readonly overlap: number;
  readonly lints: readonly LintCount[];
}
