import type { EncoderDescriptor } from "../../core/encoder.ts";
import type { ContentHash } from "../../core/sample.ts";
import { sha256 } from "../store/files.ts";
import { createKeyTable, keyFromHex } from "../store/keyTable.ts";
import type { VectorStore } from "../store/vectors.ts";
import { storeRows } from "./storeRows.ts";
import type { EncodeOutcome } from "./storeRows.ts";
import { selectTokens } from "./tokenizer.ts";
import type { Tokenizer, Tokens } from "./tokenizer.ts";
import type { Tower } from "./tower.ts";
import { createUseMeter } from "./useMeter.ts";

/** `openTower` is called only where there is something to encode. `now` gives milliseconds. Progress counts different texts. */
export interface EncodeTextsOptions {
  readonly texts: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly rule: Pick<EncoderDescriptor, "contextLength" | "padding">;
  readonly openTower: () => Promise<Tower>;
  readonly store: Pick<VectorStore, "dim" | "has" | "append" | "flush">;
  readonly now: () => number;
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly cached: number; readonly total: number }) => void;
}

/** How many different texts there were, and how many of them were in the store before. */
export interface EncodeTextsOutcome extends EncodeOutcome {
  readonly cached: number;
  readonly total: number;
}

/** Texts in a batch. */
export const textBatchSize = 64;
/** Texts that are sorted by length at once, which bounds memory and what a kill loses. */
const textsPerBlock = 8192;

/** The key of a text in the store: the SHA-256 of its UTF-8, exactly as it goes to the tokenizer. */
export function textKey(text: string): ContentHash {
  return sha256(text) as ContentHash;
}

/**
 * Encodes the texts that are not in the store, each different one once, in batches of like length.
 * When cancelled it stores what is done and throws the signal's reason. The tower is released in the end.
 */
export async function encodeTexts(options: EncodeTextsOptions): Promise<EncodeTextsOutcome> {
  const { texts, store, signal, onProgress } = options;
  const { missing, total } = findMissing(texts, store);
  const cached = total - missing.length;
  if (missing.length === 0) return { done: 0, rejected: [], cached, total, use: undefined };
  const rejected: ContentHash[] = [];
  const tower = await options.openTower();
  const meter = createUseMeter(options.now);
  let done = 0;
  try {
    for (let from = 0; from < missing.length; from += textsPerBlock) {
      const block = Array.from(missing.subarray(from, from + textsPerBlock), (i) => texts[i]!);
      for (const batch of batchesByLength(block, options, tower.fixedRows ?? options.batchSize ?? textBatchSize)) {
        signal?.throwIfAborted();
        const rows = await meter.run(batch.texts.length, () => tower.embedTokens(batch.tokens));
        const refused = await storeRows(store, batch.texts.map(textKey), rows);
        rejected.push(...refused);
        done += batch.texts.length - refused.length;
        onProgress?.({ done, cached, total });
      }
    }
  } finally {
    await tower.release();
    await store.flush();
  }
  return { done, rejected, cached, total, use: meter.use() };
}

/** Indices of the first of each different text that the store does not have. */
function findMissing(texts: readonly string[], store: EncodeTextsOptions["store"]): { missing: Uint32Array; total: number } {
  const seen = createKeyTable();
  const missing: number[] = [];
  for (const [i, text] of texts.entries()) {
    const key = textKey(text);
    if (seen.add(keyFromHex(key), i) && !store.has(key)) missing.push(i);
  }
  return { missing: Uint32Array.from(missing), total: seen.size() };
}

interface TextBatch {
  readonly texts: readonly string[];
  readonly tokens: Tokens;
}

/** Batches of like length, longest first: what a batch needs at most is then known from the first. */
function* batchesByLength(texts: readonly string[], { tokenizer, rule }: EncodeTextsOptions, batchSize: number): Generator<TextBatch> {
  const tokens = tokenizer.tokenize(texts, rule.contextLength);
  const widths = tokens.lengths.map((length) => Math.min(length, rule.contextLength));
  const order = [...widths.keys()].sort((a, b) => widths[b]! - widths[a]! || a - b);
  for (let from = 0; from < order.length; from += batchSize) {
    const rows = order.slice(from, from + batchSize);
    // A text without any token of its own still needs a column.
    const width = rule.padding === "max_length" ? rule.contextLength : Math.max(1, widths[rows[0]!]!);
    yield { texts: rows.map((row) => texts[row]!), tokens: selectTokens(tokens, rows, { width, padId: tokenizer.padId }) };
  }
}
