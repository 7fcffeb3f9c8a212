import type { Pairs } from "./pairs.ts";

/**
 * Captions that fit an image beside its own, because a person said so of two pairs: the row of the image and that of the text, side by side,
 * ascending by image and then by text, each once.
 */
export interface Fits {
  readonly images: Int32Array;
  readonly texts: Int32Array;
}

/** What is needed to spread a person's word: `duplicateOf` gives each sample the class of its duplicates, from 0. */
export interface FitSource {
  readonly pairs: Pick<Pairs, "image" | "text">;
  readonly duplicateOf: Int32Array;
  /** Two pairs by their places, of which each one's caption fits the other's image. */
  readonly falseNegatives?: readonly (readonly [number, number])[];
}

/** The same with all columns of the pairs. */
export interface FitInput extends FitSource {
  readonly pairs: Pairs;
}

/**
 * Where captions of others fit an image. What holds of an image holds of its copies, and what holds of a caption holds of every caption with
 * the same text.
 */
export function findFits({ pairs, duplicateOf, falseNegatives = [] }: FitSource): Fits {
  const keys = new Set<number>();
  const textCount = pairs.text.reduce((most, text) => Math.max(most, text), -1) + 1;
  const named = new Set(falseNegatives.flat().map((pair) => duplicateOf[pairs.image[pair]!]!));
  const copies = new Map<number, number[]>();
  if (named.size > 0)
    duplicateOf.forEach((own, row) => {
      if (named.has(own)) copies.set(own, [...(copies.get(own) ?? []), row]);
    });
  for (const [one, other] of falseNegatives) {
    for (const [image, text] of [
      [pairs.image[one]!, pairs.text[other]!],
      [pairs.image[other]!, pairs.text[one]!],
    ] as const) {
      if (text < 0) continue;
      for (const row of copies.get(duplicateOf[image]!) ?? []) keys.add(row * textCount + text);
    }
  }
  const sorted = Float64Array.from(keys).sort();
  return {
    images: Int32Array.from(sorted, (key) => Math.floor(key / textCount)),
    texts: Int32Array.from(sorted, (key) => key % textCount),
  };
}

/** The places in `fits` of the images from `from` to `to`. */
export function fitsOf({ images }: Fits, from: number, to = from + 1): { readonly first: number; readonly end: number } {
  return { first: firstAtLeast(images, from), end: firstAtLeast(images, to) };
}

function firstAtLeast(ascending: Int32Array, least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
