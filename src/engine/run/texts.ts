import { splitSentences } from "../../core/captions/sentences.ts";
import type { Pairs } from "../../core/signals/pairs.ts";
import type { Sample } from "../../core/sample.ts";
import type { Tokenizer } from "../encode/tokenizer.ts";

/** A dataset's pairs, and its captions with each different text once. */
export interface PairTexts {
  readonly pairs: Pairs;
  readonly texts: readonly string[];
}

/** Texts that are tokenized at once. */
const textsPerBlock = 8192;

/** Lays out the pairs of samples, in their order, and their different texts in the order of first use; a caption of nothing but white space has none. */
export function collectPairs(samples: readonly Sample[]): PairTexts {
  const count = samples.reduce((sum, sample) => sum + sample.captions.length, 0);
  const pairs = { count, image: new Int32Array(count), text: new Int32Array(count), captionIndex: new Int32Array(count) };
  const rowOfText = new Map<string, number>();
  let pair = 0;
  samples.forEach((sample, row) => {
    sample.captions.forEach(({ text }, captionIndex) => {
      pairs.image[pair] = row;
      pairs.captionIndex[pair] = captionIndex;
      pairs.text[pair] = text.trim() === "" ? -1 : rowOf(rowOfText, text);
      pair += 1;
    });
  });
  return { pairs, texts: [...rowOfText.keys()] };
}

function rowOf(rows: Map<string, number>, text: string): number {
  const known = rows.get(text);
  if (known !== undefined) return known;
  rows.set(text, rows.size);
  return rows.size - 1;
}

/** The different sentences of texts that the encoder cuts off, and by the text's row the rows of its sentences. */
export interface Sentences {
  readonly sentences: readonly string[];
  readonly rowsOf: (text: number) => readonly number[];
}

/** Cuts the texts of more than `contextLength` tokens into sentences. */
export function collectSentences(texts: readonly string[], tokensOfText: Int32Array, contextLength: number): Sentences {
  const rowOfSentence = new Map<string, number>();
  const rows = new Map<number, readonly number[]>();
  texts.forEach((text, row) => {
    if (tokensOfText[row]! > contextLength)
      rows.set(
        row,
        splitSentences(text).map((sentence) => rowOf(rowOfSentence, sentence)),
      );
  });
  return { sentences: [...rowOfSentence.keys()], rowsOf: (text) => rows.get(text) ?? [] };
}

/** Counts the tokens of each text before anything is cut off, special tokens included. */
export function countTokens(tokenizer: Tokenizer, texts: readonly string[], contextLength: number): Int32Array {
  const counts = new Int32Array(texts.length);
  for (let from = 0; from < texts.length; from += textsPerBlock) {
    counts.set(tokenizer.tokenize(texts.slice(from, from + textsPerBlock), contextLength).lengths, from);
  }
  return counts;
}
