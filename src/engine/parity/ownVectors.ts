import { join } from "node:path";
import type { ParityVectors } from "../../core/parity/compare.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ContentHash } from "../../core/sample.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { encodeImages } from "../encode/encodeImages.ts";
import { encodeTexts, textKey } from "../encode/encodeTexts.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { PixelJob } from "../run/pixelBatches.ts";
import { pixelBatches } from "../run/pixelBatches.ts";
import type { Modality } from "../store/vectors.ts";
import type { Material } from "./material.ts";
import { createVectorShelf, type VectorShelf } from "./vectorShelf.ts";

/** How vectors are made and watched; `onDone` is told of pictures and texts as they are done. */
export interface OwnVectorsOptions {
  readonly provider: ProviderChoice;
  readonly signal: AbortSignal;
  readonly onDone: (count: number) => void;
}

/** Vectors of the material by an encoder, a row each in its order (zeros are unknown), and where they were made. */
export interface OwnVectors extends ParityVectors {
  readonly provider: string;
}

/** Pictures in a batch: few, so that a small machine holds a large model beside them. */
const batchSize = 8;
const areas = 2;

/** Encodes the material as a run encodes a dataset: the same threads, batches, graphs and tokens, but nothing goes through the cache. */
export async function encodeMaterial(env: Env, encoder: Encoder, material: Material, options: OwnVectorsOptions): Promise<OwnVectors> {
  const { dim } = encoder.descriptor;
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
  const image = createVectorShelf(dim);
  await encodePictures(env, { encoder, material, store: image }, { ...options, openTower: () => open("image"), report });
  const text = createVectorShelf(dim);
  const texts = material.texts.map((item) => item.text);
  await encodeTexts({
    texts,
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    openTower: () => open("text"),
    store: text,
    now: env.now,
    signal: options.signal,
    onProgress: ({ done }) => report("text", done),
  });
  return {
    image: image.rows(material.pictures.map(({ sha256 }) => sha256 as ContentHash)),
    text: text.rows(texts.map(textKey)),
    provider: [...providers].join(", "),
  };
}

interface PicturesToEncode {
  readonly encoder: Encoder;
  readonly material: Material;
  readonly store: VectorShelf;
}

interface PictureWatch extends OwnVectorsOptions {
  readonly openTower: () => Promise<Tower>;
  readonly report: (modality: Modality, done: number) => void;
}

async function encodePictures(env: Env, { encoder, material, store }: PicturesToEncode, watch: PictureWatch): Promise<void> {
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
      openTower: watch.openTower,
      store,
      pixelCount: pool.slotLength,
      now: env.now,
      signal: watch.signal,
      onProgress: (done) => watch.report("image", done),
    });
  } finally {
    await pool.close();
  }
}
