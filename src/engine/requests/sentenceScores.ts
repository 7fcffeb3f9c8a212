import { splitSentences } from "../../core/captions/sentences.ts";
import { dimOfEncoder } from "../../core/encoder.ts";
import type { ContentHash } from "../../core/sample.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { Env } from "../env.ts";
import { createPause } from "../store/inTurns.ts";
import type { VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { EditItem } from "./editItems.ts";

/**
 * Adds to captions of several sentences the cosine of each with the picture, where the cache has the vectors: a run encodes the sentences of captions that
 * its encoder cuts off. No model runs.
 */
export async function addSentenceScores(env: Env, dataset: AnalysedDataset, items: readonly EditItem[]): Promise<EditItem[]> {
  const { id } = dataset.summary.encoder;
  const dim = dimOfEncoder(id);
  const stores = { images: await openVectors(env, id, "image", dim), texts: await openVectors(env, id, "text", dim) };
  const pictures = await readPictureHashes(dataset);
  const pause = createPause(env);
  const scored: EditItem[] = [];
  for (const item of items) {
    const sentenceScores = item.isChosen ? await scoreSentences(stores, pictures.get(item.sample), splitSentences(item.text)) : undefined;
    scored.push(sentenceScores === undefined ? item : { ...item, context: { ...item.context, sentenceScores } });
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return scored;
}

async function scoreSentences(
  { images, texts }: { readonly images: VectorStore; readonly texts: VectorStore },
  picture: ContentHash | undefined,
  sentences: readonly string[],
): Promise<number[] | undefined> {
  const keys = sentences.map(textKey);
  if (sentences.length < 2 || picture === undefined || !images.has(picture) || !keys.every((key) => texts.has(key))) return undefined;
  const [image, rows] = [await images.read([picture]), await texts.read(keys)];
  return keys.map((_, row) => image.reduce((sum, value, at) => sum + value * rows[row * image.length + at]!, 0));
}

async function readPictureHashes({ tables, fields }: AnalysedDataset): Promise<Map<string, ContentHash>> {
  const hashes = new Map<string, ContentHash>();
  if (!Object.hasOwn(fields, "contentHash")) return hashes;
  for await (const rows of tables.stream("SELECT sample, contentHash FROM samples WHERE contentHash IS NOT NULL"))
    for (const { sample, contentHash } of rows) hashes.set(String(sample), contentHash as ContentHash);
  return hashes;
}
