import { open } from "node:fs/promises";
import { PbfWriter } from "pbf";
import { roundBlocks, roundColumns } from "../../core/encoders/int8.ts";
import type { ProductShape } from "../../core/encoders/int8.ts";
import { EncoderError } from "./encoderError.ts";
import { nodeBytes } from "./graph.ts";
import type { GraphNode } from "./graph.ts";
import { copiesOf, messagePiece, partsOf, readRange, tagged, tensorPieces, writePieces } from "./graphPieces.ts";
import type { Piece, RewriteWatch } from "./graphPieces.ts";
import { readModelFile } from "./modelFile.ts";
import type { ModelFile, ModelNode, ModelWeights } from "./modelFile.ts";

/**
 * How products are done in eight bits, fastest first. `rows`: a row of activations is rounded by its own largest, a column of weights likewise, and the
 * product runs in whole numbers (ONNX's own MatMulInteger). `blocks`: stretches of 64 of both are rounded each by their own largest (onnxruntime's
 * MatMulNBits), which bears outliers. In neither does a vector depend on its batch.
 */
export const int8Forms = ["rows", "blocks"] as const;

/** One of the forms. */
export type Int8Form = (typeof int8Forms)[number];

/** A product whose weights are constant: its node, and how they lie. */
interface Product {
  readonly node: ModelNode;
  readonly weights: ModelWeights;
  readonly shape: ProductShape;
}

// Field numbers of onnx.proto (github.com/onnx/onnx, Apache-2.0).
const modelField = { graph: 7, operatorSet: 8 } as const;
const graphNode = 1;
const type = { float32: 1, uint8: 2, int8: 3 } as const;

const runtimeDomain = "com.microsoft";
const blockLength = 64;
/** Below this a product saves less than it costs to round its rows: rounding passes six times over them. */
const smallestSide = 64;
/** From here on ReduceMax takes its axes as an input. */
const axesAreInputFrom = 18;
/** ReduceMax counts axes from the end since this set. */
const oldestOperatorSet = 11;
/** onnxruntime reads no larger graph; weights outside of it would be needed. */
const largestGraphBytes = 2 ** 31 - 1;
/** Graphs within graphs may use any weight of the outer one. */
const nesting: ReadonlySet<string> = new Set(["If", "Loop", "Scan", "SequenceMap"]);

const names = { smallest: "int8/smallest", step: "int8/step", one: "int8/one", zero: "int8/zero", last: "int8/last" } as const;

/**
 * Writes a copy of a float32 graph whose products with constant weights (MatMul, Gemm) are done in eight bits, with all weights within it; gives how many
 * products there are. Convolutions, products of two activations and small products stay as they are. Throws an EncoderError that says why where the graph
 * can't be read or written so.
 */
