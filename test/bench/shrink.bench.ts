import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Sample } from "../../src/core/sample.ts";
import { createDecodePool } from "../../src/engine/decode/decodePool.ts";
import type { Encoder } from "../../src/engine/encode/encoderFolder.ts";
import { readEncoder, withShrinkOnLoad } from "../../src/engine/encode/encoderFolder.ts";
import { builtinEncoderId, findEncoder } from "../../src/engine/encode/encoders.ts";
import { normalizeRows } from "../../src/engine/encode/normalize.ts";
import { openTower } from "../../src/engine/encode/tower.ts";
import { assetsFolder } from "../assets.ts";
import type { Timing } from "./compare.ts";
import { compare, envIn, inFolder, time } from "./compare.ts";
import type { PictureSize } from "./pictures.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/shrink.bench.ts [--quick]: JPEG files to a model's pixels with shrinking on load, against the exact way (the peer). Their facts are
// known already: where they aren't, shrinking costs a second decode. `minCosine` and `meanCosine` compare the vectors of both ways.
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 3;
const sizes: readonly (readonly [PictureSize, number])[] = quick
  ? [["2 megapixels", 2]]
  : [
      ["2 megapixels", 96],
      ["12 megapixels", 32],
    ];
/** Different drawings at the most; the rest repeat them. */
const compared = 12;

interface Shown {
  readonly timing: Timing;
  readonly vectors: Float32Array;
}

await inFolder(async (folder) => {
  const env = envIn(folder);
  const assets = assetsFolder();
  const encoder = await readEncoder(
    env,
    assets === undefined ? (await findEncoder(env, builtinEncoderId)).folder : join(assets, "mini-dual-encoder"),
  );
  for (const [size, count] of sizes) await benchShrink(folder, { encoder, size, count });
});

async function benchShrink(
  folder: string,
  { encoder, size, count }: { encoder: Encoder; size: PictureSize; count: number },
): Promise<void> {
  const root = join(folder, "pictures");
  const samples = await writePictures(root, size, count);
  let cosines: readonly number[] = [];
  let shrunk: Shown | undefined;
  await compare({
    name: `decode ${size} for ${encoder.descriptor.name} with shrinking on load, the exact way`,
    unit: "images/s",
    count,
    rounds,
    ours: async () => (shrunk = await show(folder, withShrinkOnLoad(encoder), samples)).timing,
    peer: async () => {
      const exact = await show(folder, encoder, samples);
      cosines = cosinesOf(exact.vectors, shrunk!.vectors, encoder.descriptor.dim);
      return exact.timing;
    },
    more: () => ({ minCosine: Math.min(...cosines), meanCosine: cosines.reduce((sum, cosine) => sum + cosine) / cosines.length }),
  });
  await rm(root, { recursive: true });
}

/** Decodes all, and encodes the first of them. */
async function show(folder: string, encoder: Encoder, samples: readonly Sample[]): Promise<Shown> {
  const env = envIn(folder);
  const pool = createDecodePool(env, {
    preprocessing: encoder.descriptor.image,
    slotCount: samples.length,
    threadCount: availableParallelism(),
  });
  const tower = await openTower(env, encoder, "image", { provider: "cpu" });
  try {
    const decode = ({ locator }: Sample, slot: number) => pool.decode({ locator, facts: false, slot });
    await Promise.all(samples.slice(0, compared).map(decode));
    const timing = await time(() => Promise.all(samples.map(decode)));
    const count = Math.min(compared, samples.length);
    const vectors = await tower.embedPixels(pool.pixels.subarray(0, count * pool.slotLength), count);
    normalizeRows(vectors, encoder.descriptor.dim);
    return { timing, vectors };
  } finally {
    await tower.release();
    await pool.close();
  }
}

function cosinesOf(a: Float32Array, b: Float32Array, dim: number): number[] {
  return Array.from({ length: a.length / dim }, (_, row) => {
    const other = b.subarray(row * dim, (row + 1) * dim);
    return a.subarray(row * dim, (row + 1) * dim).reduce((sum, value, at) => sum + value * other[at]!, 0);
  });
}
