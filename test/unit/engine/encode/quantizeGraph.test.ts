import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/core/random.ts";
import { EncoderError } from "../../../../src/engine/encode/encoderError.ts";
import { readGraphSignature } from "../../../../src/engine/encode/graphSignature.ts";
import { int8Forms, quantizeGraph } from "../../../../src/engine/encode/quantizeGraph.ts";
import type { Int8Form } from "../../../../src/engine/encode/quantizeGraph.ts";
import { createSession } from "../../../../src/engine/encode/session.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { onnxBytes } from "../../../onnx.ts";
import type { OnnxGraph, OnnxWeights } from "../../../onnx.ts";

const [width, hidden] = [96, 128];
let folder: string;
let env: Env;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-test-"));
  env = { cacheFolder: folder, dataFolder: folder, now: () => 0, log: () => undefined, counters: createCounters() };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(int8Forms)("quantizeGraph by %s", (form) => {
  it("rounds large products, also transposed and with a bias, and stays close", async () => {
    const source = await write(graph());
    const { target, products } = await quantize(source, form);
    expect(products).toBe(4);
    const rows = randomRows(16, 1);
    const [expected, given] = [await run(source, rows), await run(target, rows)];
    for (const cosine of cosinesOf(given, expected)) expect(cosine).toBeGreaterThan(0.9995);
    expect(given).not.toEqual(expected);
    // The shared weights stay for the node that adds them up; all others are a quarter.
    expect((await stat(target)).size).toBeLessThan((await stat(source)).size * 0.6);
  });

  it("gives a row the same vector alone, and in a batch with an outlier", async () => {
    const { target } = await quantize(await write(graph()), form);
    expect(readGraphSignature(target).isBatchBound).toBe(false);
    const rows = randomRows(16, 2);
    for (let i = 0; i < width; i += 1) rows[5 * width + i]! *= 1e4;
    const together = await run(target, rows);
    for (let row = 0; row < 16; row += 1) {
      const alone = await run(target, rows.slice(row * width, (row + 1) * width));
      const [cosine] = cosinesOf(alone, together.subarray(row * hidden, (row + 1) * hidden));
      expect(cosine).toBeGreaterThan(1 - 1e-6);
    }
  });

  it("keeps zero rows zero", async () => {
    const { target } = await quantize(await write({ ...graph(), nodes: graph().nodes.slice(0, 1), outputs: [port("first")] }), form);
    expect(await run(target, new Float32Array(width))).toEqual(new Float32Array(hidden));
  });

  it("takes graphs of newer operator sets, and of exporters that list weights among the inputs", async () => {
    const plain = { ...graph(), operatorSet: 20 };
    const listed = { ...plain, inputs: [...plain.inputs, { name: "down", dims: [width, hidden] }] };
    const { target } = await quantize(await write(listed), form);
    const session = await createSession(env, target, { provider: "cpu" });
    expect(session.inputs).toEqual(["rows"]);
    await session.release();
  });

  it("brings weights in that lie outside", async () => {
    const inside = await write(graph());
    const weights = matrix([width, hidden], 1);
    await writeFile(join(folder, "model.onnx_data"), Buffer.concat([Buffer.alloc(64), bytesOf(weights)]));
    const outside = { location: "model.onnx_data", offset: 64, length: weights.values.byteLength };
    const source = await write({ ...graph(), weights: { ...graph().weights, down: { ...weights, outside } } }, "outside.onnx");
    const first = await quantize(inside, form);
    const second = await quantize(source, form, "second.onnx");
    await rm(join(folder, "model.onnx_data"));
    expect(await run(second.target, randomRows(2, 3))).toEqual(await run(first.target, randomRows(2, 3)));
  });
});

