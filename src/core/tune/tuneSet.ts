import type { Rows } from "./rows.ts";

/**
 * What is trained on, as frozen vectors of length 1: `images` has a row an item, `texts` a row a different caption. `textsOf` are an item's captions, at least one; items of one
 * class show the same image. `together` are items that are confusable, `heldOut` (1) those that are only evaluated. `extras` are texts that are nobody's caption, and
 * `extrasOf` which of them were made of a caption.
 */
export interface TuneSet {
  readonly images: Rows;
  readonly texts: Rows;
  readonly textsOf: readonly Int32Array[];
  readonly classOf: Int32Array;
  readonly together: readonly (readonly number[])[];
  readonly heldOut: Uint8Array;
  readonly extras?: Rows;
  readonly extrasOf?: readonly Int32Array[];
}

/** The items that are trained on, or those that are held out. */
export function itemsOf({ heldOut }: Pick<TuneSet, "heldOut">, part: "train" | "heldOut"): Int32Array {
  const wanted = part === "train" ? 0 : 1;
  return Int32Array.from(heldOut.keys()).filter((item) => heldOut[item] === wanted);
}
