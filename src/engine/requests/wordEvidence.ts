import { leaveOneWordOut } from "../../core/captions/leaveOneOut.ts";
import { bestPatches, meanOfTokens, tokensOfWords } from "../../core/captions/wordSupport.ts";
import type { ExplainRequest, ExplainedCaption } from "../../protocol/inspection.ts";
import type { Evidence, EvidenceRequest, WordEvidence } from "../../protocol/rewrites.ts";
import { findNearest } from "./nearest.ts";
import { cosine, pictureOf } from "./pictureCosine.ts";
import type { Searcher } from "./searcher.ts";

/** A request about the searcher's dataset, and how the work is stopped. */
type Asked<Request> = Omit<Request, "root"> & { readonly signal: AbortSignal };

/** What the encoder says of the words of texts: how much the score falls when one is left out. It asks the whole text alone, and so works with every encoder. */
export async function findEvidence(searcher: Searcher, { items, ...asked }: Asked<EvidenceRequest>): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const [at, left] of (await leaveWordsOut(searcher, { items, ...asked })).entries()) {
    asked.signal.throwIfAborted();
    const { sample } = items[at]!;
    found.push({ ...left, nearestWrong: Number.isNaN(left.score) ? null : await nearestWrong(searcher, sample, asked.signal) });
  }
  return found;
}

/**
 * Which words of a text a sample's picture supports: by its patches where the encoder gives vectors of patches and tokens in one space, else by leaving each word out. What
 * the encoder doesn't read, or nobody can compare, is unknown. Throws that the picture has no vector, and as `textVectors` does.
 */
export async function explainWords(
  searcher: Searcher,
  { sample, text, provider, signal }: Asked<ExplainRequest>,
): Promise<ExplainedCaption> {
  await searcher.vectorOf({ kind: "sample", sample }, "cpu");
  const [left] = await leaveWordsOut(searcher, { items: [{ sample, text }], provider, signal });
  const { score, words } = left!;
  const tokens = searcher.tokenPieces(text);
  const ranges = tokensOfWords(text, words, tokens.pieces);
  const found = ranges === undefined ? undefined : await searcher.parts({ sample, text }, provider);
  const best = found === undefined ? undefined : bestPatches(found.tokens, found.patches);
  return {
    method: best === undefined ? "leaveOneOut" : "tokenPatch",
    score: nullOf(score),
    words: words.map(({ drop, ...word }, at) => {
      const range = ranges?.[at];
      const isRead = range === undefined || range.end <= tokens.kept;
      const support = best === undefined || range === undefined ? drop : meanOfTokens(best, range);
      return { ...word, support: isRead ? nullOf(support) : null, isRead };
    }),
  };
}

/** Unknown as JSON has it, through which the panel's page is told. */
function nullOf(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

async function leaveWordsOut(
  searcher: Searcher,
  { items, provider, signal }: Asked<EvidenceRequest>,
): Promise<Pick<Evidence, "score" | "words">[]> {
  const words = items.map(({ text }) => leaveOneWordOut(text));
  const texts = items.flatMap(({ text }, at) => [text, ...words[at]!.map((left) => left.text)]);
  const vectors = await searcher.textVectors(texts, { provider, keep: false, signal });
  const dim = vectors.length / Math.max(1, texts.length);
  const found: Pick<Evidence, "score" | "words">[] = [];
  let passed = 0;
  for (const [at, { sample }] of items.entries()) {
    const picture = await pictureOf(searcher, sample);
    const first = passed;
    const scoreAt = (row: number): number =>
      picture === undefined ? Number.NaN : cosine(picture, vectors.subarray((first + row) * dim, (first + row + 1) * dim));
    const score = scoreAt(0);
    found.push({
      score,
      words: words[at]!.map(({ from, to, word }, index): WordEvidence => ({ from, to, word, drop: score - scoreAt(index + 1) })),
    });
    passed += 1 + words[at]!.length;
  }
  return found;
}

async function nearestWrong(searcher: Searcher, sample: string, signal: AbortSignal): Promise<Evidence["nearestWrong"]> {
  const { captions } = await findNearest(searcher, { sample, limit: 1 }, signal);
  const [best] = captions;
  return best === undefined ? null : { text: best.text, score: best.score };
}
