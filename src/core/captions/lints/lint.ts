import type { Severity } from "../../problem.ts";
import type { CaptionHabits } from "../habits.ts";

/** What a lint may know of a caption beside its text; what is undefined isn't known, and the lints that need it say nothing. */
export interface LintContext {
  /** Name of the picture's file without folder and extension. */
  readonly pictureStem?: string;
  /** The prompt that the caption was made with. */
  readonly prompt?: string;
  /** Tokens by the reader that counts (an encoder or a trainer). */
  readonly tokens?: TokenCount;
  /** What the dataset's captions have in common. */
  readonly habits?: CaptionHabits;
  /** Whether the reader takes the first line alone. */
  readonly firstLineOnly?: boolean;
}

/** How a reader's tokens fall: `cutAt` is the position in the text from which nothing is read, undefined where all is; `unknown` are the parts that it has no token for. */
export interface TokenCount {
  readonly reader: string;
  readonly count: number;
  readonly limit: number;
  readonly cutAt: number | undefined;
  readonly unknown: readonly TextRange[];
}

/** A part of a text: positions in UTF-16 code units, half-open. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Something that a lint found in one caption. `fixed` is the whole caption as it could be, where there is a sure way. */
export interface LintFinding extends TextRange {
  readonly lint: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix?: { readonly title: string; readonly fixed: string };
}

/** A rule that looks at one caption. One file and one line in the registry make a new one appear in the editor, the panel and the CLI. */
export interface Lint {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Findings without the lint's id, which the registry adds. */
  readonly check: (text: string, context: LintContext) => readonly Omit<LintFinding, "lint">[];
}
