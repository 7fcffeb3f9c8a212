import { usualOverlap } from "../../core/captions/nearSame.ts";
import { normaliseCaption } from "../../core/clusters/sameCaption.ts";
import { distinctiveWordsOf } from "../../core/clusters/words.ts";
import type { CheckedText, CheckTextsRequest, LikeText } from "../../protocol/captionFiles.ts";
import type { Env } from "../env.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { askSideThread } from "./sideThread.ts";

/** Texts of one request at most: a caption file has few. */
const mostTexts = 200;

/** What only the engine can tell of texts that are being written. Throws a RangeError for too many of them. */
export async function checkTexts(
  env: Env,
  dataset: AnalysedDataset,
  { texts, samples, limit }: Omit<CheckTextsRequest, "root">,
  { signal }: { readonly signal: AbortSignal },
): Promise<CheckedText[]> {
  if (texts.length > mostTexts) throw new RangeError(`Expected at most ${mostTexts} texts but received ${texts.length}`);
  if (texts.length === 0) return [];
  const { folder, id } = dataset.summary.encoder;
  const tokens = await askSideThread<"tokenCounts">(env, { kind: "tokenCounts", folder, encoder: id, texts, limit }).catch(
    (error: unknown) => {
      env.log("captions.tokens", String(error));
      return null;
    },
  );
  const own = new Set(samples);
  const checked: CheckedText[] = [];
  for (const [at, text] of texts.entries()) {
    signal.throwIfAborted();
    checked.push({ tokens: tokens?.[at] ?? null, like: await findLike(dataset, text.trim(), own) });
  }
  return checked;
}

/** Captions that are compared word by word at most; where there are more, the count is of these. */
const mostCandidates = 2000;

/** Captions of fewer content words are alike by chance, as in `findNearSame`. */
const fewestWords = 3;

/** The caption of another sample that says the most the same. The database finds those that have the words somewhere within them; the words decide. */
async function findLike({ tables }: AnalysedDataset, text: string, own: ReadonlySet<string>): Promise<LikeText | null> {
  if (text === "") return null;
  const words = wordsOf(text);
  const hits = [...words].map((_, at) => `contains(lower(caption), $${at + 2})::INTEGER`);
  const near = words.size < fewestWords ? "" : ` OR ${hits.join(" + ")} >= ${Math.ceil(usualOverlap * words.size - 1e-9)}`;
  const rows = await tables.query(
    `SELECT sample, caption FROM pairs WHERE caption = $1${near} ORDER BY caption <> $1, pair LIMIT ${mostCandidates}`,
    [text, ...(near === "" ? [] : words)],
  );
  let best: Omit<LikeText, "count"> | undefined;
  const found = new Set<string>();
  for (const row of rows) {
    const [sample, caption] = [String(row["sample"]), String(row["caption"])];
    if (own.has(sample)) continue;
    const isEqual = normaliseCaption(caption) === normaliseCaption(text);
    const overlap = isEqual ? 1 : overlapOf(words, wordsOf(caption));
    if (overlap < usualOverlap - 1e-9) continue;
    found.add(sample);
    if (best === undefined || (!best.isEqual && (isEqual || overlap > best.overlap))) best = { sample, text: caption, isEqual, overlap };
  }
  return best === undefined ? null : { ...best, count: found.size };
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(distinctiveWordsOf(text));
}

/** |A ∩ B| / |A ∪ B|; 0 where a set is too small to tell. */
function overlapOf(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size < fewestWords || right.size < fewestWords) return 0;
  const both = [...left].filter((word) => right.has(word)).length;
  return both / (left.size + right.size - both);
}
