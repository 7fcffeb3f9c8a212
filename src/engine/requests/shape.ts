import { setImmediate } from "node:timers/promises";
import type { Tables } from "../store/tables.ts";

/**
 * How the items of a dataset lie: those of one sample are its pairs, side by side from `firstPair[row]` to `firstPair[row + 1]`, or the one item of a
 * sample without captions, in `bareItem` by its row. `sampleRowOf` has a row an item.
 */
export interface Shape {
  readonly pairs: number;
  readonly samples: number;
  readonly sampleRowOf: Int32Array;
  readonly firstPair: Int32Array;
  readonly bareItem: ReadonlyMap<number, number>;
}

/** Steps of a plain loop before the event loop turns: some 2 ms of work. */
const stepsATurn = 1 << 17;

/** Reads how the items lie. */
export async function readShape(tables: Tables, { pairs, samples }: { pairs: number; samples: number }): Promise<Shape> {
  const [sampleRowOf = new Int32Array()] = await tables.integers("SELECT sampleRow FROM items ORDER BY item");
  const firstPair = new Int32Array(samples + 1);
  for (let pair = 0; pair < pairs; pair += 1) {
    firstPair[sampleRowOf[pair]! + 1]! += 1;
    if (pair % stepsATurn === stepsATurn - 1) await setImmediate();
  }
  for (let row = 0; row < samples; row += 1) {
    firstPair[row + 1]! += firstPair[row]!;
    if (row % stepsATurn === stepsATurn - 1) await setImmediate();
  }
  const bareItem = new Map<number, number>();
  for (let item = pairs; item < sampleRowOf.length; item += 1) bareItem.set(sampleRowOf[item]!, item);
  return { pairs, samples, sampleRowOf, firstPair, bareItem };
}

/** All items of a sample. */
export function itemsOfSample({ firstPair, bareItem }: Shape, row: number): readonly number[] {
  const [from, to] = [firstPair[row]!, firstPair[row + 1]!];
  const bare = bareItem.get(row);
  return bare === undefined ? Array.from({ length: to - from }, (_, index) => from + index) : [bare];
}
