import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import { bucket } from "../../core/signals/pairs.ts";
import type { Nearest } from "../../protocol/inspection.ts";
import type { Env } from "../env.ts";
import type { OpenAnalysis } from "../store/analysis.ts";
import type { CaptionVectors } from "./captionVectors.ts";
import { cosinesOf, highest } from "./placedVectors.ts";
import type { Searcher } from "./searcher.ts";
import { openSearcher, withTables } from "./searcher.ts";

/**
 * What lies nearest to a sample's picture: other pictures (its copies too), and captions that fit it best though they are not its own.
 * Captions of its copies, and texts that say the same as one of theirs, are its own as well; of texts that say the same, the best is given.
 */
export async function findNearest(
  searcher: Searcher,
  { sample, limit }: { sample: string; limit: number },
  signal?: CancelSignal,
): Promise<Nearest> {
  const vector = await searcher.vectorOf({ kind: "sample", sample }, "cpu");
  const images = await searcher.similarities(vector, signal);
  const captions = await searcher.captions();
  const fits = await cosinesOf(captions.vectors, vector, { gemm: searcher.gemm, signal });
  const names = await searcher.names();
  const row = names.indexOf(sample);
  images[row] = Number.NaN;
  leaveOutOwn(fits, captions, row);
  return {
    images: Array.from(highest(images, limit), (other) => ({ sample: names[other]!, score: images[other]! })),
    captions: await withTables(searcher.generation, (analysis) => readCaptions(analysis, highest(fits, limit), { fits, captions })),
  };
}

/** `findNearest` for one question. Throws as `openSearcher` does. */
export async function nearestTo(
  env: Env,
  { root, sample, limit }: { root: string; sample: string; limit: number },
  signal?: CancelSignal,
): Promise<Nearest> {
  const searcher = await openSearcher(env, root);
  try {
    return await findNearest(searcher, { sample, limit }, signal);
  } finally {
    await searcher.close();
  }
}

/** Makes the scores unknown of texts that are the image's own or a copy's, and of all but the best of those that say the same. */
function leaveOutOwn(fits: Float32Array, { textOfPair, pairsOfImage, classOf, duplicateOf }: CaptionVectors, row: number): void {
  const own = new Set<number>();
  duplicateOf.forEach((copies, image) => {
    if (copies !== duplicateOf[row]) return;
    for (const pair of bucket(pairsOfImage, image)) if (textOfPair[pair]! >= 0) own.add(classOf[textOfPair[pair]!]!);
  });
  const best = new Map<number, number>();
  classOf.forEach((group, text) => {
    const before = best.get(group);
    const isWorse = own.has(group) || (before !== undefined && !(fits[text]! > fits[before]!));
    if (!Number.isNaN(fits[text]!) && !isWorse) best.set(group, text);
    const worse = isWorse ? text : before;
    if (worse !== undefined) fits[worse] = Number.NaN;
  });
}

async function readCaptions(
  { tables }: OpenAnalysis,
  texts: Int32Array,
  { fits, captions }: { fits: Float32Array; captions: CaptionVectors },
): Promise<Nearest["captions"]> {
  if (texts.length === 0) return [];
  const pairs = texts.map((text) => captions.firstPair[text]!);
  const found = await tables.query(`SELECT pair, sample, captionIndex, caption FROM pairs WHERE pair IN (${pairs.join(", ")})`);
  const rows = new Map(found.map((row) => [Number(row["pair"]), row]));
  return [...texts].flatMap((text) => {
    const row = rows.get(captions.firstPair[text]!);
    if (row === undefined) return [];
    return { sample: String(row["sample"]), captionIndex: Number(row["captionIndex"]), text: String(row["caption"]), score: fits[text]! };
  });
}
