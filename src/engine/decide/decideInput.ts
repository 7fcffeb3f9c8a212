import type { Group } from "../../core/group.ts";
import type { DecideInput, SignalColumn } from "../../core/prune/policy.ts";
import type { Sample } from "../../core/sample.ts";
import { signals as descriptors } from "../../core/signals/signals.ts";
import { captionHash, type StateContents } from "../store/dotWinnow.ts";

/** What was found out about the samples: each signal's values, one a pair or one a sample as its descriptor says (NaN is unknown), and the groups by row. */
export interface Findings {
  readonly signals: Readonly<Record<string, Float32Array>>;
  readonly groups: readonly Group[];
}

/**
 * Brings samples, signals, groups and the dataset's state into the columns that policies judge. Rows are the samples' order; pairs run through the samples in order and through
 * each one's captions in order, as the signals' values must. A split of the format wins over one that Winnow made.
 */
export function decideInputOf(
  samples: readonly Sample[],
  { signals, groups }: Findings,
  state: Pick<StateContents, "selection" | "splits">,
): DecideInput {
  const pairCount = samples.reduce((count, { captions }) => count + captions.length, 0);
  const row = new Uint32Array(pairCount);
  const captionIndex = new Uint32Array(pairCount);
  const captionHashes: string[] = [];
  samples.forEach(({ captions }, sampleRow) =>
    captions.forEach(({ text }, index) => {
      row[captionHashes.length] = sampleRow;
      captionIndex[captionHashes.length] = index;
      captionHashes.push(captionHash(text));
    }),
  );
  return {
    samples: samples.map(({ id, folder, split = state.splits.get(id) }) => ({ id, folder, ...(split === undefined ? {} : { split }) })),
    pairs: { row, captionIndex, captionHash: captionHashes },
    signals: Object.fromEntries(
      Object.entries(signals).map(([id, values]) => [id, columnOf(id, values, { pairCount, sampleCount: samples.length })]),
    ),
    groups,
    verdicts: state.selection.filter(({ actor }) => actor !== "rule"),
  };
}

function columnOf(id: string, values: Float32Array, { pairCount, sampleCount }: { pairCount: number; sampleCount: number }): SignalColumn {
  const descriptor = descriptors.find((known) => known.id === id);
  const of = descriptor?.per ?? "pair";
  const expected = of === "pair" ? pairCount : sampleCount;
  if (values.length !== expected) throw new RangeError(`Expected ${expected} values of ${id}, one a ${of}, but received ${values.length}`);
  return { of, values, better: descriptor?.direction === "lowerIsBetter" ? "lower" : "higher" };
}
