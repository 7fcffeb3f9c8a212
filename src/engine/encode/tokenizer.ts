import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { bertTokenizerJson } from "./bertTokenizer.ts";
import { cleanText } from "./cleanText.ts";
import { clipTokenizerJson } from "./clipTokenizer.ts";
import { EncoderError } from "./encoderError.ts";
import type { TokenizerChoice } from "./folderFacts.ts";
import { readFolderJson, readFolderText } from "./folderFiles.ts";
import { openClipTokenizerJson, splitSpecialWords } from "./openClipTokenizer.ts";
import { byteCharacters, piecesFromTokens, tokenStyleOf, type TokenStyle } from "./tokenPieces.ts";

/**
 * Texts as token ids. `ids` is texts.length × `width`, padded behind; `lengths` counts each text's tokens with the special ones
 * before anything is cut off; `truncated` tells where it was. The end token of a cut text stays its last.
 */
export interface Tokens {
  readonly ids: BigInt64Array;
  readonly width: number;
  readonly lengths: readonly number[];
  readonly truncated: readonly boolean[];
}

/** Turns texts into token ids as the model's own tokenizer does. */
export interface Tokenizer {
  readonly padId: number;
  /** The longest text that tokenizer_config.json says the model takes; undefined where it doesn't. */
  readonly longest: number | undefined;
  /** Rows are as wide as the longest text of the call, at most `contextLength`. */
  tokenize(texts: readonly string[], contextLength: number): Tokens;
  /**
   * The text of each of a text's own tokens (see `piecesFromTokens`), how many of them are read where only so many tokens fit, and how many special ones stand before
   * them in a row of `tokenize`.
   */
  cut(text: string, contextLength: number): { readonly pieces: readonly string[]; readonly kept: number; readonly leading: number };
  /** Whether some of the text has no token, so that the model reads "unknown" in its place. */
  hasUnknown(text: string): boolean;
}

/** The merges as open_clip's own package brings them. */
const openClipMerges = "bpe_simple_vocab_16e6.txt";

/** Files that a tokenizer is read from, those of them that are there: first the new kind, else the older ones of CLIP and BERT. */
export const tokenizerFiles = [
  "tokenizer.json",
  "vocab.json",
  "merges.txt",
  openClipMerges,
  `${openClipMerges}.gz`,
  "vocab.txt",
  "tokenizer_config.json",
  "special_tokens_map.json",
] as const;

const token = z.union([z.string(), z.looseObject({ content: z.string() }).transform((value) => value.content)]).nullish();
const configShape = z.looseObject({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  cls_token: token,
  sep_token: token,
  mask_token: token,
  do_lower_case: z.boolean().nullish(),
  model_max_length: z.number().nullish(),
});
type TokenizerConfig = z.infer<typeof configShape>;

/** transformers writes 10^30 for "no limit". */
const unlimited = 1_000_000;

/** What is used of the library, whose own types cannot be resolved from an ES module. */
interface Library {
  encode(
    text: string,
    options?: { readonly add_special_tokens?: boolean },
  ): { readonly ids: readonly number[]; readonly tokens: readonly string[] };
  token_to_id(token: string): number | undefined;
}
const createLibrary = (json: object, config: object) =>
  new (LibraryTokenizer as unknown as new (json: object, config: object) => Library)(json, config);

/** How a tokenizer is read and used; see `TokenizerChoice`. */
export type TokenizerOptions = Partial<Pick<TokenizerChoice, "cleaning" | "isOpenClip" | "vocabularySize" | "stripSeparator">>;

/** Reads a model's tokenizer. Throws an EncoderError where its files are missing or can't be used. */
export async function readTokenizer(folder: string, options: TokenizerOptions = {}): Promise<Tokenizer> {
  const config = configShape.parse({
    ...((await readFolderJson(folder, "special_tokens_map.json")) as object | undefined),
    ...((await readFolderJson(folder, "tokenizer_config.json")) as object | undefined),
  });
  try {
    const json = await readLibraryJson(folder, config, options);
    const library = createLibrary(withRepairs(json), config);
    return createTokenizer(options.isOpenClip === true ? withSpecialWords(library) : library, { config, json, options });
  } catch (error) {
    if (error instanceof EncoderError) throw error;
    throw new EncoderError(
      `The tokenizer in ${folder} cannot be used (${(error as Error).message}): put the tokenizer.json of the model there`,
      { cause: error },
    );
  }
}

