import type { LossInputs } from "../loss.ts";
import { blockOf, targetOf } from "../loss.ts";
import { zerosLike } from "./blocks.ts";
import type { Share } from "./part.ts";

/** A curve over a gap: its value and its slope there. */
export type Curve = (gap: number) => readonly [value: number, slope: number];

/**
 * The mean over extra texts of a curve of (s of the image with the extra text made of its caption − s with the caption itself) / `temperature`, as terms over both blocks; the
 * derivative for τ is told only where a temperature is given.
 */
export function overGaps(
  inputs: LossInputs,
  curve: Curve,
  { weight, temperature }: { weight: number; temperature?: number },
): readonly Share[] {
  const owners = targetOf(inputs, "owners");
  const [own, extra] = [blockOf(inputs, "imageText"), blockOf(inputs, "imageExtra")];
  const [ofOwn, ofExtra] = [zerosLike(own), zerosLike(extra)];
  const divisor = temperature ?? 1;
  const sums = { loss: 0, temperature: 0 };
  owners.forEach((image, column) => {
    const [ownAt, extraAt] = [image * (own.columns + 1), image * extra.columns + column];
    const gap = (extra.values[extraAt]! - own.values[ownAt]!) / divisor;
    const [value, slope] = curve(gap);
    sums.loss += value / owners.length;
    if (temperature !== undefined) sums.temperature -= (slope * gap) / divisor / owners.length;
    ofExtra.values[extraAt]! += slope / divisor / owners.length;
    ofOwn.values[ownAt]! -= slope / divisor / owners.length;
  });
  return [
    { on: "imageText", part: { ...sums, gradient: ofOwn }, weight },
    { on: "imageExtra", part: { loss: 0, temperature: 0, gradient: ofExtra }, weight },
  ];
}
