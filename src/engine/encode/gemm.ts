import { runLength } from "../../core/neighbours/gemm.ts";
import type { Gemm, PlainShape, ProductWithMaxima } from "../../core/neighbours/gemm.ts";
import type { Provider } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import { graphBytes } from "./graph.ts";
import type { GraphNode, GraphPort } from "./graph.ts";
import { createSessionOn } from "./providers.ts";
import type { Session } from "./session.ts";

/** A Gemm on a device: `release` gives its memory back, after which it can't be used. */
export interface DeviceGemm extends Gemm {
  readonly provider: Provider;
  multiplyPlain(a: Float32Array, b: Float32Array, shape: PlainShape): Promise<Float32Array>;
  multiplyWithMaxima(a: Float32Array, b: Float32Array, dim: number): Promise<ProductWithMaxima>;
  release(): Promise<void>;
}

/**
 * The matrix engine on an execution provider of onnxruntime. One product is one synchronous native call on all its threads;
 * results lie in memory that the next call writes again.
 */
export async function createGemm(env: Env, provider: Provider): Promise<DeviceGemm> {
  const product = await createSessionOn(env, graphBytes({ inputs, outputs: [scoresPort], nodes: [gemmNode] }), provider);
  const withMaxima = await createSessionOn(env, maximaGraph(), provider);
  const [scores, rowMaxima, columnMaxima] = [createLoan(), createLoan(), createLoan()];
  // Training alone multiplies so: a session for each way is made when it is asked for.
  const plain = new Map<boolean, Session>();
  const plainOf = async (isTurned: boolean): Promise<Session> => {
    const session = plain.get(isTurned) ?? (await createSessionOn(env, plainGraph(isTurned), provider));
    plain.set(isTurned, session);
    return session;
  };
  return {
    provider,
    multiply: async (a, b, dim) => {
      const dims = [a.length / dim, b.length / dim] as const;
      const into = { scores: { data: scores(...dims), dims } };
      if (into.scores.data.length > 0) await product.run(feeds(a, b, dim), into);
      return into.scores.data;
    },
    multiplyPlain: async (a, b, { inner, isTurned }) => {
      const [m, n] = [a.length / inner, b.length / inner];
      const into = { scores: { data: scores(m, n), dims: [m, n] } };
      const given = { a: { data: a, dims: isTurned ? [inner, m] : [m, inner] }, b: { data: b, dims: [inner, n] } };
      if (into.scores.data.length > 0) await (await plainOf(isTurned)).run(given, into);
      return into.scores.data;
    },
    multiplyWithMaxima: async (a, b, dim) => {
      const [m, n] = [a.length / dim, b.length / dim];
      const [rowRuns, columnRuns] = [m / runLength, n / runLength];
      const into = {
        scores: { data: scores(m, n), dims: [m, n] },
        rowMaxima: { data: rowMaxima(m, columnRuns), dims: [m, columnRuns] },
        columnMaxima: { data: columnMaxima(rowRuns, n), dims: [rowRuns, n] },
      };
      await withMaxima.run(feeds(a, b, dim), into);
      return { scores: into.scores.data, rowMaxima: into.rowMaxima.data, columnMaxima: into.columnMaxima.data };
    },
    release: async () => {
      await product.release();
      await withMaxima.release();
      for (const session of plain.values()) await session.release();
    },
  };
}

/** Memory for m × n results that grows where it must and is lent again to every call. */
function createLoan(): (m: number, n: number) => Float32Array {
  let memory = new Float32Array(0);
  return (m, n) => {
    if (memory.length < m * n) memory = new Float32Array(m * n);
    return memory.subarray(0, m * n);
  };
}

function feeds(a: Float32Array, b: Float32Array, dim: number) {
  return { a: { data: a, dims: [a.length / dim, dim] }, b: { data: b, dims: [b.length / dim, dim] } };
}

const inputs: readonly GraphPort[] = [
  { name: "a", dims: ["m", "dim"] },
  { name: "b", dims: ["n", "dim"] },
];
const scoresPort: GraphPort = { name: "scores", dims: ["m", "n"] };
const gemmNode: GraphNode = { op: "Gemm", inputs: ["a", "b"], outputs: ["scores"], attributes: { transB: 1 } };

function plainGraph(isTurned: boolean): Uint8Array {
  const turned = { op: "Gemm", inputs: ["a", "b"], outputs: ["scores"], attributes: { transA: Number(isTurned) } };
  return graphBytes({
    inputs: [
      { name: "a", dims: ["rows", "columns"] },
      { name: "b", dims: ["inner", "n"] },
    ],
    outputs: [scoresPort],
    nodes: [turned],
  });
}

/**
 * The product, seen as m × runs × 32 and as runs × 32 × n, and the maximum over the 32. In a Reshape 0 keeps a dimension and −1 infers it.
 */
function maximaGraph(): Uint8Array {
  return graphBytes({
    inputs,
    outputs: [scoresPort, { name: "rowMaxima", dims: ["m", "columnRuns"] }, { name: "columnMaxima", dims: ["rowRuns", "n"] }],
    constants: { columnRunShape: [0, -1, runLength], rowRunLength: [-1, runLength] },
    nodes: [
      gemmNode,
      { op: "Reshape", inputs: ["scores", "columnRunShape"], outputs: ["byColumnRuns"] },
      { op: "ReduceMax", inputs: ["byColumnRuns"], outputs: ["rowMaxima"], attributes: { axes: [2], keepdims: 0 } },
      { op: "Shape", inputs: ["scores"], outputs: ["n"], attributes: { start: 1, end: 2 } },
      { op: "Concat", inputs: ["rowRunLength", "n"], outputs: ["rowRunShape"], attributes: { axis: 0 } },
      { op: "Reshape", inputs: ["scores", "rowRunShape"], outputs: ["byRowRuns"] },
      { op: "ReduceMax", inputs: ["byRowRuns"], outputs: ["columnMaxima"], attributes: { axes: [1], keepdims: 0 } },
    ],
  });
}
