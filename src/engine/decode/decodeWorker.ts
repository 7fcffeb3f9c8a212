import { parentPort, workerData } from "node:worker_threads";
import sharp from "sharp";
import type { ImagePreprocessing } from "../../core/encoder.ts";
import { createWritePixels, leastDecodedSize, outputSize, pixelsIn, type PixelType } from "../../core/pixels/preprocess.ts";
import { createCounters, type Env } from "../env.ts";
import { answerJob, type DecodeAnswer, type DecodeJob, type JobContext } from "./decodeJob.ts";
import type { DecodeLimits } from "./decodePicture.ts";
import { freeMemory } from "./freeMemory.ts";
import { type OpenError, readPictures } from "./openLocator.ts";
import { createPixelKernel } from "./pixelKernel.ts";

/** What a decode thread is started with. `current` is one int32: the number of the job in hand, 0 for none. */
export interface DecodeWorkerData {
  readonly cacheFolder: string;
  readonly dataFolder: string;
  readonly preprocessing: ImagePreprocessing | undefined;
  readonly pixelType: PixelType;
  readonly pixels: SharedArrayBuffer;
  readonly current: SharedArrayBuffer;
  readonly limits: DecodeLimits;
}

/** To a decode thread: a job by its number, from 1. */
export interface DecodeRequest {
  readonly number: number;
  readonly job: DecodeJob;
}

/** From a decode thread: the answer to a job, with what was read for it, or a line of the log. */
export type DecodeReply =
  | {
      readonly kind: "answer";
      readonly number: number;
      readonly answer: DecodeAnswer;
      readonly filesRead: number;
      readonly bytesRead: number;
    }
  | { readonly kind: "log"; readonly tag: string; readonly text: string };

/** Requests whose bytes are being read ahead. */
interface Reading {
  readonly requests: readonly DecodeRequest[];
  readonly bytes: Promise<readonly (Buffer | OpenError)[]>;
}

const data = workerData as DecodeWorkerData;
const port = parentPort!;
const post = (reply: DecodeReply): void => port.postMessage(reply);
const current = new Int32Array(data.current);
const env: Env = {
  cacheFolder: data.cacheFolder,
  dataFolder: data.dataFolder,
  now: Date.now,
  log: (tag, text) => post({ kind: "log", tag, text }),
  counters: createCounters(),
};
const kernel = createPixelKernel();
const leastSize = data.preprocessing === undefined ? undefined : leastDecodedSize(data.preprocessing);
const context: JobContext = { limits: data.limits, leastSize, write: createWriteSlot(data), kernel };
/** So many rows of one table are read in one query. */
const rowsAtOnce = 64;
const waiting: DecodeRequest[] = [];
let isBusy = false;

// Threads are the parallelism here: one a core, each with one picture in hand.
sharp.concurrency(1);
sharp.cache(false);

port.on("message", (request: DecodeRequest) => {
  waiting.push(request);
  if (!isBusy) void serve();
});

function createWriteSlot({ preprocessing, pixelType, pixels }: DecodeWorkerData): JobContext["write"] {
  if (preprocessing === undefined) return () => undefined;
  const { width, height } = outputSize(preprocessing);
  const write = createWritePixels(preprocessing, { passes: kernel, type: pixelType });
  const target = pixelsIn(pixels, pixelType);
  return (picture, slot) => write(picture, target, slot * 3 * width * height);
}

/** Does the waiting jobs one by one, and reads the next one's bytes meanwhile. */
async function serve(): Promise<void> {
  isBusy = true;
  let reading = startReading();
  while (reading !== undefined) {
    const { requests, bytes } = reading;
    Atomics.store(current, 0, requests[0]!.number);
    const read = await bytes;
    reading = startReading();
    for (const [index, { number, job }] of requests.entries()) {
      Atomics.store(current, 0, number);
      const found = read[index]!;
      const answer = await answerJob(job, found, context);
      Atomics.store(current, 0, 0);
      if (found instanceof Buffer) freeMemory(found);
      postAnswer(number, answer);
    }
    reading ??= startReading();
  }
  isBusy = false;
}

/** Begins to read for the next job, or for the next few where they are rows of one table. */
function startReading(): Reading | undefined {
  const first = waiting[0];
  if (first === undefined) return undefined;
  let count = 1;
  while (count < rowsAtOnce && isSameTable(first, waiting[count])) count += 1;
  const requests = waiting.splice(0, count);
  const locators = requests.map(({ job }) => job.locator);
  return { requests, bytes: readPictures(env, locators, { maximumBytes: data.limits.sizeBytes }) };
}

function isSameTable(first: DecodeRequest, other: DecodeRequest | undefined): boolean {
  const from = first.job.locator;
  const to = other?.job.locator;
  return from.kind === "row" && to?.kind === "row" && from.table === to.table && from.column === to.column;
}

/** What has been read so far goes with the answer at hand, though some of it may be for the next job. */
function postAnswer(number: number, answer: DecodeAnswer): void {
  const { filesRead, bytesRead } = env.counters;
  env.counters.filesRead = 0;
  env.counters.bytesRead = 0;
  post({ kind: "answer", number, answer, filesRead, bytesRead });
}
