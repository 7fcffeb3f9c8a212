import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { createRandom } from "../src/core/random.ts";

/** Writes a picture of noise, the same for the same seed, with its caption beside. */
export async function writeNoise(
  folder: string,
  name: string,
  { seed, caption }: { readonly seed: number; readonly caption: string },
): Promise<void> {
  const side = 16;
  const random = createRandom(seed);
  const pixels = Buffer.from(Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256)));
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer(),
  );
  await writeFile(path.replace(/\.png$/, ".txt"), caption);
}

/** Writes so many pictures, `0.png` on, with captions that say which. */
export async function writeNoises(folder: string, count: number): Promise<void> {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let seed = 0; seed < count; seed += 1) await writeNoise(folder, `${seed}.png`, { seed, caption: `the ${letters[seed % 26]!} one` });
}
