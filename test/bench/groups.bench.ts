import { conceptCount } from "../../src/core/clusters/conceptCount.ts";
import { matrixFromArray } from "../../src/core/matrix.ts";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom, drawInteger } from "../../src/core/random.ts";
import { cluster } from "../../src/engine/cluster/cluster.ts";
import { clusterDuplicates } from "../../src/engine/cluster/duplicates.ts";
import type { Duplicates } from "../../src/engine/cluster/duplicates.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { score } from "../../src/engine/score/score.ts";
import { describeMachine, peakMb, report } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/groups.bench.ts [--quick]: duplicates, scores with both ranks, and all groups of made-up vectors, one caption an image;
// seconds and the peak of memory after each. Vectors (rows × dim × 4 bytes, images and captions) and small pictures lie in memory here, and
// are counted in it.
const quick = process.argv.includes("--quick");
const [rows, dim] = [quick ? 5000 : 100_000, 512];
const env: Env = { cacheFolder: "", dataFolder: "", now: () => Date.now(), log: () => undefined, counters: createCounters() };
const random = createRandom(5);
const ids = Array.from({ length: rows }, (_, row) => `sample${String(row).padStart(7, "0")}`);
const rowOrder = Int32Array.from({ length: rows }, (_, row) => row);
const pairs = { count: rows, image: rowOrder, text: rowOrder, captionIndex: new Int32Array(rows) };
const words = Array.from(
  { length: 2000 },
  (_, word) => `word${String.fromCharCode(97 + (word % 26), 97 + (Math.floor(word / 26) % 26), 97 + Math.floor(word / 676))}`,
);
const textOf = ids.map((id) => `${Array.from({ length: 8 }, () => words[drawInteger(random, words.length)]!).join(" ")} ${id}`);

const gemm = await createGemm(env, "cpu");
try {
  await benchGroups();
} finally {
  await gemm.release();
}

async function benchGroups(): Promise<void> {
  const imageValues = clusteredVectors({ rows, dim, clusters: conceptCount(rows) * 5, spread: 1.2, seed: 3 });
  const images = matrixFromArray(imageValues, dim);
  const texts = matrixFromArray(captionsBeside(imageValues), dim);
  line("vectors made", 0, {});
  const duplicates = await timed(
    "duplicates",
    () => findDuplicates(images),
    (found) => ({ groups: found.groups.length }),
  );
  const input = { pairs, images, texts, textOf, ids, gemm, seed: 1 };
  const encoder = { logitScale: 100, bias: undefined, probability: "softmax", contextLength: 77 } as const;
  const scoring = () =>
    score({
      ...input,
      duplicateOf: duplicates.duplicateOf,
      encoder,
      tokensOfText: new Int32Array(rows).fill(12),
      sentences: { vectors: texts, rowsOf: () => [] },
    });
  const columns = await timed("scores and ranks", scoring, (scored) => ({
    best: scored.captionRank.filter((rank) => rank === 1).length / rows,
  }));
  await timed(
    "groups",
    () => cluster({ ...input, duplicates, columns, marginSigma: 0.5 }),
    (found) => ({ groups: found.groups.length }),
  );
}

async function timed<T>(name: string, work: () => Promise<T>, figuresOf: (result: T) => Record<string, number>): Promise<T> {
  const started = performance.now();
  const result = await work();
  line(name, performance.now() - started, figuresOf(result));
  return result;
}

function line(name: string, ms: number, figures: Record<string, number>): void {
  report({ name: `grouping, ${name}`, unit: "s", ours: ms / 1000, rows, dim, ...figures, peakMb: peakMb(), machine: describeMachine() });
}

/** Hashes and small pictures of noise, where every hundredth sample is a copy of the one before: so there is something to find. */
function findDuplicates(images: Matrix): Promise<Duplicates> {
  const isCopy = (row: number): boolean => row % 100 === 99;
  const noise = (size: number) => {
    const bytes = new Uint8Array(rows * size);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = isCopy(Math.floor(at / size)) ? bytes[at - size]! : drawInteger(random, 256);
    return bytes;
  };
  const luma = noise(1024);
  const facts = {
    ids,
    contentHashes: ids,
    pixelHashes: ids,
    pixelCount: new Float64Array(rows).fill(1e6),
    sizeBytes: new Float64Array(rows).fill(1e5),
  };
  const hashes = { straight: noise(32), mirrored: noise(32), known: new Uint8Array(rows).fill(1) };
  const lumaOf = (row: number): Uint8Array => luma.subarray(row * 1024, (row + 1) * 1024);
  return clusterDuplicates({ facts, near: { images, hashes, readLumas: () => Promise.resolve(lumaOf), cosine: 0.85, gemm } });
}

/** A caption vector near each image's, with a cosine of about 0.7. */
function captionsBeside(imageValues: Float32Array): Float32Array {
  const values = clusteredVectors({ rows, dim, clusters: 1, spread: 1000, seed: 4 });
  for (let row = 0; row < rows; row += 1) {
    const vector = values.subarray(row * dim, (row + 1) * dim);
    let squares = 0;
    for (let at = 0; at < dim; at += 1) {
      vector[at] = vector[at]! + imageValues[row * dim + at]!;
      squares += vector[at]! ** 2;
    }
    for (let at = 0; at < dim; at += 1) vector[at] = vector[at]! / Math.sqrt(squares);
  }
  return values;
}
