import type { Problem } from "../../core/problem.ts";
import type { Sample } from "../../core/sample.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { encodeTexts, textKey } from "../encode/encodeTexts.ts";
import type { ProviderChoice } from "../encode/providers.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import { openFacts } from "../store/facts.ts";
import type { LumaStore } from "../store/lumas.ts";
import { openLumas } from "../store/lumas.ts";
import { openStatIndex } from "../store/statIndex.ts";
import type { Modality, StoredMatrix, VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import { matrixOfKnown } from "./matrices.ts";
import type { Pictures, PictureStores } from "./pictures.ts";
import { readPictures } from "./pictures.ts";
import type { StageClock } from "./stageClock.ts";
import type { PairTexts } from "./texts.ts";
import { collectPairs } from "./texts.ts";

/** How the stages are watched and stopped. */
export interface StageOptions {
  readonly clock: StageClock;
  readonly signal: AbortSignal;
}

/** How a dataset is encoded. */
export interface EncodeOptions extends StageOptions {
  readonly encoder: Encoder;
  readonly provider: ProviderChoice;
}

/** A dataset's pictures and texts as vectors: `images` has a row a sample, `texts` a row a different text; zeros are unknown. */
export interface Encoded extends Pictures, PairTexts {
  readonly images: StoredMatrix;
  readonly textVectors: StoredMatrix;
  readonly imageStore: VectorStore;
  readonly lumas: LumaStore;
  /** Opens the image side anew, for what has to be encoded beside the dataset. */
  readonly openImageTower: () => Promise<Tower>;
  /** The provider that ran; undefined where all was in the cache. */
  readonly provider: string | undefined;
  readonly notices: readonly string[];
  dispose(): Promise<void>;
}

/** Decodes the pictures of the dataset at `root` for their facts alone. */
export async function decodeDataset(env: Env, { root, samples }: Whole, options: StageOptions): Promise<Pictures> {
  return await readPictures(env, samples, await openPictureStores(env, root), options);
}

/** A dataset's root (absolute) and its samples. */
export interface Whole {
  readonly root: string;
  readonly samples: readonly Sample[];
}

/** Decodes and encodes what is not in the cache, pictures first and then each different text. */
export async function encodeDataset(env: Env, { root, samples }: Whole, options: EncodeOptions): Promise<Encoded> {
  const { encoder, clock, signal } = options;
  const { id, dim } = encoder.descriptor;
  const towers = createTowers(env, options);
  const imageStore = await openVectors(env, id, "image", dim);
  const textStore = await openVectors(env, id, "text", dim);
  const stores = { ...(await openPictureStores(env, root)), vectors: imageStore };
  const { pairs, texts } = collectPairs(samples);
  const total = samples.length + texts.length;
  const report = clock.start("encode", total);
  const pictures = await readPictures(env, samples, stores, {
    clock,
    signal,
    encoder,
    openTower: () => towers.open("image"),
    onEncoded: (counts) => report({ ...counts, total }),
  });
  const imageCount = pictures.hashes.filter((hash) => hash !== undefined && imageStore.has(hash)).length;
  const textOutcome = await encodeTexts({
    texts,
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    openTower: () => towers.open("text"),
    store: textStore,
    signal,
    onProgress: ({ done, cached }) => report({ done: pictures.encoded + done, cached: samples.length - pictures.encoded + cached, total }),
  });
  const cached = imageCount - pictures.encoded + textOutcome.cached;
  const done = pictures.encoded + textOutcome.done;
  clock.end("encode", { done, cached, total: done + cached });
  const images = await matrixOfKnown(imageStore, pictures.hashes);
  const textVectors = await matrixOfKnown(textStore, texts.map(textKey));
  return {
    ...pictures,
    pairs,
    texts,
    problems: [...pictures.problems, ...problemsOfTexts(samples, texts, new Set(textOutcome.rejected))],
    images,
    textVectors,
    imageStore,
    lumas: stores.lumas,
    openImageTower: () => towers.open("image"),
    provider: towers.provider(),
    notices: towers.notices(),
    dispose: async () => {
      await images.dispose();
      await textVectors.dispose();
    },
  };
}

async function openPictureStores(env: Env, root: string): Promise<PictureStores> {
  return { statIndex: await openStatIndex(env, root), facts: await openFacts(env), lumas: await openLumas(env) };
}

interface Towers {
  open(modality: Modality): Promise<Tower>;
  provider(): string | undefined;
  notices(): readonly string[];
}

/** Opens towers and remembers where they ran and what a person should know of it, each sentence once. */
function createTowers(env: Env, { encoder, provider }: EncodeOptions): Towers {
  let ran: string | undefined;
  const told = new Set<string>();
  return {
    open: async (modality) => {
      const tower = await openTower(env, encoder, modality, { provider });
      ran = tower.provider;
      if (tower.notice !== undefined) told.add(tower.notice);
      return tower;
    },
    provider: () => ran,
    notices: () => [...told],
  };
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
