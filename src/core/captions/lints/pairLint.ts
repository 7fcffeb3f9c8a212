import { boilerplateShare } from "../boilerplate.ts";
import type { ProblemCode, Severity } from "../../problem.ts";

/** Something that a lint found in a pair of a dataset. */
export interface PairLint {
  readonly pair: number;
  readonly lint: string;
  readonly severity: Severity;
  readonly message: string;
}

/** A lint that looks at a dataset as a whole, where the caption alone tells nothing. */
export interface DatasetLint {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly severity: Severity;
  /** Where it is found: among the lints of pairs, by a kind of groups, or by codes of problems. */
  readonly from:
    | { readonly kind: "pairs" }
    | { readonly kind: "group"; readonly group: "sameCaption" }
    | { readonly kind: "problems"; readonly codes: readonly ProblemCode[] };
}

/** The lint of captions that are nearly those of other pictures: found in pairs, but not in a caption alone. */
export const nearSame: DatasetLint = {
  id: "nearSame",
  title: "Nearly the same text",
  about: "The content words are nearly those of another picture's caption",
  severity: "note",
  from: { kind: "pairs" },
};

/** The lint of captions in another language than most. */
export const otherLanguage: DatasetLint = {
  id: "otherLanguage",
  title: "Another language",
  about: "The caption is in another language than most",
  severity: "note",
  from: { kind: "pairs" },
};

/** The lint of captions that begin or end as many others do. */
export const boilerplate: DatasetLint = {
  id: "boilerplate",
  title: "Boilerplate",
  about: `The caption begins or ends with the same four words or more as at least ${100 * boilerplateShare} % of the texts (and ten): they tell no picture apart`,
  severity: "note",
  from: { kind: "pairs" },
};

/** Lints of a whole dataset, in the order in which they are shown after those of captions. */
export const datasetLints: readonly DatasetLint[] = [
  nearSame,
  boilerplate,
  otherLanguage,
  {
    id: "sameText",
    title: "Same text",
    about: "The caption stands under several different pictures",
    severity: "note",
    from: { kind: "group", group: "sameCaption" },
  },
  {
    id: "orphan",
    title: "Orphan",
    about: "A caption file without a picture",
    severity: "warning",
    from: { kind: "problems", codes: ["orphanCaption"] },
  },
  {
    id: "stemCollision",
    title: "Shared name",
    about: "Pictures that share a caption file, or whose names differ in case alone",
    severity: "warning",
    from: { kind: "problems", codes: ["ambiguousImage", "caseCollision"] },
  },
  {
    id: "notUtf8",
    title: "Not UTF-8",
    about: "A caption file that trainers can't read",
    severity: "warning",
    from: { kind: "problems", codes: ["notUtf8"] },
  },
  {
    id: "extraLines",
    title: "Lines that are not read",
    about: "A caption file of which the trainer reads the first line alone",
    severity: "warning",
    from: { kind: "problems", codes: ["extraLines"] },
  },
];

/** The lints of a whole dataset that are found in pairs, and so can be filtered by. */
export const pairLints: readonly DatasetLint[] = datasetLints.filter(({ from }) => from.kind === "pairs");
