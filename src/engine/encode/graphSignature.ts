import { PbfReader } from "pbf";
import type { GraphSignature, SignaturePort } from "../../core/encoders/signature.ts";
import { EncoderError } from "./encoderError.ts";
import { fieldsOf, openWindow, textOf } from "./protobufFile.ts";
import type { Field, FileWindow } from "./protobufFile.ts";

// Field numbers of onnx.proto (github.com/onnx/onnx, Apache-2.0).
const modelGraph = 7;
const graphNode = 1;
const graphInitializer = 5;
const graphInput = 11;
const graphOutput = 12;
const nodeOperator = 4;
const initializerName = 8;
const portTypes: Readonly<Record<number, SignaturePort["type"]>> = { 1: "float32", 10: "float16", 7: "int64", 6: "int32" };

/** A node larger than this carries a constant; no operator that quantises does. */
const largestNodeBytes = 1 << 16;

/** Reads a graph's signature without loading it: the weights are stepped over. Throws an EncoderError where the file is no ONNX graph. */
export function readGraphSignature(path: string): GraphSignature {
  const file = openWindow(path);
  try {
    const graph = [...fieldsOf(file, { from: 0, to: file.sizeBytes })].find((field) => field.number === modelGraph);
    if (graph === undefined) throw new RangeError("it has no graph");
    return signatureOf(file, graph);
  } catch (error) {
    throw new EncoderError(`${path} is not a whole ONNX graph (${(error as Error).message}): export or download it again`, {
      cause: error,
    });
  } finally {
    file.close();
  }
}

function signatureOf(file: FileWindow, graph: Field): GraphSignature {
  const inputs: SignaturePort[] = [];
  const outputs: SignaturePort[] = [];
  const weights = new Set<string>();
  let isBatchBound = false;
  for (const field of fieldsOf(file, graph)) {
    if (field.number === graphInput) inputs.push(readPort(file, field));
    else if (field.number === graphOutput) outputs.push(readPort(file, field));
    else if (field.number === graphInitializer) weights.add(nameOf(file, field));
    else if (field.number === graphNode && field.to - field.from <= largestNodeBytes) isBatchBound ||= isDynamicallyQuantized(file, field);
  }
  if (outputs.length === 0) throw new RangeError("its graph has no outputs");
  // Old exporters list the weights among the inputs.
  return { inputs: inputs.filter((port) => !weights.has(port.name)), outputs, isBatchBound };
}

function nameOf(file: FileWindow, message: Field): string {
  for (const field of fieldsOf(file, message)) if (field.number === initializerName) return textOf(file, field);
  return "";
}

function isDynamicallyQuantized(file: FileWindow, node: Field): boolean {
  for (const field of fieldsOf(file, node)) {
    if (field.number !== nodeOperator) continue;
    const operator = textOf(file, field);
    return operator === "DynamicQuantizeLinear" || operator === "DynamicQuantizeMatMul" || operator === "DynamicQuantizeLSTM";
  }
  return false;
}

function readPort(file: FileWindow, field: Field): SignaturePort {
  const port = { name: "", type: "other" as SignaturePort["type"], dims: undefined as (number | undefined)[] | undefined };
  const readDim = (tag: number, _: unknown, pbf: PbfReader) => {
    if (tag === 1) port.dims![port.dims!.length - 1] = pbf.readVarint();
  };
  const readShape = (tag: number, _: unknown, pbf: PbfReader) => {
    if (tag !== 1) return;
    port.dims!.push(undefined);
    pbf.readMessage(readDim, undefined);
  };
  const readTensor = (tag: number, _: unknown, pbf: PbfReader) => {
    if (tag === 1) port.type = portTypes[pbf.readVarint()] ?? "other";
    else if (tag === 2) {
      port.dims = [];
      pbf.readMessage(readShape, undefined);
    }
  };
  const readType = (tag: number, _: unknown, pbf: PbfReader) => {
    if (tag === 1) pbf.readMessage(readTensor, undefined);
  };
  new PbfReader(file.bytes(field.from, field.to)).readFields((tag, _, pbf) => {
    if (tag === 1) port.name = pbf.readString();
    else if (tag === 2) pbf.readMessage(readType, undefined);
  }, undefined);
  return port;
}