export async function quantizeGraph(source: string, target: string, form: Int8Form, watch: RewriteWatch): Promise<number> {
  const model = readModelFile(source);
  if (model.operatorSet < oldestOperatorSet)
    throw new EncoderError(`${source} is of operator set ${model.operatorSet}: export it again with ${oldestOperatorSet} or newer`);
  const products = findProducts(model);
  const graph = piecesOf(source, model, products, form);
  const graphBytes = graph.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (graphBytes > largestGraphBytes)
    throw new EncoderError(`${source} stays larger than 2 GB in eight bits, more than a graph may have: use it as it is`);
  const file = await open(target, "w");
  try {
    await writePieces(file, [...headOf(model, form), tagged(modelField.graph, graphBytes), ...graph], watch);
    await file.sync();
  } catch (error) {
    if (error instanceof RangeError) throw new EncoderError(`${source} can't be rounded: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await file.close();
  }
  return products.size;
}

function findProducts({ nodes, weights }: ModelFile): ReadonlyMap<ModelNode, Product> {
  const byName = new Map(weights.map((item) => [item.name, item]));
  const products = new Map<ModelNode, Product>();
  for (const node of nodes) {
    const constant = byName.get(node.inputs[1] ?? "");
    const shape = constant === undefined ? undefined : shapeOf(node, constant);
    if (constant !== undefined && shape !== undefined) products.set(node, { node, weights: constant, shape });
  }
  return products;
}

/** Undefined where a product is not of the kind that is rounded. */
function shapeOf({ op, attributes }: ModelNode, { dims, type: kind, data }: ModelWeights): ProductShape | undefined {
  if (op !== "MatMul" && op !== "Gemm") return undefined;
  const [first, second] = dims;
  if (dims.length !== 2 || kind !== type.float32 || first === undefined || second === undefined) return undefined;
  if (data === undefined || data.to - data.from !== first * second * 4 || Math.min(first, second) < smallestSide) return undefined;
  const { alpha = 1, beta = 1, transA = 0, transB = 0 } = op === "Gemm" ? attributes : {};
  if (alpha !== 1 || beta !== 1 || transA !== 0) return undefined;
  return transB === 0 ? { rows: first, columns: second, isTransposed: false } : { rows: second, columns: first, isTransposed: true };
}

function headOf({ head }: ModelFile, form: Int8Form): readonly Piece[] {
  const copies = head.flatMap(copiesOf);
  if (form === "rows") return copies;
  const set = new PbfWriter();
  set.writeStringField(1, runtimeDomain);
  set.writeVarintField(2, 1);
  // Said twice is no harm: a graph that was optimised before names the domain already.
  return [...copies, messagePiece(modelField.operatorSet, set.finish())];
}

function piecesOf(source: string, model: ModelFile, products: ReadonlyMap<ModelNode, Product>, form: Int8Form): readonly Piece[] {
  const dropped = weightsNoLongerUsed(model, products);
  const rounded = [...new Map([...products.values()].map((product) => [keyOf(product), product])).values()];
  return [
    ...nodePieces(model, products, form),
    ...(form === "rows" ? constantPieces(model.operatorSet) : []),
    ...rounded.flatMap((product) => roundedPieces(product, form)),
    ...model.weights.filter(({ name }) => !dropped.has(name)).flatMap((weights) => weightPieces(source, weights)),
    ...model.inputs.filter(({ name }) => !dropped.has(name)).flatMap(({ at }) => copiesOf(at)),
    ...model.rest.flatMap(copiesOf),
  ];
}

function weightsNoLongerUsed({ nodes }: ModelFile, products: ReadonlyMap<ModelNode, Product>): ReadonlySet<string> {
  if (nodes.some(({ op }) => nesting.has(op))) return new Set();
  const used = new Set(nodes.flatMap((node) => (products.has(node) ? node.inputs.filter((_, i) => i !== 1) : node.inputs)));
  return new Set([...products.values()].map(({ weights }) => weights.name).filter((name) => !used.has(name)));
}

/** Weights may be shared by products that take them lying either way. */
function keyOf({ weights, shape }: Product): string {
  return `${weights.name}/int8${shape.isTransposed ? "/transposed" : ""}`;
}

function nodePieces({ nodes, operatorSet }: ModelFile, products: ReadonlyMap<ModelNode, Product>, form: Int8Form): readonly Piece[] {
  const roundedRows = new Set<string>();
  return nodes.flatMap((node) => {
    const product = products.get(node);
    if (product === undefined) return copiesOf(node.at);
    const [activations] = [node.inputs[0]!];
    const isFirst = !roundedRows.has(activations);
    roundedRows.add(activations);
    const made =
      form === "blocks" ? blockNodes(product) : [...(isFirst ? rowNodes(activations, operatorSet) : []), ...productNodes(product)];
    return [...made, ...biasNodes(product)].map((item) => messagePiece(graphNode, nodeBytes(item)));
  });
}

/** Each row divided by 1/127 of its largest magnitude, rounded to unsigned bytes around 128; once for all products of the same rows. */
function rowNodes(rows: string, operatorSet: number): readonly GraphNode[] {
  const { magnitude, largest, reach, scale, scaled, bytes } = rowNames(rows);
  const axes = operatorSet >= axesAreInputFrom ? { inputs: [names.last], attributes: {} } : { inputs: [], attributes: { axes: [-1] } };
  return [
    { op: "Abs", inputs: [rows], outputs: [magnitude] },
    { op: "ReduceMax", inputs: [magnitude, ...axes.inputs], outputs: [largest], attributes: { ...axes.attributes, keepdims: 1 } },
    // A row of zeros stays one.
    { op: "Max", inputs: [largest, names.smallest], outputs: [reach] },
    { op: "Mul", inputs: [reach, names.step], outputs: [scale] },
    { op: "Div", inputs: [rows, scale], outputs: [scaled] },
    { op: "QuantizeLinear", inputs: [scaled, names.one, names.zero], outputs: [bytes] },
  ];
}

function rowNames(rows: string): Readonly<Record<"magnitude" | "largest" | "reach" | "scale" | "scaled" | "bytes", string>> {
  const name = (part: string): string => `${rows}/int8/${part}`;
  return {
    magnitude: name("magnitude"),
    largest: name("largest"),
    reach: name("reach"),
    scale: name("scale"),
    scaled: name("scaled"),
    bytes: name("bytes"),
  };
}

function productNodes(product: Product): readonly GraphNode[] {
  const { node } = product;
  const { bytes, scale } = rowNames(node.inputs[0]!);
  const [output, key] = [outputOf(product), keyOf(product)];
  const part = (name: string): string => `${node.outputs[0]}/int8/${name}`;
  return [
    { op: "MatMulInteger", inputs: [bytes, `${key}/values`, names.zero], outputs: [part("whole")] },
    { op: "Cast", inputs: [part("whole")], outputs: [part("float")], attributes: { to: type.float32 } },
    { op: "Mul", inputs: [part("float"), scale], outputs: [part("rows")] },
    { op: "Mul", inputs: [part("rows"), `${key}/scales`], outputs: [output] },
  ];
}

function blockNodes(product: Product): readonly GraphNode[] {
  const { node, shape } = product;
  const key = keyOf(product);
  return [
    {
      op: "MatMulNBits",
      domain: runtimeDomain,
      inputs: [node.inputs[0]!, `${key}/values`, `${key}/scales`],
      outputs: [outputOf(product)],
      // Level 4 rounds the activations as well, block by block.
      attributes: { K: shape.rows, N: shape.columns, bits: 8, block_size: blockLength, accuracy_level: 4 },
    },
  ];
}

function biasNodes({ node }: Product): readonly GraphNode[] {
  const bias = node.inputs[2] ?? "";
  return bias === "" ? [] : [{ op: "Add", inputs: [`${node.outputs[0]}/int8/product`, bias], outputs: [node.outputs[0]!] }];
}

function outputOf({ node }: Product): string {
  return (node.inputs[2] ?? "") === "" ? node.outputs[0]! : `${node.outputs[0]}/int8/product`;
}

function constantPieces(operatorSet: number): readonly Piece[] {
  const scalar = (name: string, value: number): readonly Piece[] =>
    tensorPieces({ name, type: type.float32, dims: [] }, [{ sizeBytes: 4, bytes: () => bytesOf(Float32Array.of(value)) }]);
  const int64Type = 7;
  return [
    ...scalar(names.smallest, 1e-30),
    ...scalar(names.step, 1 / 127),
    ...scalar(names.one, 1),
    ...tensorPieces({ name: names.zero, type: type.uint8, dims: [] }, [{ sizeBytes: 1, bytes: () => Uint8Array.of(128) }]),
    ...(operatorSet < axesAreInputFrom
      ? []
      : tensorPieces({ name: names.last, type: int64Type, dims: [1] }, [{ sizeBytes: 8, bytes: () => bytesOf(BigInt64Array.of(-1n)) }])),
  ];
}

/** Values and scales are asked for one after the other, so what is made for both is kept until the second is written. */
function roundedPieces(product: Product, form: Int8Form): readonly Piece[] {
  const { shape, weights } = product;
  const key = keyOf(product);
  const blocks = Math.ceil(shape.rows / blockLength);
  const valueDims = form === "rows" ? [shape.rows, shape.columns] : [shape.columns, blocks, blockLength];
  const scaleCount = form === "rows" ? shape.columns : shape.columns * blocks;
  let scales = new Float32Array();
  const round = async (): Promise<Uint8Array> => {
    const floats = floatsOf(await readRange(weights.data!));
    const made = form === "rows" ? roundColumns(floats, shape) : roundBlocks(floats, shape, blockLength);
    scales = made.scales;
    return bytesOf(made.values);
  };
  const valueBytes = valueDims.reduce((product, dim) => product * dim, 1);
  const sourceBytes = weights.data!.to - weights.data!.from;
  return [
    ...tensorPieces({ name: `${key}/values`, type: form === "rows" ? type.int8 : type.uint8, dims: valueDims }, [
      { sizeBytes: valueBytes, sourceBytes, bytes: round },
    ]),
    ...tensorPieces({ name: `${key}/scales`, type: type.float32, dims: [scaleCount] }, [
      {
        sizeBytes: scaleCount * 4,
        bytes: () => {
          const bytes = bytesOf(scales);
          scales = new Float32Array();
          return bytes;
        },
      },
    ]),
  ];
}

/** Weights that lie outside are brought in. */
function weightPieces(source: string, { at, name, type: kind, dims, data, isOutside }: ModelWeights): readonly Piece[] {
  if (!isOutside) return copiesOf(at);
  if (data === undefined) throw new EncoderError(`${source} says of its weights ${name} that they lie elsewhere, but not where`);
  return tensorPieces({ name, type: kind, dims }, partsOf(data));
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int8Array | Uint8Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
