import { PbfWriter } from "pbf";

/** A named float32 tensor at the border of a graph; a dimension given as a word may be of any size. */
export interface GraphPort {
  readonly name: string;
  readonly dims: readonly (number | string)[];
}

/** One operator, of ONNX itself or of another domain: attributes are integers or lists of integers, which is all that products and reductions need. */
export interface GraphNode {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A small graph; `constants` are one-dimensional int64 tensors such as the shape that a Reshape takes. */
export interface GraphDescription {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly constants?: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly GraphNode[];
}

const irVersion = 8;
const operatorSet = 17;
const float32Type = 1;
const int64Type = 7;
const attributeInt = 2;
const attributeInts = 7;

/** The bytes of an ONNX model. Field numbers are those of onnx.proto (github.com/onnx/onnx, Apache-2.0). */
export function graphBytes(graph: GraphDescription): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, irVersion);
  writer.writeMessage(7, writeGraph, graph);
  writer.writeMessage(8, (version, to) => to.writeVarintField(2, version), operatorSet);
  return writer.finish();
}

/** The bytes of a node, as they stand in a graph behind their tag and length. */
export function nodeBytes(node: GraphNode): Uint8Array {
  const writer = new PbfWriter();
  writeNode(node, writer);
  return writer.finish();
}

/** The bytes of an input or output, as they stand in a graph behind their tag and length. */
export function portBytes(port: GraphPort): Uint8Array {
  const writer = new PbfWriter();
  writePort(port, writer);
  return writer.finish();
}

function writeGraph(graph: GraphDescription, to: PbfWriter): void {
  for (const node of graph.nodes) to.writeMessage(1, writeNode, node);
  to.writeStringField(2, "graph");
  for (const [name, values] of Object.entries(graph.constants ?? {})) to.writeMessage(5, writeConstant, { name, values });
  for (const port of graph.inputs) to.writeMessage(11, writePort, port);
  for (const port of graph.outputs) to.writeMessage(12, writePort, port);
}

function writeNode(node: GraphNode, to: PbfWriter): void {
  for (const name of node.inputs) to.writeStringField(1, name);
  for (const name of node.outputs) to.writeStringField(2, name);
  to.writeStringField(4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) to.writeMessage(5, writeAttribute, { name, value });
  if (node.domain !== undefined) to.writeStringField(7, node.domain);
}

function writeAttribute({ name, value }: { name: string; value: number | readonly number[] }, to: PbfWriter): void {
  to.writeStringField(1, name);
  if (typeof value === "number") to.writeVarintField(3, value);
  else for (const item of value) to.writeVarintField(8, item);
  to.writeVarintField(20, typeof value === "number" ? attributeInt : attributeInts);
}

function writeConstant({ name, values }: { name: string; values: readonly number[] }, to: PbfWriter): void {
  to.writeVarintField(1, values.length);
  to.writeVarintField(2, int64Type);
  for (const value of values) to.writeVarintField(7, value);
  to.writeStringField(8, name);
}

function writePort(port: GraphPort, to: PbfWriter): void {
  to.writeStringField(1, port.name);
  to.writeMessage(2, writeType, port.dims);
}

function writeType(dims: GraphPort["dims"], to: PbfWriter): void {
  to.writeMessage(1, writeTensorType, dims);
}

function writeTensorType(dims: GraphPort["dims"], to: PbfWriter): void {
  to.writeVarintField(1, float32Type);
  to.writeMessage(2, writeShape, dims);
}

function writeShape(dims: GraphPort["dims"], to: PbfWriter): void {
  for (const dim of dims) to.writeMessage(1, writeDimension, dim);
}

function writeDimension(dim: number | string, to: PbfWriter): void {
  if (typeof dim === "number") to.writeVarintField(1, dim);
  else to.writeStringField(2, dim);
}
