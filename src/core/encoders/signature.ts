/** An input or output of a graph file. A size that the batch or the text decides is undefined; so is `dims` where the file tells no shape. */
export interface SignaturePort {
  readonly name: string;
  readonly type: "float32" | "float16" | "int64" | "int32" | "other";
  readonly dims: readonly (number | undefined)[] | undefined;
}

/**
 * What a graph takes and gives. `isBatchBound` where it quantises activations as it runs: the scale is taken over the whole batch,
 * so a row's result depends on its neighbours (seen: cosine 0.9986) unless it runs alone. MatMulNBits, which rounds blocks of a row, and what
 * `quantizeGraph.ts` makes, which rounds rows, are not.
 */
export interface GraphSignature {
  readonly inputs: readonly SignaturePort[];
  readonly outputs: readonly SignaturePort[];
  readonly isBatchBound: boolean;
}
