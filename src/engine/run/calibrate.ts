import { calibrationCrop, drawCalibrationRows, thresholdFromCrops } from "../../core/clusters/cropCalibration.ts";
import type { ContentHash, Sample } from "../../core/sample.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import { imageBatchSize } from "../encode/encodeImages.ts";
import { normalizeRows } from "../encode/normalize.ts";
import type { Tower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { VectorStore } from "../store/vectors.ts";

/** What calibrating takes: samples with their pictures' hashes, and the vectors of the whole pictures. */
export interface CalibrationInput {
  readonly samples: readonly Sample[];
  readonly hashes: readonly (ContentHash | undefined)[];
  readonly vectors: VectorStore;
  readonly encoder: ImageEncoder;
  readonly openTower: () => Promise<Tower>;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** The cosine from which this dataset's images may be near-duplicates by this encoder: some 200 of them against their own crops. Undefined where there are none. */
export async function calibrateNearDuplicates(env: Env, input: CalibrationInput): Promise<number | undefined> {
  const { samples, hashes, vectors, encoder, seed } = input;
  const ids = samples.map(({ id }) => id);
  const isAllowed = (row: number): boolean => hashes[row] !== undefined && vectors.has(hashes[row]);
  const rows = [...drawCalibrationRows(ids, { seed, isAllowed })];
  if (rows.length === 0) return undefined;
  const { descriptor, pixelType } = encoder;
  const pool = createDecodePool(env, { slotCount: imageBatchSize, preprocessing: descriptor.image, pixelType });
  const tower = await input.openTower();
  try {
    const cosines: number[] = [];
    for (let from = 0; from < rows.length; from += imageBatchSize) {
      input.signal.throwIfAborted();
      const batch = rows.slice(from, from + imageBatchSize);
      const answers = await Promise.all(
        batch.map((row, slot) =>
          pool.decode({
            locator: samples[row]!.locator,
            facts: false,
            slot,
            crop: calibrationCrop(ids[row]!, seed),
            contentHash: hashes[row]!,
          }),
        ),
      );
      const cropped = await tower.embedPixels(pool.pixels.subarray(0, batch.length * pool.slotLength), batch.length);
      normalizeRows(cropped, vectors.dim);
      const whole = await vectors.read(batch.map((row) => hashes[row]!));
      batch.forEach((_, slot) => answers[slot]!.wrotePixels && cosines.push(dot(cropped, whole, { slot, dim: vectors.dim })));
    }
    return thresholdFromCrops(Float32Array.from(cosines));
  } finally {
    await tower.release();
    await pool.close();
  }
}

function dot(a: Float32Array, b: Float32Array, { slot, dim }: { slot: number; dim: number }): number {
  let sum = 0;
  for (let at = slot * dim; at < (slot + 1) * dim; at += 1) sum += a[at]! * b[at]!;
  return sum;
}
