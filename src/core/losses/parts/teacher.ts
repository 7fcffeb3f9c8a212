import type { Block } from "../loss.ts";
import { transpose } from "./blocks.ts";
import { crossEntropy, softmax } from "./crossEntropy.ts";
import type { Part } from "./part.ts";
import { bothWays } from "./part.ts";

/** What a teacher gives: its cosines, its temperature, and of which rows it is believed, by default of all. */
export interface Teaching {
  readonly cosines: Block;
  readonly temperature: number;
  readonly isBelieved?: (row: number, cosines: Block) => boolean;
}

/** ½ [mean_row KL(softmax(teacher) ‖ softmax(s/τ)) + the same over columns]; a row that is not believed counts nothing. */
export function followTeacher(block: Block, temperature: number, teaching: Teaching): Part {
  const { cosines, isBelieved = () => true } = teaching;
  return bothWays(block, (rows, isTurned) => {
    const teacher = isTurned ? transpose(cosines) : cosines;
    const weights = Float64Array.from({ length: rows.rows }, (_, row) => (isBelieved(row, teacher) ? 1 / rows.rows : 0));
    let entropy = 0;
    const fill = (row: number, into: Float64Array): void => {
      softmax(teacher.values.subarray(row * teacher.columns, (row + 1) * teacher.columns), teaching.temperature, into);
      for (const share of into) if (share > 0) entropy -= weights[row]! * share * Math.log(share);
    };
    const part = crossEntropy(rows, temperature, { fill, weights });
    return { ...part, loss: part.loss - entropy };
  });
}
