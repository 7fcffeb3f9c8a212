import type { ModelUse, ModelUses } from "../../core/modelUse.ts";
import type { Problem } from "../../core/problem.ts";
import type { ThumbnailSide } from "../../core/pixels/thumbnailSides.ts";
import type { Provider, ProviderChoice } from "../../core/providers.ts";
import type { Sample } from "../../core/sample.ts";
import type { Encoder, ImageEncoder } from "../encode/encoderFolder.ts";
import { imageBatchSize } from "../encode/encodeImages.ts";
import type { EncodeTextsOutcome } from "../encode/encodeTexts.ts";
import { encodeTexts, textKey } from "../encode/encodeTexts.ts";
import type { ChosenProvider } from "../encode/probe.ts";
import { chooseProvider } from "../encode/probe.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import { openFacts } from "../store/facts.ts";
import type { LumaStore } from "../store/lumas.ts";
import { openLumas } from "../store/lumas.ts";
import { openStatIndex } from "../store/statIndex.ts";
import { openThumbnails } from "../store/thumbnails.ts";
import type { Modality, StoredMatrix, VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import type { CompanionEncoded, CompanionInput } from "./encodeCompanion.ts";
import { encodeCompanion } from "./encodeCompanion.ts";
import { matrixOfKnown } from "./matrices.ts";
import type { Pictures, PictureStores } from "./pictures.ts";
import { readPictures } from "./pictures.ts";
import type { StageClock, StageCounts } from "./stageClock.ts";
import type { PairTexts } from "./texts.ts";
import { collectPairs, collectSentences, countTokens } from "./texts.ts";

/** How the stages are watched and stopped. */
export interface StageOptions {
  readonly clock: StageClock;
  readonly signal: AbortSignal;
  /** The longer side of the small pictures that are made of what is decoded; absent where none are. */
  readonly thumbnailSide?: ThumbnailSide | undefined;
}

/** How a dataset is encoded. */
export interface EncodeOptions extends StageOptions {
  readonly encoder: Encoder;
  /** A second encoder, for the pictures alone. */
  readonly companion?: ImageEncoder | undefined;
  readonly provider: ProviderChoice;
}

/** A dataset's pictures and texts as vectors: `images` has a row a sample, `texts` a row a different text; zeros are unknown. */
export interface Encoded extends Pictures, PairTexts {
  readonly images: StoredMatrix;
  readonly textVectors: StoredMatrix;
  readonly sentenceVectors: StoredMatrix;
  /** The rows in `sentenceVectors` of a text that the encoder cuts off; empty for others. */
  readonly sentencesOf: (text: number) => readonly number[];
  readonly tokensOfText: Int32Array;
  readonly imageStore: VectorStore;
  readonly lumas: LumaStore;
  readonly companion: CompanionEncoded | undefined;
  /** Opens the image side anew, for what has to be encoded beside the dataset. */
  readonly openImageTower: () => Promise<Tower>;
  /** The provider that ran; undefined where all was in the cache. */
  readonly provider: string | undefined;
  /** What a person should know of where towers ran, those included that were opened since. */
  notices(): readonly string[];
  dispose(): Promise<void>;
}

/** Decodes the pictures of the dataset at `root` for their facts alone. */
export async function decodeDataset(env: Env, { root, samples }: Whole, options: StageOptions): Promise<Pictures> {
  return await readPictures(env, samples, await openStores(env, root, options), options);
}

/** A dataset's root (absolute) and its samples. */
export interface Whole {
  readonly root: string;
  readonly samples: readonly Sample[];
}

/** Decodes and encodes what is not in the cache: pictures first, then each different text and the sentences of those that the encoder cuts off, then pictures for the companion. */
export async function encodeDataset(env: Env, { root, samples }: Whole, options: EncodeOptions): Promise<Encoded> {
  const { encoder, companion, clock, signal } = options;
  const { id, dim, contextLength } = encoder.descriptor;
  const towers = createTowers(env, options);
  const imageStore = await openVectors(env, id, "image", dim);
  const textStore = await openVectors(env, id, "text", dim);
  const stores = { ...(await openStores(env, root, options)), vectors: imageStore };
  const { pairs, texts } = collectPairs(samples);
  const tokensOfText = countTokens(encoder.tokenizer, texts, contextLength);
  const { sentences, rowsOf } = collectSentences(texts, tokensOfText, contextLength);
  const total = samples.length * (companion === undefined ? 1 : 2) + texts.length + sentences.length;
  const report = clock.start("encode", total);
  const openImageTower = (): Promise<Tower> => towers.open("image");
  const pictures = await readPictures(env, samples, stores, {
    clock,
    signal,
    encoder,
    openTower: openImageTower,
    findBatchSize: () => towers.batchSize(),
    onEncoded: (counts) => report({ ...counts, total }),
  });
  const written = await encodeTexts({
    texts: [...texts, ...sentences],
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    openTower: () => towers.open("text"),
    store: textStore,
    now: env.now,
    signal,
    onProgress: ({ done, cached }) => report({ done: pictures.encoded + done, cached: samples.length - pictures.encoded + cached, total }),
  });
  const known = countEncoded(pictures, imageStore, written);
  const onSecond = (done: number): void => report({ done: known.done + done, cached: known.cached, total });
  const { second, notices } = await encodeSecond(env, { samples, stores, known: pictures }, { ...options, onEncoded: onSecond });
  clock.end("encode", second === undefined ? known : withCompanion(known, second, pictures), usesOf(pictures.use, written.use));
  const matrices = {
    images: await matrixOfKnown(imageStore, pictures.hashes),
    textVectors: await matrixOfKnown(textStore, texts.map(textKey)),
    sentenceVectors: await matrixOfKnown(textStore, sentences.map(textKey)),
  };
  return {
    ...pictures,
    ...matrices,
    pairs,
    texts,
    tokensOfText,
    sentencesOf: rowsOf,
    problems: [...pictures.problems, ...(second?.problems ?? []), ...problemsOfTexts(samples, texts, new Set(written.rejected))],
    companion: second,
    imageStore,
    lumas: stores.lumas,
    openImageTower,
    provider: towers.provider(),
    notices: () => [...new Set([...towers.notices(), ...notices()])],
    dispose: async () => {
      for (const matrix of Object.values(matrices)) await matrix.dispose();
      await second?.images.dispose();
    },
  };
}

/** Encodes with the companion, where there is one. */
async function encodeSecond(
  env: Env,
  input: Omit<CompanionInput, "encoder" | "towers">,
  options: EncodeOptions & { readonly onEncoded: (done: number) => void },
): Promise<{ readonly second: CompanionEncoded | undefined; readonly notices: () => readonly string[] }> {
  const { companion: encoder } = options;
  if (encoder === undefined) return { second: undefined, notices: () => [] };
  const towers = createTowers(env, { ...options, encoder });
  const second = await encodeCompanion(env, { ...input, encoder, towers }, options);
  return { second, notices: () => towers.notices() };
}

function countEncoded({ hashes, encoded }: Pictures, imageStore: VectorStore, written: EncodeTextsOutcome): StageCounts {
  const images = hashes.filter((hash) => hash !== undefined && imageStore.has(hash)).length;
  const done = encoded + written.done;
  const cached = images - encoded + written.cached;
  return { done, cached, total: done + cached };
}

function usesOf(image: ModelUse | undefined, text: ModelUse | undefined): ModelUses {
  return { ...(image === undefined ? {} : { image }), ...(text === undefined ? {} : { text }) };
}

function withCompanion({ done, cached }: StageCounts, { encoded, imageStore }: CompanionEncoded, { hashes }: Pictures): StageCounts {
  const known = hashes.filter((hash) => hash !== undefined && imageStore.has(hash)).length;
  const counts = { done: done + encoded, cached: cached + known - encoded };
  return { ...counts, total: counts.done + counts.cached };
}

/** Opens what is remembered of the pictures of the dataset at `root`. */
export async function openPictureStores(env: Env, root: string): Promise<PictureStores> {
  return { statIndex: await openStatIndex(env, root), facts: await openFacts(env), lumas: await openLumas(env) };
}

async function openStores(env: Env, root: string, { thumbnailSide: side }: StageOptions): Promise<PictureStores> {
  const stores = await openPictureStores(env, root);
  return side === undefined ? stores : { ...stores, thumbnails: await openThumbnails(env, side) };
}

type TowersOptions = Pick<EncodeOptions, "provider" | "signal"> & { readonly encoder: ImageEncoder };

interface Towers {
  open(modality: Modality): Promise<Tower>;
  /** Pictures in a batch, where it was measured. */
  batchSize(): Promise<number>;
  provider(): string | undefined;
  notices(): readonly string[];
}

/**
 * Chooses the provider when the first tower is wanted, and remembers where towers ran and what a person should know of it, each sentence once. A provider that failed
 * is not tried again.
 */
function createTowers(env: Env, { encoder, provider, signal }: TowersOptions): Towers {
  const opened: Tower[] = [];
  let choosing: Promise<ChosenProvider> | undefined;
  let chosen: ChosenProvider | undefined;
  const choose = async (): Promise<ChosenProvider> => {
    choosing ??= provider === "auto" ? chooseProvider(env, encoder, { signal }) : Promise.resolve(asAsked(provider));
    return (chosen = await choosing);
  };
  return {
    open: async (modality) => {
      const hasFailed = opened.some(({ notice }) => notice !== undefined);
      const tower = await openTower(env, encoder, modality, { provider: hasFailed ? "cpu" : (await choose()).provider });
      opened.push(tower);
      return tower;
    },
    batchSize: async () => (await choose()).batchSize,
    provider: () => opened.at(-1)?.provider,
    notices: () => [...new Set([...(chosen?.notices ?? []), ...opened.flatMap(({ notice }) => notice ?? [])])],
  };
}

function asAsked(provider: Provider): ChosenProvider {
  return { provider, batchSize: imageBatchSize, notices: [] };
}

function problemsOfTexts(samples: readonly Sample[], texts: readonly string[], rejected: ReadonlySet<string>): Problem[] {
  if (rejected.size === 0) return [];
  const bad = new Set(texts.filter((text) => rejected.has(textKey(text))));
  return samples.flatMap(({ id, captions }) =>
    captions
      .filter(({ text }) => bad.has(text))
      .map(({ text }): Problem => {
        const message = `The encoder gave no usable vector for the caption "${text.slice(0, 60)}" of ${id} (all zeros, or not numbers)`;
        return { code: "badVector", severity: "error", sample: id, file: id, message, hint: "Look at the caption, or try another encoder" };
      }),
  );
}
