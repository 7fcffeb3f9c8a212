import { isTagList, splitTags, tagKey } from "../../core/captions/tags.ts";
import type { TagCount } from "../../protocol/captionFiles.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";

/** Captions that are looked at, evenly over the dataset; the most frequent tags are among them. */
const mostCaptions = 20_000;

/** Tags that are told. */
const mostTags = 2_000;

/** The most frequent tags of a dataset; none where fewer than half of its captions are lists of tags. Of spellings of one tag the first is told. */
export async function countTags(dataset: AnalysedDataset, signal: AbortSignal): Promise<TagCount[]> {
  const step = Math.max(1, Math.ceil(dataset.summary.captions / mostCaptions));
  const counts = new Map<string, { tag: string; count: number }>();
  let [captions, lists] = [0, 0];
  for await (const rows of dataset.tables.stream(`SELECT caption FROM pairs WHERE pair % ${step} = 0 AND caption <> '' ORDER BY pair`)) {
    signal.throwIfAborted();
    for (const { caption } of rows) {
      captions += 1;
      const text = String(caption);
      if (!isTagList(text, ",")) continue;
      lists += 1;
      for (const tag of splitTags(text, ",")) {
        const known = counts.get(tagKey(tag)) ?? { tag, count: 0 };
        known.count += 1;
        counts.set(tagKey(tag), known);
      }
    }
  }
  if (lists * 2 < captions || lists === 0) return [];
  return [...counts.values()].sort((left, right) => right.count - left.count || (left.tag < right.tag ? -1 : 1)).slice(0, mostTags);
}
