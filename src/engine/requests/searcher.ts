import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ContentHash, Locator } from "../../core/sample.ts";
import type { Query } from "../../protocol/engineApi.ts";
import type { DeviceGemm } from "../encode/gemm.ts";
import { createGemm } from "../encode/gemm.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import type { OpenAnalysis } from "../store/analysis.ts";
import { locatorFromStored, openAnalysis } from "../store/analysis.ts";
import type { Generation } from "../store/generations.ts";
import type { Tables } from "../store/tables.ts";
import type { VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import type { CaptionVectors } from "./captionVectors.ts";
import { openCaptionVectors } from "./captionVectors.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import { once } from "./once.ts";
import type { PlacedVectors } from "./placedVectors.ts";
import { cosinesOf, placeVectors } from "./placedVectors.ts";
import type { PairParts, QueryEncoder } from "./queryEncoder.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import { readTextVectors } from "./textVectors.ts";

/**
 * A dataset's vectors and its encoder, open for questions about what is like what: the first question opens what it needs, the next ones
 * find it open. One question at a time. Close it after use.
 */
export interface Searcher {
  readonly generation: Generation;
  /** The vector of a query, of length 1; of a sample its own stored one. Throws where there is none. */
  vectorOf(query: Query, provider: ProviderChoice): Promise<Float32Array>;
  /** The cosine of every sample's picture with a vector, a value a sample row; NaN is unknown. */
  similarities(vector: Float32Array, signal?: CancelSignal): Promise<Float32Array>;
  /** The names of all samples, in the order of their rows. */
  names(): Promise<readonly string[]>;
  /** The dataset's captions as vectors. */
  captions(): Promise<CaptionVectors>;
  /** The vectors of texts that may be in no dataset, of length 1; a row of zeros is unknown. Throws where there is no encoder, as `countTokens` does. */
  textVectors(texts: readonly string[], asked: AskedTexts): Promise<Float32Array>;
  /** How many tokens texts have, the special ones with them and before any is cut off, and how many the encoder reads. */
  countTokens(texts: readonly string[]): { readonly counts: readonly number[]; readonly limit: number };
  /** The text of each of a text's tokens, and how many of them the encoder reads; see `Tokenizer.cut`. Throws as `countTokens` does. */
  tokenPieces(text: string): { readonly pieces: readonly string[]; readonly kept: number };
  /** The patches of a sample's picture and the tokens of a text, for encoders that give both in one space; undefined where this one doesn't. Throws as `vectorOf` does. */
  parts(pair: { readonly sample: string; readonly text: string }, provider: ProviderChoice): Promise<PairParts | undefined>;
  readonly gemm: DeviceGemm;
  close(): Promise<void>;
}

/** `keep` puts what is encoded into the cache, for texts that the dataset may have soon. */
export interface AskedTexts {
  readonly provider: ProviderChoice;
  readonly keep: boolean;
  readonly signal?: AbortSignal;
}

/** Vectors of pictures, and of captions, are held in memory up to so much each; 10⁵ rows of 512 are 205 MB. Above it they are read from a file in blocks. */
const memoryBytes = 768 * 2 ** 20;

/** Opens a searcher on the current analysis of the dataset at `root`. Throws `NotAnalysedError`, an EncoderError, or that the encoder has changed. */
export async function openSearcher(env: Env, root: string): Promise<Searcher> {
  const { generation, encoder } = await findEncoderOf(env, root);
  const { id, dim } = encoder.descriptor;
  const gemm = await createGemm(env, "cpu");
  const queries = isImported(encoder) ? importedQueries : createQueryEncoder(env, encoder);
  const closing = [() => queries.close(), () => gemm.release()];
  const pictures = once(async () => {
    const opened = await openPictures(generation, await openVectors(env, id, "image", dim));
    closing.push(() => opened.vectors.matrix.dispose());
    return opened;
  });
  const texts = once(() => openVectors(env, id, "text", dim));
  const captions = once(async () => {
    const store = await texts();
    const opened = await withTables(generation, (analysis) => openCaptionVectors(analysis, store, memoryBytes));
    closing.push(() => opened.vectors.matrix.dispose());
    return opened;
  });
  return {
    generation,
    gemm,
    vectorOf: async (query, provider) =>
      query.kind === "sample" ? await storedVector(await pictures(), query.sample) : await queries.encode(query, provider),
    similarities: async (vector, signal) => await cosinesOf((await pictures()).vectors, vector, { gemm, signal }),
    names: async () => (await pictures()).names,
    captions,
    textVectors: async (some, asked) => {
      if (isImported(encoder)) throw noEncoder("text");
      return await readTextVectors({ env, encoder, store: await texts(), queries }, some, asked);
    },
    countTokens: (some) => {
      if (isImported(encoder)) throw noEncoder("text");
      const { contextLength } = encoder.descriptor;
      return { counts: encoder.tokenizer.tokenize(some, contextLength).lengths, limit: contextLength };
    },
    tokenPieces: (text) => {
      if (isImported(encoder)) throw noEncoder("text");
      return encoder.tokenizer.cut(text, encoder.descriptor.contextLength);
    },
    parts: async ({ sample, text }, provider) => await queries.parts(() => findLocator(generation, sample), { text, provider }),
    close: async () => {
      for (const close of closing) await close();
    },
  };
}

/** Nothing new can be encoded where vectors alone were imported. */
const importedQueries: QueryEncoder = {
  encode: ({ kind }) => Promise.reject(noEncoder(kind === "text" ? "text" : "picture")),
  encodePicture: () => Promise.reject(noEncoder("picture")),
  openTexts: () => Promise.reject(noEncoder("text")),
  parts: () => Promise.reject(noEncoder("picture")),
  close: () => Promise.resolve(),
};

function noEncoder(what: "text" | "picture"): Error {
  return new Error(
    `The vectors of this analysis were imported, and no encoder is here that could make one of a ${what}: search by a sample of the dataset, or analyse it with an encoder`,
  );
}

/** Opens a generation's tables for one piece of work. */
export async function withTables<Result>(generation: Generation, work: (analysis: OpenAnalysis) => Promise<Result>): Promise<Result> {
  const analysis = await openAnalysis(generation);
  try {
    return await work(analysis);
  } finally {
    analysis.close();
  }
}

/** The hashes of all samples' pictures in the order of their rows; undefined where a picture could not be read. */
export async function readContentHashes({ tables }: OpenAnalysis): Promise<(ContentHash | undefined)[]> {
  const hashes: (ContentHash | undefined)[] = [];
  for await (const rows of tables.stream("SELECT contentHash FROM samples ORDER BY sampleRow")) {
    for (const { contentHash } of rows) hashes.push((contentHash ?? undefined) as ContentHash | undefined);
  }
  return hashes;
}

/** All samples of an analysis, by their rows, and the vectors that there are of them. */
interface Pictures {
  readonly names: readonly string[];
  readonly vectors: PlacedVectors;
}

async function openPictures(generation: Generation, store: VectorStore): Promise<Pictures> {
  const names: string[] = [];
  const hashes: (ContentHash | undefined)[] = [];
  const scored = await withTables(generation, async ({ tables }) => {
    for await (const rows of tables.stream("SELECT sample, contentHash FROM samples ORDER BY sampleRow")) {
      for (const { sample, contentHash } of rows) {
        names.push(String(sample));
        hashes.push((contentHash ?? undefined) as ContentHash | undefined);
      }
    }
    return await readScoredRows(tables);
  });
  const evicted = scored.filter((row) => hashes[row] !== undefined && !store.has(hashes[row])).length;
  if (evicted > 0)
    throw new Error(
      `The vectors of ${evicted} pictures were evicted from the cache since the analysis: analyse the dataset again, and they are made anew`,
    );
  return { names, vectors: await placeVectors(store, hashes, memoryBytes) };
}

/** The rows of samples that had a vector when they were analysed, for they have a score. */
async function readScoredRows(tables: Tables): Promise<Int32Array> {
  const columns = await tables.query("SELECT column_name AS name FROM (DESCRIBE pairs) WHERE column_name = 'clipScore'");
  if (columns.length === 0) return new Int32Array(0);
  const [rows] = await tables.integers("SELECT DISTINCT sampleRow FROM pairs WHERE clipScore IS NOT NULL");
  return rows ?? new Int32Array(0);
}

async function storedVector({ names, vectors }: Pictures, sample: string): Promise<Float32Array> {
  const row = names.indexOf(sample);
  if (row < 0) throw new Error(`There is no sample ${sample} in the analysis: run "winnow run" again if it is new`);
  const at = vectors.places.indexOf(row);
  if (at < 0) throw new Error(`The picture of ${sample} has no vector, for it could not be decoded or encoded`);
  return Float32Array.from(await vectors.matrix.read(at, at + 1));
}

async function findLocator(generation: Generation, sample: string): Promise<Locator> {
  const [row] = await withTables(generation, ({ tables }) => tables.query("SELECT locator FROM samples WHERE sample = $1", [sample]));
  if (row === undefined) throw new Error(`There is no sample ${sample} in the analysis: run "winnow run" again if it is new`);
  return locatorFromStored(String(row["locator"]));
}
