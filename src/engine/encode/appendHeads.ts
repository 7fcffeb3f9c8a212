import { open } from "node:fs/promises";
import type { SignaturePort } from "../../core/encoders/signature.ts";
import { EncoderError } from "./encoderError.ts";
import type { GraphNode } from "./graph.ts";
import { nodeBytes, portBytes } from "./graph.ts";
import type { Piece, RewriteWatch } from "./graphPieces.ts";
import { copiesOf, messagePiece, tagged, tensorPieces, writePieces } from "./graphPieces.ts";
import { readGraphSignature } from "./graphSignature.ts";
import { readModelFile } from "./modelFile.ts";

/** What is put behind one of a graph's outputs: nodes from `input` to `output` by names of their own, weights (rows × columns) and numbers. */
export interface AppendedHead {
  /** The output that is tuned, and the name of the new one. */
  readonly from: string;
  readonly to: string;
  readonly dim: number;
  /** Whether the output holds a vector for every part, to be pooled by Winnow: so does the new one then, whose vectors stay as long as the head makes them. */
  readonly isPerPart: boolean;
  readonly graph: (names: { input: string; output: string }) => {
    readonly nodes: readonly GraphNode[];
    readonly constants: Readonly<Record<string, number>>;
  };
  readonly weights: Readonly<Record<string, { readonly rows: number; readonly columns: number; readonly values: Float32Array }>>;
}

// Field numbers of onnx.proto (github.com/onnx/onnx, Apache-2.0).
const modelField = { graph: 7 } as const;
const graphField = { node: 1, output: 12 } as const;
const float32Type = 1;
const int64Type = 7;
/** Gemm does without its third input since this set. */
const oldestOperatorSet = 11;

/**
 * Writes a copy of a graph with heads behind some of its outputs; each gives a new output of float32 vectors, of length 1 where they are pooled, the old ones stay. Weights that lie outside stay where the
 * graph says: copy their files, too. Throws an EncoderError that says why where it can't be done.
 */
export async function appendHeads(source: string, target: string, heads: readonly AppendedHead[], watch: RewriteWatch): Promise<void> {
  const model = readModelFile(source);
  if (model.operatorSet < oldestOperatorSet)
    throw new EncoderError(`${source} is of operator set ${model.operatorSet}: export it again with ${oldestOperatorSet} or newer`);
  const { outputs } = readGraphSignature(source);
  const graph = [
    ...[...model.nodes.map(({ at }) => at), ...model.weights.map(({ at }) => at)].flatMap(copiesOf),
    ...[...model.inputs.map(({ at }) => at), ...model.rest].flatMap(copiesOf),
    ...heads.flatMap((head) =>
      piecesOf(
        head,
        outputs.find(({ name }) => name === head.from)!,
      ),
    ),
  ];
  const sizeBytes = graph.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const file = await open(target, "w");
  try {
    await writePieces(file, [...model.head.flatMap(copiesOf), tagged(modelField.graph, sizeBytes), ...graph], watch);
    await file.sync();
  } finally {
    await file.close();
  }
}

function piecesOf(head: AppendedHead, { type, dims }: SignaturePort): readonly Piece[] {
  const prefix = (name: string): string => `${head.to}/${name}`;
  const isHalf = type === "float16";
  const given = isHalf ? prefix("input") : head.from;
  const input = head.isPerPart ? prefix("flat") : given;
  const { nodes, constants } = head.graph({ input, output: prefix("long") });
  const [around, behind] = head.isPerPart ? perPart(head, prefix, given) : [[], [normalised(head, prefix)]];
  const own = new Set([...Object.keys(head.weights), ...Object.keys(constants), ...nodes.flatMap(({ outputs }) => outputs)]);
  own.delete(prefix("long"));
  const rename = (name: string): string => (own.has(name) ? prefix(name) : name);
  const all: readonly GraphNode[] = [
    ...(isHalf ? [{ op: "Cast", inputs: [head.from], outputs: [given], attributes: { to: float32Type } }] : []),
    ...around,
    ...nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    ...behind,
  ];
  return [
    ...all.map((node) => messagePiece(graphField.node, nodeBytes(node))),
    ...Object.entries(head.weights).flatMap(([name, { rows, columns, values }]) => floatPieces(prefix(name), [rows, columns], values)),
    ...Object.entries(constants).flatMap(([name, value]) => floatPieces(prefix(name), [1], Float32Array.of(value))),
    ...(head.isPerPart ? wholePieces(prefix("rows"), [-1n, BigInt(head.dim)]) : []),
    messagePiece(graphField.output, portBytes({ name: head.to, dims: head.isPerPart ? partDims(dims) : ["batch", head.dim] })),
  ];
}

function normalised({ to }: AppendedHead, prefix: (name: string) => string): GraphNode {
  return { op: "LpNormalization", inputs: [prefix("long")], outputs: [to], attributes: { axis: 1, p: 2 } };
}

/** A head takes rows: parts are laid below one another before it, and back behind it. */
function perPart(
  { to }: AppendedHead,
  prefix: (name: string) => string,
  given: string,
): readonly [readonly GraphNode[], readonly GraphNode[]] {
  const before: readonly GraphNode[] = [
    { op: "Shape", inputs: [given], outputs: [prefix("shape")] },
    { op: "Reshape", inputs: [given, prefix("rows")], outputs: [prefix("flat")] },
  ];
  return [before, [{ op: "Reshape", inputs: [prefix("long"), prefix("shape")], outputs: [to] }]];
}

/** The sizes of the output itself: a size that the batch or the text decides gets a name. */
function partDims(dims: SignaturePort["dims"]): readonly (number | string)[] {
  return (dims ?? []).map((size, at) => size ?? `size${at}`);
}

function wholePieces(name: string, values: readonly bigint[]): readonly Piece[] {
  const bytes = new Uint8Array(BigInt64Array.from(values).buffer);
  return tensorPieces({ name, type: int64Type, dims: [values.length] }, [{ sizeBytes: bytes.length, bytes: () => bytes }]);
}

function floatPieces(name: string, dims: readonly number[], values: Float32Array): readonly Piece[] {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return tensorPieces({ name, type: float32Type, dims }, [{ sizeBytes: bytes.length, bytes: () => bytes }]);
}
