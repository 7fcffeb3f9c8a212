import type { Block, LossInputs } from "../loss.ts";
import { blockOf, targetOf } from "../loss.ts";
import type { Part } from "./part.ts";
import { bothWays } from "./part.ts";

/** The groups of a block's rows and of its columns: what is of one group matches. */
export interface Groups {
  readonly own: Int32Array;
  readonly other: Int32Array;
}

/** Half of a term over images × texts and half of it over texts × images, each with the groups of its rows and columns. */
export function groupsBothWays(inputs: LossInputs, term: (block: Block, groups: Groups) => Part): Part {
  const [images, texts] = [targetOf(inputs, "imageGroups"), targetOf(inputs, "textGroups")];
  return bothWays(blockOf(inputs, "imageText"), (block, isTurned) =>
    term(block, isTurned ? { own: texts, other: images } : { own: images, other: texts }),
  );
}
