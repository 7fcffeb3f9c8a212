import { captionHash, type DatasetState } from "../store/dotWinnow.ts";
import type { BatchNote } from "../write/captionBatch.ts";
import { samplesWithWords, type ChangedCaption, type ChangedSample } from "../write/followVerdicts.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readPlaceReaders } from "./editItems.ts";
import { readCaptionHashes } from "./targets.ts";

/** A caption that gets a new text, by its pair. */
export interface ChangedText {
  readonly pair: number;
  readonly before: string;
  readonly after: string;
  /** Who wrote the new text, where that is no person. */
  readonly author?: string;
}

/** What goes with captions that change: every pair that reads one of their places counts as edited, and verdicts of persons follow. */
export async function readFollowers(
  dataset: AnalysedDataset,
  state: DatasetState,
  texts: readonly ChangedText[],
): Promise<Pick<BatchNote, "edited" | "samples">> {
  const byPair = new Map(texts.map((text) => [text.pair, text]));
  const readers = await readPlaceReaders(dataset, [...byPair.keys()]);
  const worded = samplesWithWords(state);
  const bySample = new Map<string, ChangedCaption[]>();
  for (const { changed: pair, sample, captionIndex } of readers) {
    if (!worded.has(sample)) continue;
    const { before, after } = byPair.get(pair)!;
    const hashes = { before: captionHash(before), after: captionHash(after) };
    bySample.set(sample, [...(bySample.get(sample) ?? []), { captionIndex, ...hashes }]);
  }
  return {
    edited: readers.map(({ changed, sample, captionIndex }) => {
      const { author } = byPair.get(changed)!;
      return { sample, captionIndex, ...(author === undefined ? {} : { author }) };
    }),
    samples: await withHashes(dataset, bySample),
  };
}

/** The captions of the samples as they are before: the analysis' but for those that were changed since. */
async function withHashes(dataset: AnalysedDataset, changed: ReadonlyMap<string, ChangedCaption[]>): Promise<Map<string, ChangedSample>> {
  const known = await readCaptionHashes(dataset, new Set(changed.keys()));
  return new Map(
    [...changed].map(([sample, captions]) => {
      const hashes = [...(known.get(sample) ?? [])];
      for (const { captionIndex, before } of captions) hashes[captionIndex] = before;
      return [sample, { hashes, changed: captions }];
    }),
  );
}
