import type { LossInputs } from "../loss.ts";
import { blockOf } from "../loss.ts";
import { crossEntropy } from "./crossEntropy.ts";
import { groupsBothWays } from "./groups.ts";
import type { Part } from "./part.ts";
import { bothWays } from "./part.ts";

/** CLIP's own term over images × texts: every image picks its text among all, every text its image. `weights` tells how much a pair counts. */
export function contrast(inputs: LossInputs, weights?: ArrayLike<number>): Part {
  return bothWays(blockOf(inputs, "imageText"), (block) =>
    crossEntropy(block, inputs.temperature, { fill: ownAlone, ...(weights && { weights }) }),
  );
}

/** The same where all of a group match, each as much as the others. */
export function groupContrast(inputs: LossInputs): Part {
  return groupsBothWays(inputs, (block, { own, other }) =>
    crossEntropy(block, inputs.temperature, { fill: (row, into) => fillGroup(own[row]!, other, into) }),
  );
}

/** Wants the column of the row's own number and no other. */
export function ownAlone(row: number, into: Float64Array): void {
  into.fill(0);
  into[row] = 1;
}

/** Wants all columns of a group alike. */
export function fillGroup(group: number, columns: Int32Array, into: Float64Array): void {
  let count = 0;
  for (const other of columns) if (other === group) count += 1;
  for (let column = 0; column < into.length; column += 1) into[column] = columns[column] === group ? 1 / count : 0;
}
