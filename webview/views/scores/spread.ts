import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { Known } from "./columnSource.ts";
import { type Binned, binsOfAnswer, binsOfSorted, edgesOf, type Scale, scaleFor } from "./scale.ts";

/** How a signal's values lie: along which axis, and how many in which bin. */
export interface Spread {
  readonly scale: Scale;
  readonly binned: Binned;
}

const binCount = 120;

/** Makes spreads, each once for what it is made from. */
export class Spreads {
  #latest: { readonly source: object; readonly spread: Spread } | undefined;

  /** The spread of all values where they are known, else of the engine's bins; undefined before either is here, or where no value is known. */
  of({ id, unit }: SignalDescriptor, { column, bins }: Known): Spread | undefined {
    const source = column ?? bins;
    if (source?.field !== id) return undefined;
    if (this.#latest?.source === source) return this.#latest.spread;
    const spread = column === undefined ? spreadOfBins(unit, bins!) : spreadOfValues(unit, column.values);
    this.#latest = spread && { source, spread };
    return spread;
  }
}

function spreadOfValues(unit: SignalDescriptor["unit"], sorted: Float32Array): Spread | undefined {
  if (sorted.length === 0) return undefined;
  const scale = scaleFor(unit, sorted[0]!, sorted.at(-1)!);
  return { scale, binned: binsOfSorted(sorted, edgesOf(scale, binCount)) };
}

function spreadOfBins(unit: SignalDescriptor["unit"], bins: NonNullable<Known["bins"]>): Spread | undefined {
  if (bins.counts.every((count) => count === 0)) return undefined;
  return { scale: scaleFor(unit, bins.least, bins.greatest), binned: binsOfAnswer(bins) };
}