/** open_clip reads its special tokens as words of a text; the library would find them within a word too. */
function withSpecialWords(library: Library): Library {
  return {
    token_to_id: (name) => library.token_to_id(name),
    encode: (text, options) => {
      const parts = splitSpecialWords(text);
      if (parts.every(({ isSpecial }) => !isSpecial)) return library.encode(text, options);
      const whole = options?.add_special_tokens === false ? { ids: [], tokens: [] } : library.encode("");
      const inner = parts.map(({ text: part, isSpecial }) =>
        isSpecial ? { ids: [library.token_to_id(part)!], tokens: [part] } : library.encode(part, { add_special_tokens: false }),
      );
      const around = <Value>(ends: readonly Value[], values: readonly Value[]): Value[] => [
        ...ends.slice(0, 1),
        ...values,
        ...ends.slice(1),
      ];
      return {
        ids: around(
          whole.ids,
          inner.flatMap(({ ids }) => ids),
        ),
        tokens: around(
          whole.tokens,
          inner.flatMap(({ tokens }) => tokens),
        ),
      };
    },
  };
}

async function readLibraryJson(folder: string, config: TokenizerConfig, options: TokenizerOptions): Promise<object> {
  if (options.isOpenClip === true)
    return openClipTokenizerJson({ merges: await readMerges(folder), vocabularySize: options.vocabularySize });
  const json = (await readFolderJson(folder, "tokenizer.json")) as object | undefined;
  return json ?? (await readClipJson(folder, config)) ?? (await readBertJson(folder, config)) ?? missing(folder);
}

interface Normalizer {
  readonly type: string;
  readonly lowercase?: boolean;
  readonly handle_chinese_chars?: boolean;
  readonly normalizers?: readonly Normalizer[];
}

/**
 * Makes up for two things in which the library differs from the tokenizers that models were trained with: JavaScript lowers a capital sigma at a word's end to ς where they lower
 * each character by itself, to σ; and BERT's ideographs beyond U+FFFF get no blanks around them.
 */
function withRepairs<Json extends { readonly normalizer?: Normalizer | null }>(json: Json): Json {
  return json.normalizer == null ? json : { ...json, normalizer: repaired(json.normalizer) };
}

function repaired(normalizer: Normalizer): Normalizer {
  const isBert = normalizer.type === "BertNormalizer";
  const repairs = [
    ...(normalizer.type === "Lowercase" || (isBert && normalizer.lowercase !== false) ? [plainSigma] : []),
    ...(isBert && normalizer.handle_chinese_chars !== false ? [apartIdeographs] : []),
  ];
  if (repairs.length > 0) return { type: "Sequence", normalizers: [...repairs, normalizer] };
  if (normalizer.normalizers === undefined) return normalizer;
  return { ...normalizer, normalizers: normalizer.normalizers.map(repaired) };
}

const plainSigma = { type: "Replace", pattern: { String: "Σ" }, content: "σ" };
/** Extensions B to E and the supplement of compatibility, which is what BERT knows of them. */
const apartIdeographs = {
  type: "Replace",
  pattern: { Regex: String.raw`[\u{20000}-\u{2A6DF}\u{2A700}-\u{2CEAF}\u{2F800}-\u{2FA1F}]` },
  content: " $& ",
};

/** Some of the texts, in rows of `width`: what is wider is padding (or cut off), what is narrower is padded with `padId`. */
export function selectTokens(tokens: Tokens, rows: readonly number[], { width, padId }: { width: number; padId: number }): Tokens {
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(padId));
  for (const [i, row] of rows.entries()) {
    ids.set(tokens.ids.subarray(row * tokens.width, row * tokens.width + Math.min(width, tokens.width)), i * width);
  }
  return { ids, width, lengths: rows.map((row) => tokens.lengths[row]!), truncated: rows.map((row) => tokens.truncated[row]!) };
}

async function readClipJson(folder: string, config: TokenizerConfig): Promise<object | undefined> {
  const vocabulary = await readFolderJson(folder, "vocab.json");
  const merges = await readFolderText(folder, "merges.txt");
  if (vocabulary === undefined || merges === undefined) return undefined;
  const end = config.eos_token ?? "<|endoftext|>";
  const names = { start: config.bos_token ?? "<|startoftext|>", end, unknown: config.unk_token ?? end };
  return clipTokenizerJson({ vocabulary: vocabulary as Record<string, number>, merges, ...names });
}

async function readBertJson(folder: string, config: TokenizerConfig): Promise<object | undefined> {
  const vocabulary = await readFolderText(folder, "vocab.txt");
  if (vocabulary === undefined) return undefined;
  return bertTokenizerJson({
    vocabulary,
    isLowered: config.do_lower_case ?? true,
    classToken: config.cls_token ?? "[CLS]",
    separator: config.sep_token ?? "[SEP]",
    unknown: config.unk_token ?? "[UNK]",
    others: [config.pad_token ?? "[PAD]", config.mask_token ?? "[MASK]"],
  });
}

