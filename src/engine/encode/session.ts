import * as ort from "onnxruntime-node";
import type { Provider } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import { realCores } from "./cores.ts";

/** A tensor that goes into or comes out of a session; `dims` multiply to `data.length`. A Uint16Array holds the bits of float16. */
export interface Tensor {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint16Array;
  readonly dims: readonly number[];
}

type Tensors = Readonly<Record<string, Tensor>>;

/** A loaded graph. `run` is one synchronous native call under a promise: nothing else of this process goes on meanwhile but native threads. */
export interface Session {
  readonly provider: Provider;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * `into` names the outputs that are wanted (all by default): a list of them, or with memory that the caller lends, written in place.
   */
  run(feeds: Tensors, into?: Tensors | readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/**
 * Loads a graph from a file or from bytes. Its threads sleep while they wait: decoding beside a run and searching between two need the cores
 * (measured: neighbours 1.3 to 2 times faster on a busy machine, pictures of 2 megapixels 8 %, a quiet ViT-B/32 no different).
 * Their number is onnxruntime's own, the machine's physical cores, unless the cores for us are fewer: on one allowed core of two it took both, by pinning
 * its threads to a core that was not ours, and two threads or more on that one core gave 76 pictures/s where one gave 87.
 * Throws when the file is no graph or the provider cannot run it.
 */
export async function createSession(
  env: Env,
  graph: string | Uint8Array,
  options: { provider: Provider; threads?: number },
): Promise<Session> {
  const { threads: cores, isLimited } = realCores();
  const threads = options.threads ?? (isLimited ? cores : undefined);
  const settings: ort.InferenceSession.SessionOptions = {
    // TensorRT leaves what it can't run to the next in the list.
    executionProviders: options.provider === "tensorrt" ? ["tensorrt", "cuda"] : [options.provider],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    extra: { session: { intra_op: { allow_spinning: "0" } } },
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  const session =
    typeof graph === "string" ? await ort.InferenceSession.create(graph, settings) : await ort.InferenceSession.create(graph, settings);
  env.counters.sessionsMade += 1;
  return {
    provider: options.provider,
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: (feeds, into) => runSession(session, feeds, into),
    release: () => session.release(),
  };
}

async function runSession(
  session: ort.InferenceSession,
  feeds: Tensors,
  into: Tensors | readonly string[] | undefined,
): Promise<Record<string, Tensor>> {
  const inputs = nativeTensors(feeds);
  const results = await (into === undefined ? session.run(inputs) : session.run(inputs, isList(into) ? into : nativeTensors(into)));
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, { data: plainData(tensor), dims: tensor.dims }]));
}

function isList(into: Tensors | readonly string[]): into is readonly string[] {
  return Array.isArray(into);
}

function nativeTensors(tensors: Tensors): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data, dims }]) => [name, nativeTensor(data, dims)]));
}

/**
 * Where the platform has a Float16Array, the runtime's Tensor makes one of the bits, and its native part of 1.30.0 sees no bytes in that ("not enough space:
 * expected 8, got 0"): the bits are put back.
 */
function nativeTensor(data: Tensor["data"], dims: readonly number[]): ort.Tensor {
  if (!(data instanceof Uint16Array)) return new ort.Tensor(data, dims);
  return Object.assign(new ort.Tensor("float16", data, dims), { cpuData: data });
}

/** The runtime gives float16 as the platform's Float16Array where it has one; here it is always bits. */
function plainData({ type, data }: ort.Tensor): Tensor["data"] {
  if (type !== "float16") return data as Tensor["data"];
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/** The runtime's version. */
export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** Names of the backends that this build of the runtime carries, or knows how to load (`isBundled` false). */
export function listBackends(): readonly { readonly name: string; readonly isBundled: boolean }[] {
  return ort.listSupportedBackends().map(({ name, bundled }) => ({ name, isBundled: bundled }));
}
