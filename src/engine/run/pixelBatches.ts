import type { ContentHash } from "../../core/sample.ts";
import type { DecodeAnswer } from "../decode/decodeJob.ts";
import type { DecodePool } from "../decode/decodePool.ts";
import type { PixelBatch } from "../encode/encodeImages.ts";

/** A picture that is to be decoded into a slot; `settle` says with the answer whether its pixels are wanted still. */
export interface PixelJob {
  start(slot: number): Promise<DecodeAnswer>;
  settle(answer: DecodeAnswer): ContentHash | undefined;
}

/** A part of the pool's memory with room for one batch, and the answers of the jobs that fill it. */
interface Area {
  readonly firstSlot: number;
  readonly jobs: readonly PixelJob[];
  readonly answers: Promise<readonly DecodeAnswer[]>;
}

/**
 * Joins decoding and encoding: hands jobs to the pool as long as there is a free area, and gives areas as batches in the order of the jobs.
 * The pool's slots are `areaCount` × `batchSize`; with two areas and more the threads fill one while the model runs on another.
 */
export async function* pixelBatches(pool: DecodePool, jobs: readonly PixelJob[], batchSize: number): AsyncIterable<PixelBatch> {
  const areaCount = Math.floor(pool.pixels.length / pool.slotLength / batchSize);
  const free = Array.from({ length: areaCount }, (_, area) => area * batchSize);
  const filling: Area[] = [];
  let next = 0;
  let onFilling: () => void = () => undefined;
  const fill = (): void => {
    while (free.length > 0 && next < jobs.length) {
      const taken = jobs.slice(next, next + batchSize);
      next += taken.length;
      filling.push(startArea(taken, free.shift()!));
    }
    onFilling();
  };
  fill();
  while (filling.length > 0 || next < jobs.length) {
    // With every area in the reader's hands, the next one begins when the reader gives one back.
    if (filling.length === 0)
      await new Promise<void>((resolve) => {
        onFilling = resolve;
      });
    const area = filling.shift()!;
    const keys = gather(pool, area, await area.answers);
    const release = (): void => {
      free.push(area.firstSlot);
      fill();
    };
    if (keys.length === 0) release();
    else yield { pixels: pool.pixels.subarray(area.firstSlot * pool.slotLength), keys, release };
  }
}

function startArea(jobs: readonly PixelJob[], firstSlot: number): Area {
  const answers = Promise.all(jobs.map((job, position) => job.start(firstSlot + position)));
  answers.catch(() => undefined); // awaited in its turn, which a failure before it may keep from coming
  return { firstSlot, jobs, answers };
}

/** Closes the gaps that pictures without pixels left, so that the area's first `keys.length` slots are the batch. */
function gather(pool: DecodePool, { firstSlot, jobs }: Area, answers: readonly DecodeAnswer[]): ContentHash[] {
  const keys: ContentHash[] = [];
  answers.forEach((answer, position) => {
    const key = jobs[position]!.settle(answer);
    if (key === undefined || !answer.wrotePixels) return;
    const [from, to] = [firstSlot + position, firstSlot + keys.length];
    if (from !== to) pool.pixels.copyWithin(to * pool.slotLength, from * pool.slotLength, (from + 1) * pool.slotLength);
    keys.push(key);
  });
  return keys;
}
