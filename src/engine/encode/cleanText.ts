import { decodeHTML, decodeHTMLStrict } from "entities";
import type { Cleaning } from "../../core/encoders/encoderFile.ts";

/**
 * Cleans a text as open_clip 3.3 does before it cuts it into tokens (`tokenizer.py`: ftfy, HTML entities unescaped twice, white space, lower case or big_vision's
 * canonical form). One step is left out: ftfy guesses at texts that were decoded wrongly ("cafÃ©" for "café") by tables of its own; here they stay as they are.
 */
export function cleanText(text: string, cleaning: Cleaning): string {
  switch (cleaning) {
    case "none":
      return text;
    case "whitespace":
      return collapseSpace(unescaped(text));
    case "lower":
      return collapseSpace(unescaped(text)).toLowerCase();
    case "canonicalize":
      return collapseSpace(unescaped(text).replaceAll("_", " ").replaceAll(punctuation, "").toLowerCase());
  }
}

/** Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;

/** What Python takes for white space; JavaScript's class has the byte-order mark more and the separators of ASCII and U+0085 less. */
const spaces = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

function collapseSpace(text: string): string {
  return text.replaceAll(spaces, " ").replace(/^ | $/g, "");
}

function unescaped(text: string): string {
  return unescapeHtml(unescapeHtml(fixText(text)));
}

const numericReference = /&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?/;
/** A reference by number, or by a name of as many characters as Python looks at. */
const reference = new RegExp(String.raw`${numericReference.source}|&[^\t\n\f <&#;]{1,32};?`, "g");

/** Python's `html.unescape`: the rules of HTML 5, names without a semicolon included. */
function unescapeHtml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(reference, (whole: string, hex: string | undefined, decimal: string | undefined) => {
    if (hex === undefined && decimal === undefined) return decodeHTML(whole);
    return characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

function characterOf(code: number): string {
  if (code === 0 || code > 0x10_ff_ff || (code >= 0xd8_00 && code <= 0xdf_ff)) return "\ufffd";
  if (code >= 0x80 && code <= 0x9f) return windows1252(code);
  const isControl = code < 0x09 || code === 0x0b || (code >= 0x0e && code < 0x20) || code === 0x7f;
  const isNoCharacter = (code >= 0xfd_d0 && code <= 0xfd_ef) || (code & 0xff_fe) === 0xff_fe;
  return isControl || isNoCharacter ? "" : String.fromCodePoint(code);
}

const latin = new TextDecoder("windows-1252");

function windows1252(byte: number): string {
  return latin.decode(Uint8Array.of(byte));
}

/** ftfy's `fix_text` without its guess at wrong decodings: line by line, each until nothing changes any more. */
function fixText(text: string): string {
  let isMarkup = false;
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      // Where a tag was seen, entities are meant: in this line and those behind it.
      isMarkup ||= line.includes("<");
      return fixLine(line, isMarkup);
    })
    .join("");
}

function fixLine(line: string, isMarkup: boolean): string {
  let before: string;
  let text = line;
  do {
    before = text;
    if (!isMarkup) text = text.replaceAll(/&#?[0-9A-Za-z]{1,24};/g, unescapeWhole);
    for (const [pattern, replacement] of lineFixes) text = text.replaceAll(pattern, replacement);
    text = text.normalize("NFC");
  } while (text !== before);
  return text;
}

/** ftfy unescapes only what ends in a semicolon, and knows names in capitals: `&EACUTE;` is É. */
function unescapeWhole(entity: string): string {
  if (entity.startsWith("&#")) {
    const decoded = unescapeHtml(entity);
    return decoded.includes(";") ? entity : decoded;
  }
  const decoded = decodeHTMLStrict(entity);
  if (decoded !== entity || entity !== entity.toUpperCase() || decodeHTML(entity) !== entity) return decoded;
  const small = entity.toLowerCase();
  const character = decodeHTMLStrict(small);
  return character === small ? entity : character.toUpperCase();
}

/** Letters that are two in one sign; the others of their kind come apart by NFKC. */
const ligatures = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g;

/** In ftfy's order: C1 controls, ligatures, widths, quotes, ends of lines, halves of surrogates, terminal escapes, control characters. */
const lineFixes: readonly (readonly [RegExp, (match: string) => string])[] = [
  [/[\x80-\x9f]/g, (control) => windows1252(control.charCodeAt(0))],
  [ligatures, (sign) => (sign === "\ufb05" ? "\u017ft" : sign.normalize("NFKC").normalize("NFC"))],
  [/[\u3000\uff01-\uffef]/g, (sign) => sign.normalize("NFKC")],
  [/[\u201c-\u201f]/g, () => '"'],
  [/[\u02bc\u2018-\u201b]/g, () => "'"],
  [/\r\n|[\r\u2028\u2029\x85]/g, () => "\n"],
  [/\p{Surrogate}/gu, () => "\ufffd"],
  [/\x1b\[[\d;]*[a-zA-Z]/g, () => ""],
  [/[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, () => ""],
];
