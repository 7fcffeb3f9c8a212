import type { CaseParity } from "./certificate.ts";

/** A picture or text of the reference material: the case that it belongs to, and its row in the vectors of its modality. */
export interface ParityItem {
  readonly case: string;
  readonly modality: CaseParity["modality"];
  readonly row: number;
}

/** Row-major float32 vectors of one modality; a row of zeros (or of numbers that are none) is unknown. */
export interface ParityVectors {
  readonly image: Float32Array;
  readonly text: Float32Array;
}

/** Least and mean cosine by case, in the order in which the cases first come. `dim` is the length of a vector, which both sides share. */
export function compareByCase(items: readonly ParityItem[], dim: number, sides: readonly [ParityVectors, ParityVectors]): CaseParity[] {
  const groups = new Map<string, { readonly item: ParityItem; readonly cosines: number[] }>();
  for (const item of items) {
    const key = `${item.modality} ${item.case}`;
    const group = groups.get(key) ?? { item, cosines: [] };
    groups.set(key, group);
    const [ours, theirs] = sides.map((side) => side[item.modality].subarray(item.row * dim, (item.row + 1) * dim));
    group.cosines.push(cosineOf(ours!, theirs!));
  }
  return [...groups.values()].map(({ item, cosines }) => {
    const known = cosines.filter((cosine) => Number.isFinite(cosine));
    return {
      id: item.case,
      modality: item.modality,
      count: cosines.length,
      unknown: cosines.length - known.length,
      min: known.length === 0 ? null : Math.min(...known),
      mean: known.length === 0 ? null : known.reduce((sum, cosine) => sum + cosine, 0) / known.length,
    };
  });
}

/** The cosine of two vectors in float64, at most 1; NaN where one has no direction. */
export function cosineOf(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length) throw new RangeError(`Expected vectors of one length but received ${left.length} and ${right.length}`);
  let [product, leftSquares, rightSquares] = [0, 0, 0];
  for (let i = 0; i < left.length; i += 1) {
    product += left[i]! * right[i]!;
    leftSquares += left[i]! ** 2;
    rightSquares += right[i]! ** 2;
  }
  return Math.min(1, product / Math.sqrt(leftSquares * rightSquares));
}
