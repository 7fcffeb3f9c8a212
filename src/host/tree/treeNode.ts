import type { ProblemCode } from "../../core/problem.ts";

/** What a node of the side bar is about, for the commands that are called on it. */
export type Subject =
  | { readonly kind: "bucket"; readonly bucket: string }
  | { readonly kind: "operation"; readonly operation: string }
  | { readonly kind: "tuneRun"; readonly run: string }
  | { readonly kind: "rule"; readonly rule: number }
  | { readonly kind: "problem"; readonly code: ProblemCode };

/** A node of the side bar as data; the view turns it into VS Code's. Ids are unique in the tree and stay the same. */
export interface TreeNode {
  readonly id: string;
  readonly root: string;
  readonly label: string;
  readonly description?: string;
  /** Markdown. */
  readonly tooltip?: string;
  /** A codicon, with a colour of the theme. */
  readonly icon?: { readonly id: string; readonly color?: string };
  /** What `when` clauses of menus see as `viewItem`. */
  readonly context?: string;
  readonly command?: { readonly id: string; readonly arguments: readonly unknown[] };
  /** A file that a click opens, absolute or below the root. */
  readonly file?: string;
  readonly checkbox?: { readonly isChecked: boolean; readonly tooltip: string };
  /** What a screen reader says; the label with its description where nothing is set. */
  readonly spoken?: string;
  readonly subject?: Subject;
  /** Undefined for a leaf; "later" where the engine has to be asked. */
  readonly children?: readonly TreeNode[] | "later";
  readonly isOpen?: boolean;
}