/** CLIP's merges, wherever they are kept: in a file of their own, or in the tokenizer.json that transformers writes. */
async function readMerges(folder: string): Promise<string> {
  const plain = (await readFolderText(folder, openClipMerges)) ?? (await readFolderText(folder, "merges.txt"));
  if (plain !== undefined) return plain;
  const packed = await readFile(join(folder, `${openClipMerges}.gz`)).catch(() => undefined);
  if (packed !== undefined) return gunzipSync(packed).toString("utf8");
  const json = (await readFolderJson(folder, "tokenizer.json")) as
    { model?: { merges?: readonly (string | readonly string[])[] } } | undefined;
  const merges = json?.model?.merges;
  if (merges === undefined)
    throw new EncoderError(`${folder} has no tokenizer: put CLIP's merges.txt there, or the ${openClipMerges}.gz of open_clip's package`);
  return ["#version", ...merges.map((pair) => (typeof pair === "string" ? pair : pair.join(" ")))].join("\n");
}

function missing(folder: string): never {
  throw new EncoderError(
    `${folder} has no tokenizer: put the model's tokenizer.json there, CLIP's vocab.json and merges.txt, or BERT's vocab.txt`,
  );
}

function createTokenizer(
  library: Library,
  { config, json, options }: { config: TokenizerConfig; json: object; options: TokenizerOptions },
): Tokenizer {
  const longest = config.model_max_length ?? unlimited;
  const suffixLength = countSuffix(library);
  const style = tokenStyleOf(json);
  const clean = (text: string): string => cleanText(text, options.cleaning ?? "none");
  const separator = options.stripSeparator === true ? library.token_to_id(config.sep_token ?? "[SEP]") : undefined;
  const unknown = hasAllBytes(library, style)
    ? null
    : ((json as { model?: { unk_token?: string | null } }).model?.unk_token ?? config.unk_token);
  return {
    padId: options.isOpenClip === true ? 0 : padIdOf(library, config, json),
    longest: longest < unlimited ? longest : undefined,
    tokenize(texts, contextLength) {
      const rows = texts.map((text) => library.encode(clean(text)).ids);
      const lengths = rows.map((row) => row.length);
      const width = Math.min(contextLength, Math.max(0, ...lengths));
      const ids = new BigInt64Array(rows.length * width).fill(BigInt(this.padId));
      for (const [i, row] of rows.entries()) {
        const kept = truncate(row, width, suffixLength);
        for (let j = 0; j < kept.length; j++) ids[i * width + j] = kept[j] === separator ? 0n : BigInt(kept[j]!);
      }
      return { ids, width, lengths, truncated: lengths.map((length) => length > contextLength) };
    },
    cut(text, contextLength) {
      const cleaned = clean(text);
      const { tokens } = library.encode(cleaned, { add_special_tokens: false });
      const special = library.encode(cleaned).ids.length - tokens.length;
      const kept = Math.min(tokens.length, Math.max(0, contextLength - special));
      return { pieces: piecesFromTokens(tokens, style), kept, leading: Math.max(0, special - suffixLength) };
    },
    hasUnknown: (text) => unknown != null && library.encode(clean(text), { add_special_tokens: false }).tokens.includes(unknown),
  };
}

/** Whether every byte has a token, so that nothing is unknown; texts of a million captions need not be looked at for it. */
function hasAllBytes(library: Library, { isByteLevel, wordEnd }: TokenStyle): boolean {
  const isKnown = (character: string): boolean =>
    [character, `${character}${wordEnd}`].every((name) => library.token_to_id(name) !== undefined);
  return isByteLevel && byteCharacters().every(isKnown);
}

function padIdOf(library: Library, { pad_token: token }: TokenizerConfig, json: object): number {
  const padding = (json as { padding?: { pad_id?: number } | null }).padding;
  return (token == null ? undefined : library.token_to_id(token)) ?? padding?.pad_id ?? 0;
}

/** How many special tokens stand behind the text's own. */
function countSuffix(library: Library): number {
  const bare = library.encode("a", { add_special_tokens: false }).ids;
  const whole = library.encode("a").ids;
  const start = whole.findIndex((_, from) => bare.every((id, i) => whole[from + i] === id));
  return start < 0 ? 0 : whole.length - start - bare.length;
}

function truncate(row: readonly number[], width: number, suffixLength: number): readonly number[] {
  return row.length <= width ? row : [...row.slice(0, width - suffixLength), ...row.slice(row.length - suffixLength)];
}
