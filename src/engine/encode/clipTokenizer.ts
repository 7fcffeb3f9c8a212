import { specialToken } from "./specialToken.ts";

/** The texts of CLIP's tokenizer files, before there was a `tokenizer.json`. */
export interface ClipFiles {
  readonly vocabulary: Readonly<Record<string, number>>;
  /** The whole of `merges.txt`. */
  readonly merges: string;
  readonly start: string;
  readonly end: string;
  /** What stands for a character outside the vocabulary. */
  readonly unknown: string;
}

/** How CLIP cuts a text into words (Radford et al. 2021, its `simple_tokenizer.py`), as transformers writes it. */
const words = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/** A `tokenizer.json` made of CLIP's older files, equal to what CLIPTokenizer of transformers makes of them. */
export function clipTokenizerJson({ vocabulary, merges, start, end, unknown }: ClipFiles): object {
  const idOf = (token: string) => {
    const id = vocabulary[token];
    if (id === undefined) throw new RangeError(`vocab.json has no token ${token}, which tokenizer_config.json names`);
    return id;
  };
  return {
    added_tokens: [start, end].map((token) => specialToken(token, idOf(token))),
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: String.raw`\s+` }, content: " " }, { type: "Lowercase" }],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: words }, behavior: "Removed", invert: true },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [end, idOf(end)],
      cls: [start, idOf(start)],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", unk_token: unknown, end_of_word_suffix: "</w>", vocab: vocabulary, merges: parseMerges(merges) },
  };
}

function parseMerges(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return lines.filter((line) => line !== "" && !line.startsWith("#version")).map((line) => line.split(" "));
}
