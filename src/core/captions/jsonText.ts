import type { Steps } from "../steps.ts";

/** A string literal in a text of JSON, its quotation marks included, and what it says. */
export interface JsonLiteral {
  readonly from: number;
  readonly to: number;
  readonly value: string;
}

/** The way to a value: names of members and places in lists, from the outermost value on. */
export type JsonPath = readonly (string | number)[];

/** Characters that are passed over between two pauses: a millisecond or two. */
const charactersPerTurn = 1 << 18;

/**
 * Finds the string that a way leads to in the part of a text that begins at `from`; of members with one name the last holds, as for `JSON.parse`.
 * Undefined where the way leads to nothing, or to something else than a string. Pauses after every quarter of a million characters. The text must be JSON:
 * what is passed over is not checked.
 */
export function* findJsonLiteral(text: string, path: JsonPath, from = 0): Steps<JsonLiteral | undefined> {
  const cursor: Cursor = { text, at: from, turnEnd: from + charactersPerTurn };
  skipSpace(cursor);
  for (const step of path) {
    const found = typeof step === "number" ? yield* enterItem(cursor, step) : yield* enterMember(cursor, step);
    if (found === undefined) return undefined;
    cursor.at = found;
  }
  if (text[cursor.at] !== '"') return undefined;
  const to = literalEnd(text, cursor.at);
  const value = to === undefined ? undefined : parseLiteral(text.slice(cursor.at, to));
  return to === undefined || value === undefined ? undefined : { from: cursor.at, to, value };
}

/** A text as a string of JSON; with `asciiOnly` everything else is written as `\uXXXX`, as Python's `json.dump` does. */
export function jsonLiteral(text: string, asciiOnly: boolean): string {
  const literal = JSON.stringify(text);
  if (!asciiOnly) return literal;
  return literal.replaceAll(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

interface Cursor {
  readonly text: string;
  at: number;
  turnEnd: number;
}

/** Where the value of the last member of that name begins; the cursor stands at the object's brace. */
function* enterMember(cursor: Cursor, name: string): Steps<number | undefined> {
  const { text } = cursor;
  if (text[cursor.at] !== "{") return undefined;
  let found: number | undefined;
  cursor.at += 1;
  for (;;) {
    skipSpace(cursor);
    if (text[cursor.at] === ",") {
      cursor.at += 1;
      continue;
    }
    const to = text[cursor.at] === '"' ? literalEnd(text, cursor.at) : undefined;
    if (to === undefined) return text[cursor.at] === "}" ? found : undefined;
    const isNamed = parseLiteral(text.slice(cursor.at, to)) === name;
    cursor.at = to;
    skipSpace(cursor);
    if (text[cursor.at] !== ":") return undefined;
    cursor.at += 1;
    skipSpace(cursor);
    if (isNamed) found = cursor.at;
    if (!(yield* skipValue(cursor))) return undefined;
  }
}

/** Where an item of a list begins; the cursor stands at the list's bracket. */
function* enterItem(cursor: Cursor, index: number): Steps<number | undefined> {
  const { text } = cursor;
  if (text[cursor.at] !== "[") return undefined;
  cursor.at += 1;
  for (let passed = 0; ; passed += 1) {
    skipSpace(cursor);
    if (cursor.at >= text.length || text[cursor.at] === "]") return undefined;
    if (passed === index) return cursor.at;
    if (!(yield* skipValue(cursor))) return undefined;
    skipSpace(cursor);
    if (text[cursor.at] !== ",") return undefined;
    cursor.at += 1;
  }
}

const quote = 0x22;
const comma = 0x2c;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Moves behind a value; false where the text ends before it does. */
function* skipValue(cursor: Cursor): Steps<boolean> {
  const { text } = cursor;
  for (let depth = 0; cursor.at < text.length;) {
    const code = text.charCodeAt(cursor.at);
    if (code === quote) {
      const to = literalEnd(text, cursor.at);
      if (to === undefined) return false;
      cursor.at = to;
      if (depth === 0) return true;
    } else if (code === openBracket || code === openBrace) {
      depth += 1;
      cursor.at += 1;
    } else if (code === closeBracket || code === closeBrace) {
      if (depth === 0) return true; // the end of what the value lies in, behind a number or a word
      depth -= 1;
      cursor.at += 1;
      if (depth === 0) return true;
    } else if (code === comma && depth === 0) {
      return true;
    } else cursor.at += 1;
    if (cursor.at > cursor.turnEnd) {
      cursor.turnEnd = cursor.at + charactersPerTurn;
      yield;
    }
  }
  return false;
}

/** Index behind the string that opens at `from`; undefined where it is never closed. */
function literalEnd(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  return undefined;
}

function parseLiteral(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function skipSpace(cursor: Cursor): void {
  while (/[ \t\n\r]/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}
