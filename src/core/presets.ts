import type { ParityGrade } from "./parity/certificate.ts";

/** An encoder that published cuts hold for: words that its name must have, one of each list, and the length of its vectors. */
export interface PublishedEncoder {
  readonly name: string;
  readonly words: readonly (readonly string[])[];
  /** The name under which its makers published it: it says whose it is without their own name. */
  readonly publishedAs: string;
  readonly dim: number;
}

/** What a published cut keeps: scores of at least `score`, or the best `percent` of all. */
export type PublishedKeep = { readonly kind: "atLeast"; readonly score: number } | { readonly kind: "top"; readonly percent: number };

/** A cut that a paper's own code makes, of the signal and the encoder that it was made with. */
export interface PublishedCut {
  readonly id: string;
  readonly title: string;
  readonly signal: string;
  readonly keep: PublishedKeep;
  readonly encoder: PublishedEncoder;
  readonly source: string;
}

const openaiB32: PublishedEncoder = {
  name: "OpenAI's CLIP ViT-B/32",
  words: [["vit"], ["b", "base"], ["32", "patch32"]],
  publishedAs: "clip vit base patch32",
  dim: 512,
};

const openaiL14: PublishedEncoder = {
  name: "OpenAI's CLIP ViT-L/14",
  words: [["vit"], ["l", "large"], ["14", "patch14"]],
  publishedAs: "clip vit large patch14",
  dim: 768,
};

/** The cuts of DataComp's baselines by CLIP score (Gadre et al., 2023; mlfoundations/datacomp, README.md and baselines/apply_filter.py). */
export const publishedCuts: readonly PublishedCut[] = [
  {
    id: "datacompB32",
    title: "DataComp: at least 0.25",
    signal: "clipScore",
    keep: { kind: "atLeast", score: 0.25 },
    encoder: openaiB32,
    source: "Gadre et al., DataComp, 2023: the baseline that keeps B/32 scores of 0.25 and above",
  },
  {
    id: "laion2bB32",
    title: "LAION-2B: at least 0.28",
    signal: "clipScore",
    keep: { kind: "atLeast", score: 0.28 },
    encoder: openaiB32,
    source:
      "LAION-2B's limit as Gadre et al., DataComp, 2023 rebuild it: B/32 scores of 0.28 and above (LAION keeps English captions alone, too)",
  },
  {
    id: "datacompL14",
    title: "DataComp: best 30 %",
    signal: "clipScore",
    keep: { kind: "top", percent: 30 },
    encoder: openaiL14,
    source: "Gadre et al., DataComp, 2023: the baseline that keeps the best 30 % by the L/14 score, half of what makes DataComp-1B",
  },
];

/**
 * An encoder as the analysis names it; see `EncoderDescriptor.id` for the parts of the id. `parity` is the grade of its certificate, null or absent
 * where it was never compared with a reference.
 */
export interface NamedEncoder {
  readonly id: string;
  readonly name: string;
  readonly parity?: ParityGrade | null;
}

/** Words that say nothing about the weights. */
const plainWords: ReadonlySet<string> = new Set(["clip", "openai", "xenova", "onnx", "quickgelu", "fp32", "fp16"]);
const preciseTypes: ReadonlySet<string> = new Set(["fp32", "fp16"]);

/**
 * Why a cut that was published for one encoder does not hold for another; undefined where it does. It is careful: any word of the name that
 * it doesn't know (a fine-tuning, another data set), another length of vectors, or a quantised export without a certificate is another scale, and so is
 * whatever failed beside its reference.
 */
export function whyNotFor(published: PublishedEncoder, { id, name, parity }: NamedEncoder): string | undefined {
  const words: readonly string[] = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const isArchitecture = published.words.every((choices) => words.some((word) => choices.includes(word)));
  const hasOtherWords = words.some((word) => !plainWords.has(word) && !published.words.some((choices) => choices.includes(word)));
  const isOfOpenai = words.includes("openai") || words.join(" ").endsWith(published.publishedAs);
  if (!isArchitecture || hasOtherWords || !isOfOpenai) return `made with ${published.name}, and the scores here are of ${name}`;
  const parts = /\/(\d+)\/([a-z0-9]+)$/.exec(id);
  if (parts === null || Number(parts[1]) !== published.dim)
    return `made with ${published.name}, whose vectors have ${published.dim} numbers, and those of ${name} here have ${parts?.[1] ?? "an unknown length"}`;
  if (parity === "failed")
    return `made with ${published.name}, and the vectors of ${name} here are not those of its reference (its parity failed)`;
  if (!preciseTypes.has(parts[2]!) && parity == null)
    return `made with ${published.name} as published, and the scores here are of a quantised export (${parts[2]})`;
  return undefined;
}
