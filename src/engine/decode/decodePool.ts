import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ImagePreprocessing } from "../../core/encoder.ts";
import { outputSize, type Pixels, pixelsIn, type PixelType } from "../../core/pixels/preprocess.ts";
import type { Env } from "../env.ts";
import { tookTooLong, type DecodeAnswer, type DecodeJob } from "./decodeJob.ts";
import { defaultDecodeLimits, type DecodeLimits } from "./decodePicture.ts";
import type { DecodeReply, DecodeRequest, DecodeWorkerData } from "./decodeWorker.ts";

/** How a pool is made. Without `preprocessing` it gives facts only. */
export interface DecodePoolOptions {
  readonly preprocessing?: ImagePreprocessing;
  /** What the model takes; float32 where nothing is said. */
  readonly pixelType?: PixelType;
  /** Number of pictures that `pixels` has room for: some batches ahead of the encoder. */
  readonly slotCount?: number;
  /** Threads; by default as many as the machine has cores for us. */
  readonly threadCount?: number;
  readonly limits?: DecodeLimits;
  /** The thread's program, for tests. */
  readonly workerUrl?: URL;
}

/**
 * Threads that read, hash, decode and preprocess pictures. `pixels` is slotCount × 3 × height × width in shared memory, of the type that
 * the model takes: a batch is a subarray of it, which nobody copies or converts. Any number of jobs may be handed in; each thread holds many, so that it goes on while the main
 * thread is in `session.run()`.
 */
export interface DecodePool {
  readonly pixels: Pixels;
  /** Values of one picture: 3 × height × width; 0 without preprocessing. */
  readonly slotLength: number;
  /**
   * Does a job. Never rejects for what a picture is or does, not even when it kills its thread; rejects when the pool is closed or its
   * threads can't start.
   */
  decode(job: DecodeJob): Promise<DecodeAnswer>;
  /**
   * Ends all threads and rejects what is not done; resolves when they have ended, or after 5 s where one is stuck in the system (a dead
   * network folder).
   */
  close(): Promise<void>;
}

/** Starts a pool; whoever starts it closes it. */
export function createDecodePool(env: Env, options: DecodePoolOptions): DecodePool {
  const { preprocessing, pixelType = "float32", slotCount = 0, limits = defaultDecodeLimits } = options;
  const size = preprocessing === undefined ? { width: 0, height: 0 } : outputSize(preprocessing);
  const slotLength = 3 * size.width * size.height;
  const bytesPerValue = pixelType === "float16" ? Uint16Array.BYTES_PER_ELEMENT : Float32Array.BYTES_PER_ELEMENT;
  const shared = new SharedArrayBuffer(slotCount * slotLength * bytesPerValue);
  const pool: Pool = {
    env,
    limits,
    workerUrl: options.workerUrl ?? workerUrl,
    data: { cacheFolder: env.cacheFolder, dataFolder: env.dataFolder, preprocessing, pixelType, pixels: shared, limits },
    queue: [],
    seats: [],
    endings: [],
    lastNumber: 0,
    failedStarts: 0,
    failure: undefined,
  };
  for (let thread = 0; thread < (options.threadCount ?? availableParallelism()); thread += 1) pool.seats.push(startThread(pool));
  const watch = setInterval(() => endSlowJobs(pool), Math.max(20, limits.timeoutMs / 10));
  return {
    pixels: pixelsIn(shared, pixelType),
    slotLength,
    decode: (job) => addJob(pool, job),
    close: async () => {
      clearInterval(watch);
      fail(pool, new Error("The decode pool was closed before this picture's turn"));
      const endings = [...pool.seats.map(({ worker }) => worker.terminate()), ...pool.endings];
      await Promise.race([Promise.all(endings), delay(longestGoodbyeMs, undefined, { ref: false })]);
    },
  };
}

// The bundle has the worker's program as a file beside its own.
const workerUrl = new URL(import.meta.url.endsWith(".ts") ? "./decodeWorker.ts" : "./decodeWorker.js", import.meta.url);

/**
 * So many jobs lie with a thread: at 1 ms a small picture they last for the longest batch that keeps the main thread from handing out more.
 */
const jobsAhead = 512;
/** A thread that can't start this often in a row never will. */
const startsToTry = 3;
/** A thread in a native call ends when that does; one that waits for a dead file system never does. */
const longestGoodbyeMs = 5000;
/** sharp gives a picture up by itself at the limit; a thread is ended only when that didn't help. */
const patience = 1.5;

