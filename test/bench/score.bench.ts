import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { matrixFromArray } from "../../src/core/matrix.ts";
import { computeClipScore } from "../../src/core/signals/clipScore.ts";
import type { Ranks } from "../../src/core/signals/ranks.ts";
import { computeRanks } from "../../src/core/signals/ranks.ts";
import type { DeviceGemm } from "../../src/engine/encode/gemm.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { compare, envIn, inFolder, time, timingOf } from "./compare.ts";
import { runPeer } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/score.bench.ts [--quick]: clipScore and both ranks of made-up pairs, each image with one caption, against numpy's blocked product
// and count. `equalRanks` is the share of the ranks that both give alike; what differs are sums that differ in the last bit beside a limit.
const quick = process.argv.includes("--quick");
const { rows, rounds } = quick ? { rows: 5000, rounds: 1 } : { rows: 100_000, rounds: 1 };
const dim = 512;

await inFolder(async (folder) => {
  const gemm = await createGemm(envIn(folder), "cpu");
  try {
    await benchRanks(folder, gemm);
  } finally {
    await gemm.release();
  }
});

async function benchRanks(folder: string, gemm: DeviceGemm): Promise<void> {
  const [images, texts] = makePairs();
  const files = { images: join(folder, "images.f32"), texts: join(folder, "texts.f32"), ranks: join(folder, "ranks.i32") };
  await writeFile(files.images, images);
  await writeFile(files.texts, texts);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const pairs = { count: rows, image: order, text: order, captionIndex: new Int32Array(rows) };
  const input = { pairs, images: matrixFromArray(images, dim), texts: matrixFromArray(texts, dim), duplicateOf: order, gemm };
  let ranks: Ranks | undefined;
  let agreement: ReturnType<typeof compareRanks> | undefined;
  let peerPeakMb: number | undefined;
  await compare({
    name: "score: clipScore and both ranks, numpy",
    unit: "pairs/s",
    count: rows,
    rounds,
    ours: () =>
      time(async () => {
        ranks = await computeRanks({ ...input, clipScore: await computeClipScore(input) });
      }),
    peer: async () => {
      const figures = await runPeer("numpy_ranks.py", [files.images, files.texts, dim, files.ranks]);
      peerPeakMb = figures?.rssMb;
      if (figures !== undefined) agreement ??= compareRanks(ranks!, await readFile(files.ranks));
      return timingOf(figures);
    },
    more: () => ({ dim, ...agreement, peerPeakMb }),
  });
}

/** Captions near their images, but for what is foreign in them: a right one has a cosine of about 0.15 and is the first among all now and then. */
function makePairs(): [Float32Array, Float32Array] {
  const images = clusteredVectors({ rows, dim, clusters: rows / 50, spread: 1, seed: 1 });
  const texts = clusteredVectors({ rows, dim, clusters: rows / 50, spread: 1, seed: 2 });
  for (let from = 0; from < texts.length; from += dim) {
    const text = texts.subarray(from, from + dim);
    text.forEach((value, at) => (text[at] = value + 0.15 * images[from + at]!));
    const norm = Math.hypot(...text);
    text.forEach((value, at) => (text[at] = value / norm));
  }
  return [images, texts];
}

function compareRanks(
  { captionRank, imageRank }: Ranks,
  peer: Buffer,
): { equalRanks: number; largestDifference: number; firstRanks: number } {
  const others = new Int32Array(peer.buffer, peer.byteOffset, 2 * rows);
  let [equal, largestDifference] = [0, 0];
  [captionRank, imageRank].forEach((ranks, side) => {
    ranks.forEach((rank, pair) => {
      const difference = Math.abs(rank - others[side * rows + pair]!);
      if (difference === 0) equal += 1;
      largestDifference = Math.max(largestDifference, difference);
    });
  });
  const firstRanks = captionRank.filter((rank) => rank === 1).length / rows;
  return { equalRanks: equal / (2 * rows), largestDifference, firstRanks };
}
