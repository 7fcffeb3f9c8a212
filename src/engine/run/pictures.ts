import type { ModelUse } from "../../core/modelUse.ts";
import type { DecodedFacts, PictureFacts } from "../../core/pixels/facts.ts";
import { problemsFromFacts } from "../../core/pixels/facts.ts";
import type { Problem } from "../../core/problem.ts";
import type { ContentHash, Sample } from "../../core/sample.ts";
import type { DecodeAnswer, JobProblem } from "../decode/decodeJob.ts";
import type { DecodePool } from "../decode/decodePool.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import { encodeImages, imageBatchSize } from "../encode/encodeImages.ts";
import type { Tower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import type { FactStore } from "../store/facts.ts";
import type { LumaStore } from "../store/lumas.ts";
import type { StatIndex } from "../store/statIndex.ts";
import type { Thumbnail, ThumbnailStore } from "../store/thumbnails.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { PixelJob } from "./pixelBatches.ts";
import { pixelBatches } from "./pixelBatches.ts";
import type { StageClock, StageCounts } from "./stageClock.ts";

/**
 * What is remembered of pictures: hashes by file; facts, small grey pictures and vectors by hash. Vectors are absent where a run stops before encoding, small
 * pictures to be looked at where they are left to whoever looks.
 */
export interface PictureStores {
  readonly statIndex: StatIndex;
  readonly facts: FactStore;
  readonly lumas: LumaStore;
  readonly vectors?: VectorStore;
  readonly thumbnails?: ThumbnailStore;
}

/** How pictures are read; without an encoder they are decoded for their facts alone. */
export interface PictureOptions {
  readonly encoder?: ImageEncoder;
  readonly openTower?: () => Promise<Tower>;
  /** Pictures in a batch; asked for once, when there is something to encode. */
  readonly findBatchSize?: () => Promise<number>;
  readonly onEncoded?: (counts: Pick<StageCounts, "done" | "cached">) => void;
  readonly clock: StageClock;
  readonly signal: AbortSignal;
}

/** What is known of each sample's picture, by its row; undefined where it could not be read. */
export interface Pictures {
  readonly hashes: readonly (ContentHash | undefined)[];
  readonly facts: readonly (DecodedFacts | undefined)[];
  readonly problems: readonly Problem[];
  /** How many pictures this run has encoded. */
  readonly encoded: number;
  readonly use: ModelUse | undefined;
}

/** How much of decoding a kill may lose, and how much longer than writing it down takes that must be. */
const leastKeepMs = 5_000;
const keepShare = 20;
/** Small pictures that are written at once. */
const thumbnailsAtOnce = 32;
/** Batches that may be filled while the model runs. */
const batchesAhead = 3;

interface Work {
  readonly env: Env;
  readonly samples: readonly Sample[];
  readonly stores: PictureStores;
  readonly hashes: (ContentHash | undefined)[];
  readonly problems: Problem[];
  readonly claimed: Set<ContentHash>;
  /** Small pictures that are not handed on yet. */
  readonly fresh: Thumbnail[];
  onDecoded: () => void;
}

/**
 * Decodes and encodes what is not in the cache: each picture is read once, for its hash, facts and pixels together.
 * A picture that fails is a problem; the rest goes on.
 */
export async function readPictures(
  env: Env,
  samples: readonly Sample[],
  stores: PictureStores,
  options: PictureOptions,
): Promise<Pictures> {
  const { clock, signal } = options;
  const work: Work = { env, samples, stores, hashes: [], problems: [], claimed: new Set(), fresh: [], onDecoded: () => undefined };
  samples.forEach((sample, row) => (work.hashes[row] = stores.statIndex.hashOf(sample.id, sample)));
  const todo = samples.map((_, row) => row).filter((row) => !isSettled(work, row));
  const total = samples.length;
  const cached = total - todo.length;
  const reportDecode = clock.start("decode", total);
  const keep = createKeeper(env, stores);
  let decoded = 0;
  work.onDecoded = () => {
    decoded += 1;
    reportDecode({ done: decoded, cached, total });
    if (decoded === todo.length) clock.end("decode", { done: decoded, cached, total });
    keep.sometimes();
  };
  if (todo.length === 0) clock.end("decode", { done: 0, cached, total });
  let encoding: Encoding = { encoded: 0, use: undefined };
  try {
    if (todo.length > 0) encoding = await runPool(work, todo, options);
  } finally {
    await putThumbnails(work);
    await keep.now();
  }
  signal.throwIfAborted();
  return { ...collectFacts(work), ...encoding };
}

/** Writes down what was learned about pictures every now and then, so that a kill loses seconds of it and not all. */
function createKeeper(env: Env, { facts, lumas, statIndex }: PictureStores): { sometimes: () => void; now: () => Promise<void> } {
  let keptAt = env.now();
  let keepEvery = leastKeepMs;
  let keeping: Promise<void> = Promise.resolve();
  const keep = async (): Promise<void> => {
    const startedAt = env.now();
    await facts.flush();
    await lumas.flush();
    await statIndex.save();
    keepEvery = Math.max(leastKeepMs, keepShare * (env.now() - startedAt));
  };
  return {
    sometimes: () => {
      if (env.now() - keptAt < keepEvery) return;
      keptAt = env.now();
      keeping = keeping.then(keep);
      keeping.catch(() => undefined); // thrown again by `now`, which every run ends with
    },
    now: () => keeping.then(keep),
  };
}

/** Whether nothing is left to do for a sample's picture: it failed for good, or its facts and (where asked for) its vector are there. */
function isSettled({ hashes, stores }: Work, row: number): boolean {
  const hash = hashes[row];
  const facts = hash === undefined ? undefined : stores.facts.get(hash);
  if (hash === undefined || facts === undefined) return false;
  return facts.kind === "failed" || (stores.lumas.has(hash) && (stores.vectors?.has(hash) ?? true));
}

type Encoding = Pick<Pictures, "encoded" | "use">;

async function runPool(work: Work, todo: readonly number[], options: PictureOptions): Promise<Encoding> {
  const { encoder, openTower, findBatchSize, onEncoded, signal } = options;
  const { vectors } = work.stores;
  const batchSize = (await findBatchSize?.()) ?? imageBatchSize;
  const slotCount = encoder === undefined ? 0 : batchesAhead * batchSize;
  const pixels = encoder === undefined ? {} : { preprocessing: encoder.descriptor.image, pixelType: encoder.pixelType };
  const pool = createDecodePool(work.env, { slotCount, ...pixels });
  try {
    if (encoder === undefined || openTower === undefined || vectors === undefined) {
      await eachConcurrently(todo, 64, async (row) => {
        signal.throwIfAborted();
        const readAtMs = work.env.now();
        settle(work, { row, readAtMs }, await startJob(work, pool, { row }));
      });
      return { encoded: 0, use: undefined };
    }
    const source = pixelBatches(
      pool,
      todo.map((row) => pixelJob(work, pool, row)),
      batchSize,
    );
    const onProgress = (done: number): void => onEncoded?.({ done, cached: work.samples.length - todo.length });
    const { slotLength: pixelCount } = pool;
    const outcome = await encodeImages({ source, openTower, store: vectors, pixelCount, now: work.env.now, signal, onProgress });
    if (outcome.rejected.length > 0) rejectPictures(work, new Set(outcome.rejected));
    return { encoded: outcome.done, use: outcome.use };
  } finally {
    await pool.close();
  }
}

function pixelJob(work: Work, pool: DecodePool, row: number): PixelJob {
  let readAtMs = 0;
  return {
    start: (slot) => {
      readAtMs = work.env.now();
      return startJob(work, pool, { row, slot });
    },
    settle: (answer) => {
      const hash = settle(work, { row, readAtMs }, answer);
      if (hash === undefined || work.claimed.has(hash) || work.stores.vectors?.has(hash) === true) return undefined;
      work.claimed.add(hash);
      return hash;
    },
  };
}

function startJob(work: Work, pool: DecodePool, { row, slot }: { row: number; slot?: number }): Promise<DecodeAnswer> {
  const sample = work.samples[row]!;
  const hash = work.hashes[row];
  const { thumbnails } = work.stores;
  return pool.decode({
    locator: sample.locator,
    facts: hash === undefined || work.stores.facts.get(hash) === undefined || !work.stores.lumas.has(hash),
    ...(hash === undefined ? {} : { contentHash: hash }),
    ...(slot === undefined ? {} : { slot }),
    ...(thumbnails === undefined || (hash !== undefined && thumbnails.has(hash)) ? {} : { thumbnailSide: thumbnails.side }),
  });
}

/** Hands the fresh small pictures on, in the order of the samples as far as they come so: a screenful is one read then. */
async function putThumbnails({ stores, fresh }: Work): Promise<void> {
  await stores.thumbnails?.put(fresh.splice(0));
}

/** Remembers what came of a job; gives the picture's hash where there is a picture. */
function settle(
  work: Work,
  { row, readAtMs }: { row: number; readAtMs: number },
  { contentHash, facts, luma, thumbnail, problem }: DecodeAnswer,
): ContentHash | undefined {
  const sample = work.samples[row]!;
  work.onDecoded();
  if (problem !== undefined) work.problems.push(problemFromJob(problem, sample.id));
  if (facts !== undefined) work.stores.facts.put(facts);
  if (contentHash === undefined) return undefined;
  work.hashes[row] = contentHash;
  if (luma !== undefined) work.stores.lumas.put(contentHash, luma);
  if (thumbnail !== undefined) work.fresh.push({ hash: contentHash, bytes: thumbnail });
  if (work.fresh.length >= thumbnailsAtOnce) void putThumbnails(work); // what can't be written is told in the log alone
  work.stores.statIndex.remember(sample.id, sample, contentHash, readAtMs);
  return facts?.kind === "failed" || problem !== undefined ? undefined : contentHash;
}

function problemFromJob({ code, message }: JobProblem, sample: string): Problem {
  return {
    code,
    severity: "error",
    sample,
    file: sample,
    message: `${sample} ${message}`,
    hint: "Look at the file, then run again: it will be tried anew",
  };
}

function rejectPictures({ samples, hashes, problems }: Work, rejected: ReadonlySet<ContentHash>): void {
  samples.forEach(({ id }, row) => {
    if (!rejected.has(hashes[row]!)) return;
    const message = `The encoder gave no usable vector for ${id} (all zeros, or not numbers)`;
    problems.push({
      code: "badVector",
      severity: "error",
      sample: id,
      file: id,
      message,
      hint: "Look at the picture, or try another encoder",
    });
  });
}

function collectFacts({ samples, hashes, stores, problems }: Work): Pick<Pictures, "hashes" | "facts" | "problems"> {
  const facts = hashes.map((hash): PictureFacts | undefined => (hash === undefined ? undefined : stores.facts.get(hash)));
  const told = facts.flatMap((fact, row) => (fact === undefined ? [] : problemsFromFacts(fact, samples[row]!.id)));
  return { hashes, facts: facts.map((fact) => (fact?.kind === "decoded" ? fact : undefined)), problems: [...problems, ...told] };
}