describe("quantizeGraph", () => {
  it("copies a graph without large products", async () => {
    const source = await write({
      inputs: [{ name: "rows", dims: ["batch", width] }],
      outputs: [port("first")],
      weights: { narrow: matrix([width, 8], 1) },
      nodes: [{ op: "MatMul", inputs: ["rows", "narrow"], outputs: ["first"] }],
    });
    const { target, products } = await quantize(source, "rows");
    expect(products).toBe(0);
    expect(await run(target, randomRows(2, 1))).toEqual(await run(source, randomRows(2, 1)));
  });

  it("says which file of weights is too short, missing, or elsewhere", async () => {
    const weights = matrix([width, hidden], 1);
    const outside = { location: "model.onnx_data", offset: 0, length: weights.values.byteLength };
    const source = await write({ ...graph(), weights: { ...graph().weights, down: { ...weights, outside } } });
    await expect(quantize(source, "rows")).rejects.toThrow(
      /keeps its weights in .*model\.onnx_data, which cannot be read .*: download it again/,
    );
    await writeFile(join(folder, "model.onnx_data"), bytesOf(weights));
    await truncate(join(folder, "model.onnx_data"), 100);
    await expect(quantize(source, "rows")).rejects.toThrow(
      /model\.onnx_data is shorter than .* says \(100 bytes, and down ends at 49152\): download it again/,
    );
    for (const location of ["../model.onnx_data", "/etc/hostname"]) {
      const far = await write({ ...graph(), weights: { ...graph().weights, down: { ...weights, outside: { location } } } });
      await expect(quantize(far, "rows")).rejects.toThrow("its weights down lie in no file beside it");
    }
  });

  it("says that a file is no whole graph", async () => {
    const source = await write(graph());
    await truncate(source, 5000);
    await expect(quantize(source, "rows")).rejects.toThrow(/is not a whole ONNX graph .*: export or download it again/);
    await writeFile(source, "not a graph");
    await expect(quantize(source, "rows")).rejects.toThrow(EncoderError);
  });

  it("refuses weights that are not finite and operator sets that are too old", async () => {
    const broken = matrix([width, hidden], 1);
    broken.values[7] = Number.NaN;
    await expect(quantize(await write({ ...graph(), weights: { ...graph().weights, down: broken } }), "rows")).rejects.toThrow(
      "can't be rounded: a weight is not a finite number",
    );
    await expect(quantize(await write({ ...graph(), operatorSet: 10 }), "rows")).rejects.toThrow("export it again with 11 or newer");
  });

  it("stops when it is cancelled, and tells progress up to its total", async () => {
    const source = await write(graph());
    const seen: { done: number; total: number }[] = [];
    await quantizeGraph(source, join(folder, "told.onnx"), "rows", {
      signal: new AbortController().signal,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen[0]).toEqual({ done: 0, total: seen.at(-1)!.total });
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    const cancelled = quantizeGraph(source, join(folder, "none.onnx"), "rows", {
      signal: AbortSignal.abort(new Error("enough")),
      onProgress: () => undefined,
    });
    await expect(cancelled).rejects.toThrow("enough");
  });
});

describe("readGraphSignature", () => {
  it("takes MatMulNBits, which rounds blocks of a row, for free of its batch", async () => {
    const source = await write({
      ...graph(),
      nodes: [{ op: "MatMulNBits", domain: "com.microsoft", inputs: ["rows", "values", "scales"], outputs: ["out"] }],
    });
    expect(readGraphSignature(source).isBatchBound).toBe(false);
  });
});

/** Two products of the same rows, a Gemm of transposed weights with a bias, and weights that are used twice. */
function graph(): OnnxGraph {
  return {
    inputs: [{ name: "rows", dims: ["batch", width] }],
    outputs: [port("out")],
    weights: {
      down: matrix([width, hidden], 1),
      side: matrix([width, hidden], 2),
      turned: matrix([hidden, hidden], 3),
      bias: matrix([hidden], 4),
      square: matrix([hidden, hidden], 5),
    },
    nodes: [
      { op: "MatMul", inputs: ["rows", "down"], outputs: ["first"] },
      { op: "MatMul", inputs: ["rows", "side"], outputs: ["second"] },
      { op: "Mul", inputs: ["first", "second"], outputs: ["both"] },
      { op: "Gemm", inputs: ["both", "turned", "bias"], outputs: ["third"], ints: { transB: 1 } },
      { op: "MatMul", inputs: ["third", "square"], outputs: ["fourth"] },
      { op: "ReduceMax", inputs: ["square"], outputs: ["extra"], ints: { keepdims: 0 } },
      { op: "Add", inputs: ["fourth", "extra"], outputs: ["out"] },
    ],
  };
}

function port(name: string): OnnxGraph["outputs"][number] {
  return { name, dims: ["batch", "width"] };
}

function matrix(dims: readonly number[], seed: number): OnnxWeights & { values: Float32Array } {
  const random = createRandom(seed);
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { dims, values: Float32Array.from({ length }, () => random() * 2 - 1) };
}

function randomRows(count: number, seed: number): Float32Array {
  return matrix([count, width], seed + 100).values;
}

function bytesOf({ values }: { values: Float32Array }): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function write(description: OnnxGraph, name = "model.onnx"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, onnxBytes(description));
  return path;
}

async function quantize(source: string, form: Int8Form, name = "int8.onnx"): Promise<{ target: string; products: number }> {
  const target = join(folder, name);
  const products = await quantizeGraph(source, target, form, { signal: new AbortController().signal, onProgress: () => undefined });
  return { target, products };
}

async function run(path: string, rows: Float32Array): Promise<Float32Array> {
  const session = await createSession(env, await readFile(path), { provider: "cpu", threads: 1 });
  try {
    const results = await session.run({ rows: { data: rows, dims: [rows.length / width, width] } });
    return Object.values(results)[0]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

function cosinesOf(given: Float32Array, expected: Float32Array): readonly number[] {
  return Array.from({ length: given.length / hidden }, (_, row) => {
    let [product, own, other] = [0, 0, 0];
    for (let i = row * hidden; i < (row + 1) * hidden; i += 1) {
      product += given[i]! * expected[i]!;
      own += given[i]! ** 2;
      other += expected[i]! ** 2;
    }
    return product / Math.sqrt(own * other);
  });
}
