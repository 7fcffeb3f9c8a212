/** The texts that open_clip's own tokenizer is made of: the merges, of which a model takes as many as its vocabulary has room for. */
export interface OpenClipFiles {
  /** `merges.txt`, or the `bpe_simple_vocab_16e6.txt` that comes with open_clip: a line of version, then a merge a line. */
  readonly merges: string;
  /** Tokens that the model knows; undefined where nothing tells. */
  readonly vocabularySize: number | undefined;
}

/** Tokens of CLIP's vocabulary. */
const usualSize = 49_408;
const specialTokens = ["<start_of_text>", "<end_of_text>"] as const;

/**
 * How open_clip's SimpleTokenizer cuts a cleaned text into words (Radford et al. 2021). Its flag to ignore case lets ſ stand for an s. White space is the blank alone,
 * for the cleaning has left no other.
 */
const words = String.raw`'[s\u017f]|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^ \u0345\p{L}\p{N}]+`;

/**
 * A `tokenizer.json` equal to open_clip's SimpleTokenizer for texts that are cleaned already. The vocabulary follows from the merges: 256 bytes, the same at a word's end,
 * then what each merge makes, and two special tokens, which open_clip spells otherwise than transformers. Throws a RangeError where there are too few merges.
 */
export function openClipTokenizerJson({ merges, vocabularySize = usualSize }: OpenClipFiles): object {
  const bytes = byteCharacters();
  const count = vocabularySize - 2 * bytes.length - specialTokens.length;
  const pairs = merges
    .split("\n")
    .slice(1, 1 + count)
    .map((line) => line.trimEnd().split(" "));
  if (pairs.length !== count || pairs.some(({ length }) => length !== 2))
    throw new RangeError(`expected ${count} merges for a vocabulary of ${vocabularySize} but received ${pairs.length}`);
  const tokens = [...bytes, ...bytes.map((byte) => `${byte}</w>`), ...pairs.map((pair) => pair.join("")), ...specialTokens];
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const [start, end] = specialTokens.map((content) => ({ content, id: vocabulary[content]! }));
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: words }, behavior: "Removed", invert: true },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [end!.content, end!.id],
      cls: [start!.content, start!.id],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", unk_token: end!.content, end_of_word_suffix: "</w>", vocab: vocabulary, merges: pairs },
  };
}

/** A cleaned text in parts: special tokens, where open_clip finds one as a word, and what stands between them. */
export function splitSpecialWords(text: string): readonly { readonly text: string; readonly isSpecial: boolean }[] {
  const parts: { text: string; isSpecial: boolean }[] = [];
  let from = 0;
  if (specialTokens.some((token) => text.includes(token))) {
    for (const { 0: word, index } of text.matchAll(new RegExp(`${specialTokens.join("|")}|${words}`, "gu"))) {
      if (!specialTokens.some((token) => token === word)) continue;
      if (index > from) parts.push({ text: text.slice(from, index), isSpecial: false });
      parts.push({ text: word, isSpecial: true });
      from = index + word.length;
    }
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), isSpecial: false });
  return parts;
}

/** The characters that stand for bytes, in the order of CLIP's vocabulary: printable bytes as themselves first, then the others from 256 on. */
function byteCharacters(): readonly string[] {
  const isPrintable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const printable = all.filter(isPrintable).map((byte) => String.fromCodePoint(byte));
  const others = all.filter((byte) => !isPrintable(byte)).map((_, at) => String.fromCodePoint(256 + at));
  return [...printable, ...others];
}
