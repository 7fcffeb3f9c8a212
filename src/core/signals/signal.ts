/** What is told of a signal wherever it appears: in the panel, the CLI and the documentation. One file declares one signal. */
export interface SignalDescriptor {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Which end of the scale is the good one; "neither" for facts. */
  readonly direction: "higherIsBetter" | "lowerIsBetter" | "neither";
  /** Least and greatest value; undefined where there is no bound. */
  readonly range: readonly [number | undefined, number | undefined];
  readonly unit: "cosine" | "percent" | "rank" | "share" | "probability" | "tokens" | "flag" | "count";
  readonly per: "pair" | "sample";
  /** Whether it changes with the encoder. */
  readonly needsEncoder: boolean;
  /** The paper or definition that it comes from. */
  readonly source: string;
}

/** A signal's values, one a pair; NaN is unknown. */
export type SignalValues = Float32Array;
