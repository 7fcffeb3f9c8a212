import { TextDecoder } from "node:util";

/** How a tokenizer writes text into its tokens, as its `tokenizer.json` has it. */
export interface TokenStyle {
  /** Each character stands for a byte (GPT-2's table). */
  readonly isByteLevel: boolean;
  /** What marks the end of a word, such as CLIP's `</w>`; "" where nothing does. */
  readonly wordEnd: string;
  /** What marks a token that goes on with the word before, such as WordPiece's `##`; "" where nothing does. */
  readonly continuation: string;
}

/** The characters that stand for bytes in a byte-level tokenizer. */
export function byteCharacters(): string[] {
  return [...byteOfCharacter.keys()];
}

/** What is looked at in a `tokenizer.json`. */
export interface TokenizerJson {
  readonly pre_tokenizer?: TokenizerPart | null;
  readonly decoder?: TokenizerPart | null;
  readonly model?: { readonly end_of_word_suffix?: string | null; readonly continuing_subword_prefix?: string | null };
}

interface TokenizerPart {
  readonly type?: string;
  readonly pretokenizers?: readonly TokenizerPart[];
  readonly decoders?: readonly TokenizerPart[];
}

/** Reads the style of a tokenizer. */
export function tokenStyleOf({ pre_tokenizer, decoder, model }: TokenizerJson): TokenStyle {
  return {
    isByteLevel: [pre_tokenizer, decoder].some(hasByteLevel),
    wordEnd: model?.end_of_word_suffix ?? "",
    continuation: model?.continuing_subword_prefix ?? "",
  };
}

/**
 * The text that each token stands for; joined they are the text as the model reads it. Of a character that takes several tokens the last has it, and the
 * others are empty.
 */
export function piecesFromTokens(tokens: readonly string[], style: TokenStyle): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces = tokens.map((token, at) => decoder.decode(bytesOfToken(token, style, at === 0), { stream: true }));
  const last = tokens.length - 1;
  if (last < 0) return pieces;
  pieces[last] = `${pieces[last]!}${decoder.decode()}`;
  // The space that stands for the beginning of the first word, or for the end of the last.
  if (pieces[0]!.startsWith(" ")) pieces[0] = pieces[0]!.slice(1);
  if (style.wordEnd !== "" && pieces[last].endsWith(" ")) pieces[last] = pieces[last].slice(0, -1);
  return pieces;
}

/** SentencePiece's sign for a space. */
const metaspace = "\u2581";

function bytesOfToken(token: string, style: TokenStyle, isFirst: boolean): Buffer {
  const ends = style.wordEnd !== "" && token.endsWith(style.wordEnd);
  const text = ends ? token.slice(0, -style.wordEnd.length) : token;
  const end = Buffer.from(ends ? " " : "");
  if (style.isByteLevel) return Buffer.concat([...Array.from(text, bytesOfCharacter), end]);
  const byte = /^<0x([0-9A-F]{2})>$/.exec(text)?.[1];
  if (byte !== undefined) return Buffer.from(byte, "hex");
  if (style.continuation !== "") {
    const goesOn = text.startsWith(style.continuation);
    return Buffer.from(goesOn ? text.slice(style.continuation.length) : isFirst ? text : ` ${text}`);
  }
  return Buffer.concat([Buffer.from(text.replaceAll(metaspace, " ")), end]);
}

function bytesOfCharacter(character: string): Buffer {
  const byte = byteOfCharacter.get(character);
  return byte === undefined ? Buffer.from(character) : Buffer.of(byte);
}

/** GPT-2's table: printable bytes stand for themselves, the others for the characters from 256 on. */
const byteOfCharacter: ReadonlyMap<string, number> = createByteTable();

function createByteTable(): Map<string, number> {
  const table = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte += 1) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table.set(String.fromCodePoint(isPrintable ? byte : next), byte);
    if (!isPrintable) next += 1;
  }
  return table;
}

function hasByteLevel(part: TokenizerPart | null | undefined): boolean {
  if (part == null) return false;
  return part.type === "ByteLevel" || [...(part.pretokenizers ?? []), ...(part.decoders ?? [])].some(hasByteLevel);
}
