import { dirname, join } from "node:path";
import { PbfReader } from "pbf";
import { EncoderError } from "./encoderError.ts";
import { fieldsOf, openWindow, textOf } from "./protobufFile.ts";
import type { Field, FileWindow } from "./protobufFile.ts";

/** Bytes that lie in a file, from `from` up to `to`. */
export interface FileRange {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** A node of a graph file; `attributes` has those that are numbers. */
export interface ModelNode {
  readonly at: FileRange;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
}

/** Weights of a graph file. `type` is ONNX's number of it; `data` is where the raw bytes lie, undefined where they are written as lists of numbers. */
export interface ModelWeights {
  readonly at: FileRange;
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: FileRange | undefined;
  readonly isOutside: boolean;
}

/** An input of the graph, which old exporters also write for every weight. */
export interface ModelInput {
  readonly at: FileRange;
  readonly name: string;
}

/**
 * What a graph file is made of, the weights not read. The ranges hold whole fields with their tags: written one after the other they are the file again,
 * apart from the order.
 */
export interface ModelFile {
  readonly operatorSet: number;
  /** Fields of the model beside its graph. */
  readonly head: readonly FileRange[];
  readonly nodes: readonly ModelNode[];
  readonly weights: readonly ModelWeights[];
  readonly inputs: readonly ModelInput[];
  /** Fields of the graph beside nodes, weights and inputs. */
  readonly rest: readonly FileRange[];
}

// Field numbers of onnx.proto (github.com/onnx/onnx, Apache-2.0).
const modelField = { graph: 7, operatorSet: 8 } as const;
const graphField = { node: 1, weights: 5, input: 11 } as const;
const nodeField = { input: 1, output: 2, operator: 4, attribute: 5 } as const;
const attributeField = { name: 1, float: 2, int: 3 } as const;
const tensorField = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, outside: 13, place: 14 } as const;
const float32Type = 1;
const outsidePlace = 1;
const portName = 1;

/**
 * Reads what a graph file is made of, weights in files of their own included. Throws an EncoderError where the file is no ONNX graph, or where one with
 * its weights is missing or too short.
 */
export function readModelFile(path: string): ModelFile {
  const file = openWindow(path);
  try {
    return readParts(file);
  } catch (error) {
    if (error instanceof EncoderError) throw error;
    throw new EncoderError(`${path} is not a whole ONNX graph (${(error as Error).message}): export or download it again`, {
      cause: error,
    });
  } finally {
    file.close();
  }
}

function readParts(file: FileWindow): ModelFile {
  const fields = [...fieldsOf(file, { from: 0, to: file.sizeBytes })];
  const graph = fields.find(({ number }) => number === modelField.graph);
  if (graph === undefined) throw new RangeError("it has no graph");
  const parts = [...fieldsOf(file, graph)];
  const of = (number: number): readonly Field[] => parts.filter((field) => field.number === number);
  const known: readonly number[] = Object.values(graphField);
  return {
    operatorSet: Math.max(
      0,
      ...fields.filter(({ number }) => number === modelField.operatorSet).map((field) => operatorSetOf(file, field)),
    ),
    head: fields.filter((field) => field !== graph).map((field) => rangeOf(file, field)),
    nodes: of(graphField.node).map((field) => readNode(file, field)),
    weights: of(graphField.weights).map((field) => readWeights(file, field)),
    inputs: of(graphField.input).map((field) => ({ at: rangeOf(file, field), name: firstText(file, field, portName) })),
    rest: parts.filter(({ number }) => !known.includes(number)).map((field) => rangeOf(file, field)),
  };
}

function rangeOf({ path }: FileWindow, { start, to }: Field): FileRange {
  return { path, from: start, to };
}

function firstText(file: FileWindow, message: Field, number: number): string {
  for (const field of fieldsOf(file, message)) if (field.number === number) return textOf(file, field);
  return "";
}

/** The version of ONNX's own operators; 0 for those of another domain. */
function operatorSetOf(file: FileWindow, message: Field): number {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) domain = textOf(file, field);
    else if (field.number === 2) version = field.value ?? 0;
  }
  return domain === "" || domain === "ai.onnx" ? version : 0;
}

function readNode(file: FileWindow, message: Field): ModelNode {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes: Record<string, number> = {};
  let op = "";
  for (const field of fieldsOf(file, message)) {
    if (field.number === nodeField.input) inputs.push(textOf(file, field));
    else if (field.number === nodeField.output) outputs.push(textOf(file, field));
    else if (field.number === nodeField.operator) op = textOf(file, field);
    else if (field.number === nodeField.attribute) readAttribute(file, field, attributes);
  }
  return { at: rangeOf(file, message), op, inputs, outputs, attributes };
}

function readAttribute(file: FileWindow, message: Field, into: Record<string, number>): void {
  let name = "";
  let value: number | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === attributeField.name) name = textOf(file, field);
    else if (field.number === attributeField.int) value = field.value;
    else if (field.number === attributeField.float) value = Buffer.from(file.bytes(field.to - 4, field.to)).readFloatLE();
  }
  if (value !== undefined) into[name] = value;
}

function readWeights(file: FileWindow, message: Field): ModelWeights {
  const dims: number[] = [];
  const outside: Record<string, string> = {};
  let [name, type, isOutside] = ["", 0, false];
  let data: FileRange | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === tensorField.dims) dims.push(...wholeNumbers(file, field));
    else if (field.number === tensorField.type) type = field.value ?? 0;
    else if (field.number === tensorField.name) name = textOf(file, field);
    else if (field.number === tensorField.raw) data = { path: file.path, from: field.from, to: field.to };
    else if (field.number === tensorField.floats && type === float32Type) data = { path: file.path, from: field.from, to: field.to };
    else if (field.number === tensorField.outside) Object.assign(outside, entryOf(file, field));
    else if (field.number === tensorField.place) isOutside = field.value === outsidePlace;
  }
  return { at: rangeOf(file, message), name, type, dims, data: isOutside ? outsideRange(file.path, name, outside) : data, isOutside };
}

/** One number, or a packed list of them. */
function wholeNumbers(file: FileWindow, field: Field): readonly number[] {
  if (field.value !== undefined) return [field.value];
  const pbf = new PbfReader(file.bytes(field.from, field.to));
  const numbers: number[] = [];
  while (pbf.pos < field.to - field.from) numbers.push(pbf.readVarint());
  return numbers;
}

function entryOf(file: FileWindow, message: Field): Record<string, string> {
  return { [firstText(file, message, 1)]: firstText(file, message, 2) };
}

function outsideRange(graph: string, name: string, { location, offset, length }: Record<string, string>): FileRange {
  // A location that leads out of the folder is nobody's weights.
  if (location === undefined || location === "" || /^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(location))
    throw new RangeError(`its weights ${name} lie in no file beside it`);
  const path = join(dirname(graph), location);
  const sizeBytes = sizeOf(path, graph);
  const from = Number(offset ?? 0);
  const to = length === undefined ? sizeBytes : from + Number(length);
  if (!(from >= 0 && from <= to && to <= sizeBytes))
    throw new EncoderError(`${path} is shorter than ${graph} says (${sizeBytes} bytes, and ${name} ends at ${to}): download it again`);
  return { path, from, to };
}

function sizeOf(path: string, graph: string): number {
  try {
    const file = openWindow(path);
    file.close();
    return file.sizeBytes;
  } catch (error) {
    throw new EncoderError(`${graph} keeps its weights in ${path}, which cannot be read (${(error as Error).message}): download it again`, {
      cause: error,
    });
  }
}
