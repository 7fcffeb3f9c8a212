import type { ImportedEncoder } from "../encode/importedEncoder.ts";
import { EncoderError } from "../encode/encoderError.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { Env } from "../env.ts";
import { openVectors } from "../store/vectors.ts";
import type { Encoded, StageOptions, Whole } from "./encodeDataset.ts";
import { openPictureStores } from "./encodeDataset.ts";
import { matrixOfKnown } from "./matrices.ts";
import { readPictures } from "./pictures.ts";
import { collectPairs } from "./texts.ts";

/**
 * What `encodeDataset` gives, of vectors that were imported: pictures are decoded for their facts, nothing is encoded, what was not imported is unknown. So are the
 * lengths of captions in tokens. Throws an EncoderError where nothing of the dataset was imported.
 */
export async function gatherImported(
  env: Env,
  { root, samples }: Whole,
  { encoder, clock, signal }: StageOptions & { readonly encoder: ImportedEncoder },
): Promise<Encoded> {
  const { id, dim, name } = encoder.descriptor;
  const imageStore = await openVectors(env, id, "image", dim);
  const textStore = await openVectors(env, id, "text", dim);
  const stores = await openPictureStores(env, root);
  const { pairs, texts } = collectPairs(samples);
  const total = samples.length + texts.length;
  clock.start("encode", total);
  const pictures = await readPictures(env, samples, stores, { clock, signal });
  const keys = texts.map(textKey);
  const known = {
    images: pictures.hashes.filter((hash) => hash !== undefined && imageStore.has(hash)).length,
    texts: keys.filter((key) => textStore.has(key)).length,
  };
  clock.end("encode", { done: 0, cached: known.images + known.texts, total });
  if (known.images + known.texts === 0)
    throw new EncoderError(
      `No vector of ${name} is of this dataset: "winnow import-vectors" brings them in, also where they were evicted from the cache`,
    );
  const matrices = { images: await matrixOfKnown(imageStore, pictures.hashes), textVectors: await matrixOfKnown(textStore, keys) };
  const sentenceVectors = await textStore.matrixOf([]);
  return {
    ...pictures,
    ...matrices,
    sentenceVectors,
    pairs,
    texts,
    tokensOfText: new Int32Array(texts.length).fill(-1),
    sentencesOf: () => [],
    imageStore,
    lumas: stores.lumas,
    companion: undefined,
    openImageTower: () => Promise.reject(new EncoderError(`${name} has vectors alone: nothing can be encoded with it`)),
    provider: undefined,
    notices: () => [
      `Scored with imported vectors: ${known.images} of ${samples.length} pictures and ${known.texts} of ${texts.length} texts have one, the rest is unknown; near-duplicates are told by their pixels alone, and nothing can be searched by text`,
    ],
    dispose: async () => {
      for (const matrix of Object.values(matrices)) await matrix.dispose();
    },
  };
}
