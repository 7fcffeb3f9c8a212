import { join } from "node:path";
import type { ParityVectors } from "../../core/parity/compare.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ContentHash } from "../../core/sample.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import { isDual } from "../encode/encoderFolder.ts";
import { encodeImages } from "../encode/encodeImages.ts";
import { encodeTexts, textKey } from "../encode/encodeTexts.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { PixelJob } from "../run/pixelBatches.ts";
import { pixelBatches } from "../run/pixelBatches.ts";
import type { Modality } from "../store/vectors.ts";
import type { Material } from "./material.ts";
import { ParityError } from "./parityError.ts";
import { createVectorShelf } from "./vectorShelf.ts";

/** How vectors are made and watched: of which sides (all that the encoder has); `onDone` is told of pictures and texts as they are done. */
export interface OwnVectorsOptions {
  readonly sides?: readonly Modality[];
  readonly provider: ProviderChoice;
  readonly signal: AbortSignal;
  readonly onDone: (count: number) => void;
}

/** Vectors of the material by an encoder, a row each in its order (zeros are unknown; a side that was not asked for is empty), and where they were made. */
export interface OwnVectors extends ParityVectors {
  readonly provider: string;
}

/** Pictures in a batch: few, so that a small machine holds a large model beside them. */
const batchSize = 8;
const areas = 2;

/** Encodes the material as a run encodes a dataset: the same threads, batches, graphs and tokens, but nothing goes through the cache. */
export async function encodeMaterial(env: Env, encoder: ImageEncoder, material: Material, options: OwnVectorsOptions): Promise<OwnVectors> {
  const { sides = sidesOf(encoder) } = options;
  const providers = new Set<string>();
  const open = async (modality: Modality): Promise<Tower> => {
    const tower = await openTower(env, encoder, modality, options);
    providers.add(tower.provider);
    return tower;
  };
  const counts = { image: 0, text: 0 };
  const report = (modality: Modality, done: number): void => {
    options.onDone(done - counts[modality]);
    counts[modality] = done;
  };
  const watch: SideWatch = { ...options, open, report };
  const image = sides.includes("image") ? await encodePictures(env, { encoder, material }, watch) : new Float32Array();
  const text = sides.includes("text") ? await encodeSentences(env, { encoder, material }, watch) : new Float32Array();
  return { image, text, provider: [...providers].join(", ") };
}

/** The sides that an encoder has. */
export function sidesOf(encoder: ImageEncoder): readonly Modality[] {
  return isDual(encoder) ? ["image", "text"] : ["image"];
}

interface ToEncode {
  readonly encoder: ImageEncoder;
  readonly material: Material;
}

interface SideWatch extends OwnVectorsOptions {
  readonly open: (modality: Modality) => Promise<Tower>;
  readonly report: (modality: Modality, done: number) => void;
}

async function encodeSentences(env: Env, { encoder, material }: ToEncode, watch: SideWatch): Promise<Float32Array> {
  if (!isDual(encoder)) throw new ParityError(`${encoder.descriptor.name} sees pictures alone and has no vectors of texts`);
  const store = createVectorShelf(encoder.descriptor.dim);
  const texts = material.texts.map(({ text }) => text);
  await encodeTexts({
    texts,
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    openTower: () => watch.open("text"),
    store,
    now: env.now,
    signal: watch.signal,
    onProgress: ({ done }) => watch.report("text", done),
  });
  return store.rows(texts.map(textKey));
}

async function encodePictures(env: Env, { encoder, material }: ToEncode, watch: SideWatch): Promise<Float32Array> {
  const store = createVectorShelf(encoder.descriptor.dim);
  const pool = createDecodePool(env, { preprocessing: encoder.descriptor.image, slotCount: areas * batchSize });
  const jobs = material.pictures.map(({ file, sha256 }): PixelJob => {
    const locator = { kind: "file", path: join(material.folder, "pictures", file) } as const;
    return {
      start: (slot) => pool.decode({ locator, facts: false, slot }),
      // A picture whose bytes are not those of the material is left out, and with it what it would certify.
      settle: (answer) => (answer.contentHash === sha256 ? (sha256 as ContentHash) : undefined),
    };
  });
  try {
    await encodeImages({
      source: pixelBatches(pool, jobs, batchSize),
      openTower: () => watch.open("image"),
      store,
      pixelCount: pool.slotLength,
      now: env.now,
      signal: watch.signal,
      onProgress: (done) => watch.report("image", done),
    });
  } finally {
    await pool.close();
  }
  return store.rows(material.pictures.map(({ sha256 }) => sha256 as ContentHash));
}
