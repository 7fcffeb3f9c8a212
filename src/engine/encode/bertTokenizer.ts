import { specialToken } from "./specialToken.ts";

/** What BERT's older tokenizer files say. */
export interface BertFiles {
  /** The whole of `vocab.txt`: a token a line, its id the line's number. */
  readonly vocabulary: string;
  readonly isLowered: boolean;
  readonly classToken: string;
  readonly separator: string;
  readonly unknown: string;
  /** Special tokens beside these, such as padding and mask. */
  readonly others: readonly string[];
}

/** A `tokenizer.json` of a `vocab.txt`, equal to what BertTokenizer of transformers makes of it (Devlin et al. 2018). */
export function bertTokenizerJson({ vocabulary, isLowered, classToken, separator, unknown, others }: BertFiles): object {
  const lines = vocabulary.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  const ids = new Map(lines.map((token, id) => [token, id]));
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id === undefined) throw new RangeError(`vocab.txt has no token ${token}`);
    return id;
  };
  const specialTokens = [unknown, classToken, separator, ...others.filter((token) => ids.has(token))];
  const inTemplate = (token: string) => [token, { id: token, ids: [idOf(token)], tokens: [token] }] as const;
  return {
    added_tokens: [...new Set(specialTokens)].map((token) => specialToken(token, idOf(token))),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: isLowered },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: classToken, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: separator, type_id: 0 } },
      ],
      pair: [],
      special_tokens: Object.fromEntries([classToken, separator].map(inTemplate)),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: unknown,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}
