import * as ort from "onnxruntime-node";
import type { Env } from "../env.ts";

/** Names of execution providers as the CLI and the settings spell them. */
export type Provider = "cpu" | "webgpu" | "cuda";

/** A tensor that goes into or comes out of a session; `dims` multiply to `data.length`. */
export interface Tensor {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint16Array;
  readonly dims: readonly number[];
}

/** A loaded graph. `run` is one synchronous native call under a promise: nothing else of this process goes on meanwhile but native threads. */
export interface Session {
  readonly provider: Provider;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** Loads a graph from a file or from bytes. Throws when the file is no graph or the provider cannot run it. */
export async function createSession(env: Env, graph: string | Uint8Array, options: { provider: Provider; threads?: number }): Promise<Session> {
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: [options.provider],
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  const session = typeof graph === "string" ? await ort.InferenceSession.create(graph, settings) : await ort.InferenceSession.create(graph, settings);
  env.counters.sessionsMade += 1;
  return {
    provider: options.provider,
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: (feeds) => runSession(session, feeds),
    release: () => session.release(),
  };
}

async function runSession(session: ort.InferenceSession, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const tensors: Record<string, ort.Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(feeds)) tensors[name] = new ort.Tensor(data, dims);
  const results = await session.run(tensors);
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, { data: tensor.data as Tensor["data"], dims: tensor.dims }]));
}
