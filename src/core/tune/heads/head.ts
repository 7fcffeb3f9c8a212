import type { Gemm } from "../../neighbours/gemm.ts";
import type { Rows, Tensors } from "../rows.ts";

/** Settings of a head by name. */
export type HeadOptions = Readonly<Record<string, number>>;

/** What a head gave (rows × dim, not normalised), and the derivatives for its weights from that for what it gave. */
export interface Passed {
  readonly output: Rows;
  readonly back: (gradient: Rows) => Promise<Tensors>;
}

/** An operator of ONNX; attributes are whole numbers. Names of weights, and of what lies between, are the head's own. */
export interface HeadNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number>>;
}

/**
 * What turns frozen vectors into tuned ones of the same length; one file declares one. None has biases, so all are positively homogeneous: it makes no difference whether
 * the vectors are normalised before.
 */
export interface Head {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly options: HeadOptions;
  /** Whether the head of a mean is the mean of heads, so that it can stand before pooling. */
  readonly isLinear: boolean;
  /** The weights at the beginning. */
  readonly start: (dim: number, options: HeadOptions, random: () => number) => Tensors;
  readonly forward: (gemm: Gemm, input: Rows, weights: Tensors, options: HeadOptions) => Promise<Passed>;
  /** The same as a graph from `input` to `output`, with numbers that stand in it beside the weights. */
  readonly graph: (
    names: { input: string; output: string },
    options: HeadOptions,
  ) => {
    readonly nodes: readonly HeadNode[];
    readonly constants: Readonly<Record<string, number>>;
  };
}

/** Small weights around 0, even within ±√(3 / columns), which keeps the lengths of what is multiplied. */
export function drawWeights(rows: number, columns: number, random: () => number): Rows {
  const reach = Math.sqrt(3 / columns);
  return { rows, columns, values: Float32Array.from({ length: rows * columns }, () => (2 * random() - 1) * reach) };
}