interface Pending {
  readonly request: DecodeRequest;
  readonly resolve: (answer: DecodeAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread and the jobs that lie with it, in their order. */
interface Seat {
  readonly worker: Worker;
  readonly current: Int32Array;
  readonly jobs: Map<number, Pending>;
  lastError: string | undefined;
  /** The job that was in hand when the watch last looked, and since when. */
  watched: { readonly number: number; readonly since: number };
}

interface Pool {
  readonly env: Env;
  readonly limits: DecodeLimits;
  readonly workerUrl: URL;
  readonly data: Omit<DecodeWorkerData, "current">;
  readonly queue: Pending[];
  readonly seats: Seat[];
  /** Of threads that were ended before the pool is. */
  readonly endings: Promise<number>[];
  lastNumber: number;
  failedStarts: number;
  failure: Error | undefined;
}

function addJob(pool: Pool, job: DecodeJob): Promise<DecodeAnswer> {
  if (pool.failure !== undefined) return Promise.reject(pool.failure);
  pool.lastNumber += 1;
  const request: DecodeRequest = { number: pool.lastNumber, job };
  return new Promise((resolve, reject) => {
    pool.queue.push({ request, resolve, reject });
    handOut(pool);
  });
}

/** Gives waiting jobs to the threads that have the fewest. */
function handOut(pool: Pool): void {
  while (pool.queue.length > 0) {
    const seat = pool.seats.reduce((best, other) => (other.jobs.size < best.jobs.size ? other : best));
    if (seat.jobs.size >= jobsAhead) return;
    const pending = pool.queue.shift()!;
    seat.jobs.set(pending.request.number, pending);
    seat.worker.postMessage(pending.request);
  }
}

function startThread(pool: Pool): Seat {
  const current = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const data: DecodeWorkerData = { ...pool.data, current };
  const worker = new Worker(pool.workerUrl, { workerData: data });
  const seat: Seat = { worker, current: new Int32Array(current), jobs: new Map(), lastError: undefined, watched: { number: 0, since: 0 } };
  worker.on("message", (reply: DecodeReply) => takeReply(pool, seat, reply));
  worker.on("error", (error: Error) => (seat.lastError = error.message));
  worker.on("exit", () => replaceDead(pool, seat));
  return seat;
}

function takeReply(pool: Pool, seat: Seat, reply: DecodeReply): void {
  if (reply.kind === "log") {
    pool.env.log(reply.tag, reply.text);
    return;
  }
  pool.env.counters.filesRead += reply.filesRead;
  pool.env.counters.bytesRead += reply.bytesRead;
  pool.failedStarts = 0;
  const pending = seat.jobs.get(reply.number);
  seat.jobs.delete(reply.number);
  handOut(pool);
  pending?.resolve(reply.answer);
}

/** A thread ended by itself: the job in hand is to blame, the others go to another thread. */
function replaceDead(pool: Pool, seat: Seat): void {
  if (pool.failure !== undefined || !pool.seats.includes(seat)) return;
  const reason = seat.lastError ?? "the thread ended";
  const culprit = takeCulprit(seat);
  if (culprit === undefined) pool.failedStarts += 1;
  if (pool.failedStarts >= startsToTry) {
    fail(pool, new Error(`The threads that decode pictures can't start: ${reason}`));
    return;
  }
  pool.env.log("decode.pool", `A thread died (${reason}) and was replaced`);
  replace(pool, seat);
  culprit?.resolve({ wrotePixels: false, problem: { code: "unreadable", message: `ended the thread that decoded it: ${reason}` } });
}

/**
 * Ends the threads whose job has been in hand for too long. The main thread may have been away: only what is still in hand at the second
 * look counts.
 */
function endSlowJobs(pool: Pool): void {
  const now = pool.env.now();
  for (const seat of [...pool.seats]) {
    const number = Atomics.load(seat.current, 0);
    if (number !== seat.watched.number) seat.watched = { number, since: now };
    else if (number !== 0 && now - seat.watched.since > pool.limits.timeoutMs * patience) void endSlowJob(pool, seat);
  }
}

async function endSlowJob(pool: Pool, seat: Seat): Promise<void> {
  const culprit = takeCulprit(seat);
  replace(pool, seat);
  // A decoder's native call ends when it ends; but no JavaScript of the thread runs on, so that its slot is free soon.
  const ending = seat.worker.terminate();
  pool.endings.push(ending);
  await Promise.race([ending, delay(1000)]);
  culprit?.resolve({ wrotePixels: false, problem: { code: "tooSlow", message: tookTooLong(pool.limits.timeoutMs) } });
}

function takeCulprit(seat: Seat): Pending | undefined {
  const number = Atomics.load(seat.current, 0);
  const culprit = seat.jobs.get(number);
  seat.jobs.delete(number);
  return culprit;
}

function replace(pool: Pool, seat: Seat): void {
  pool.seats[pool.seats.indexOf(seat)] = startThread(pool);
  pool.queue.unshift(...seat.jobs.values());
  seat.jobs.clear();
  handOut(pool);
}

function fail(pool: Pool, failure: Error): void {
  pool.failure ??= failure;
  const pending = [...pool.queue, ...pool.seats.flatMap(({ jobs }) => [...jobs.values()])];
  pool.queue.length = 0;
  for (const { jobs } of pool.seats) jobs.clear();
  for (const { reject } of pending) reject(pool.failure);
}
