import { readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ImagePreprocessing } from "../../src/core/encoder.ts";
import type { Sample } from "../../src/core/sample.ts";
import type { DecodeAnswer } from "../../src/engine/decode/decodeJob.ts";
import { createDecodePool } from "../../src/engine/decode/decodePool.ts";
import type { Timing } from "./compare.ts";
import { compare, envIn, inFolder, time, timingOf } from "./compare.ts";
import { runPeer } from "./peers.ts";
import type { PictureSize } from "./pictures.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/decode.bench.ts [--quick]: JPEG files to CLIP's pixels, alone and with the facts (hashes, small grey pictures), against Pillow and
// numpy on as many processes as there are threads. Both are started and warm before the clock runs. `equalPixels` is the share of pictures whose
// decoded pixels are Pillow's to the bit.
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 3;
const counts = quick ? { small: 32, camera: 8 } : { small: 2000, camera: 200 };
const threads = availableParallelism();
/** Pictures that are in hand at once; as many slots are in memory. */
const slots = 64;
const preprocessing: ImagePreprocessing = {
  resize: { kind: "shortest", size: 224 },
  crop: { width: 224, height: 224 },
  resample: "bicubic",
  rescale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

await inFolder(async (folder) => {
  for (const [size, count] of [["224 × 224", counts.small] as const, ["2 megapixels", counts.camera] as const]) {
    await benchDecode(folder, size, count);
  }
});

async function benchDecode(folder: string, size: PictureSize, count: number): Promise<void> {
  const root = join(folder, "pictures");
  const samples = await writePictures(root, size, count);
  const [list, hashFile] = [join(folder, "paths.txt"), join(folder, "hashes.txt")];
  await writeFile(list, samples.map(({ id }) => join(root, id)).join("\n"));
  for (const facts of [true, false]) {
    let answers: readonly DecodeAnswer[] = [];
    let equalPixels: number | undefined;
    await compare({
      name: `decode ${size}, pixels${facts ? " and facts" : " alone"}, Pillow and numpy`,
      unit: "images/s",
      count,
      rounds,
      ours: async () => {
        const decoded = await timeOurs(folder, samples, facts);
        answers = decoded.answers;
        return decoded.timing;
      },
      peer: async () => {
        const timing = timingOf(await runPeer("pillow_decode.py", [list, threads, facts ? "facts" : "pixels", hashFile]));
        if (timing !== undefined && facts) equalPixels ??= shareOfEqual(answers, (await readFile(hashFile, "utf8")).split("\n"));
        return timing;
      },
      more: () => ({ threads, equalPixels }),
    });
  }
  await rm(root, { recursive: true });
}

async function timeOurs(
  folder: string,
  samples: readonly Sample[],
  facts: boolean,
): Promise<{ timing: Timing; answers: readonly DecodeAnswer[] }> {
  const pool = createDecodePool(envIn(folder), { preprocessing, slotCount: slots, threadCount: threads });
  try {
    await decodeAll(pool, samples.slice(0, 4 * threads), facts);
    let answers: readonly DecodeAnswer[] = [];
    const timing = await time(async () => {
      answers = await decodeAll(pool, samples, facts);
    });
    return { timing, answers };
  } finally {
    await pool.close();
  }
}

/** Keeps every slot busy. */
async function decodeAll(pool: ReturnType<typeof createDecodePool>, samples: readonly Sample[], facts: boolean): Promise<DecodeAnswer[]> {
  const answers: DecodeAnswer[] = [];
  let next = 0;
  const work = async (slot: number): Promise<void> => {
    while (next < samples.length) {
      const row = next;
      next += 1;
      answers[row] = await pool.decode({ locator: samples[row]!.locator, facts, slot });
    }
  };
  await Promise.all(Array.from({ length: slots }, (_, slot) => work(slot)));
  return answers;
}

function shareOfEqual(answers: readonly DecodeAnswer[], hashes: readonly string[]): number {
  return answers.filter(({ facts }, row) => facts?.kind === "decoded" && facts.pixelHash === hashes[row]).length / answers.length;
}
