import { PbfWriter } from "pbf";

/** An input or output of a test's graph. A size given as a word may be any; without `dims` the file tells no shape. */
export interface OnnxPort {
  readonly name: string;
  readonly type?: "float32" | "float16" | "int64" | "int32";
  readonly dims?: readonly (number | string)[];
}

/** One operator of a test's graph. */
export interface OnnxNode {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
}

/** Weights of a test's graph; `outside` says where they lie instead of in the graph. */
export interface OnnxWeights {
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array;
  readonly outside?: { readonly location: string; readonly offset?: number; readonly length?: number };
}

/** A small graph for tests. */
export interface OnnxGraph {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly weights?: Readonly<Record<string, OnnxWeights>>;
  readonly nodes: readonly OnnxNode[];
  /** 17 where it is not given. */
  readonly operatorSet?: number;
}

const typeNumbers = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;

/** The bytes of an ONNX model. Field numbers are those of onnx.proto. */
export function onnxBytes(graph: OnnxGraph): Uint8Array {
  const model = new PbfWriter();
  model.writeVarintField(1, 8);
  model.writeMessage(
    7,
    (_: undefined, to) => {
      for (const node of graph.nodes) to.writeMessage(1, writeNode, node);
      to.writeStringField(2, "test");
      for (const [name, weights] of Object.entries(graph.weights ?? {})) to.writeMessage(5, writeWeights, { name, ...weights });
      for (const port of graph.inputs) to.writeMessage(11, writePort, port);
      for (const port of graph.outputs) to.writeMessage(12, writePort, port);
    },
    undefined,
  );
  model.writeMessage(8, (version: number, to) => to.writeVarintField(2, version), graph.operatorSet ?? 17);
  return model.finish();
}

function writeNode(node: OnnxNode, to: PbfWriter): void {
  for (const name of node.inputs) to.writeStringField(1, name);
  for (const name of node.outputs) to.writeStringField(2, name);
  to.writeStringField(4, node.op);
  if (node.domain !== undefined) to.writeStringField(7, node.domain);
  for (const [name, value] of Object.entries(node.ints ?? {})) {
    to.writeMessage(
      5,
      (_: undefined, attribute) => {
        attribute.writeStringField(1, name);
        if (typeof value === "number") attribute.writeVarintField(3, value);
        else for (const item of value) attribute.writeVarintField(8, item);
        attribute.writeVarintField(20, typeof value === "number" ? 2 : 7);
      },
      undefined,
    );
  }
}

function writeWeights({ name, dims, values, outside }: OnnxWeights & { name: string }, to: PbfWriter): void {
  for (const dim of dims) to.writeVarintField(1, dim);
  to.writeVarintField(2, values instanceof Float32Array ? typeNumbers.float32 : typeNumbers.int64);
  to.writeStringField(8, name);
  if (outside === undefined) {
    to.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return;
  }
  for (const [key, value] of Object.entries(outside)) to.writeMessage(13, writeEntry, [key, String(value)] as const);
  to.writeVarintField(14, 1);
}

function writeEntry([key, value]: readonly [string, string], to: PbfWriter): void {
  to.writeStringField(1, key);
  to.writeStringField(2, value);
}

function writePort({ name, type, dims }: OnnxPort, to: PbfWriter): void {
  to.writeStringField(1, name);
  to.writeMessage(
    2,
    (_: undefined, typeProto) =>
      typeProto.writeMessage(
        1,
        (__: undefined, tensor) => {
          tensor.writeVarintField(1, typeNumbers[type ?? "float32"]);
          if (dims !== undefined) tensor.writeMessage(2, writeShape, dims);
        },
        undefined,
      ),
    undefined,
  );
}

function writeShape(dims: readonly (number | string)[], to: PbfWriter): void {
  for (const size of dims) {
    to.writeMessage(
      1,
      (_: undefined, dimension) => {
        if (typeof size === "number") dimension.writeVarintField(1, size);
        else dimension.writeStringField(2, size);
      },
      undefined,
    );
  }
}
