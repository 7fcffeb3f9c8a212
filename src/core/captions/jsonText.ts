import type { Steps } from "../steps.ts";

/** A value in a text of JSON. */
export interface JsonRange {
  readonly from: number;
  readonly to: number;
}

/** A string literal in a text of JSON, its quotation marks included, and what it says. */
export interface JsonLiteral extends JsonRange {
  readonly value: string;
}

/** The way to a value: names of members and places in lists, from the outermost value on. */
export type JsonPath = readonly (string | number)[];

/** Characters that are passed over between two pauses: a millisecond or two. */
const charactersPerTurn = 1 << 18;

/** Finds the strings that ways lead to; see `findJsonValues`. Undefined where a way leads to nothing, or to something else than a string. */
export function* findJsonLiterals(text: string, paths: readonly JsonPath[]): Steps<(JsonLiteral | undefined)[]> {
  const literals: (JsonLiteral | undefined)[] = [];
  for (const range of yield* findJsonValues(text, paths)) {
    if (literals.length % pathsPerTurn === pathsPerTurn - 1) yield;
    const value = range !== undefined && text[range.from] === '"' ? parseLiteral(text.slice(range.from, range.to)) : undefined;
    literals.push(range === undefined || value === undefined ? undefined : { ...range, value });
  }
  return literals;
}

/**
 * Finds the values that ways lead to, all in one walk; of members with one name the last holds, as for `JSON.parse`. Undefined where a way leads to nothing. Pauses after
 * every quarter of a million characters. The text must be JSON: what is passed over is not checked.
 */
export function* findJsonValues(text: string, paths: readonly JsonPath[]): Steps<(JsonRange | undefined)[]> {
  const found: Found = new Array<JsonRange | undefined>(paths.length).fill(undefined);
  const root: Branch = { ends: [], children: new Map() };
  for (const [index, path] of paths.entries()) {
    if (index % pathsPerTurn === pathsPerTurn - 1) yield;
    path.reduce(branchAt, root).ends.push(index);
  }
  const cursor: Cursor = { text, at: 0, turnEnd: charactersPerTurn };
  skipSpace(cursor);
  yield* walkValue(cursor, root, found);
  return found;
}

/** The values of the list that opens at `from`, in order; those before the break where the text ends before the list does. Pauses as `findJsonValues` does. */
export function* findJsonItems(text: string, from: number): Steps<JsonRange[]> {
  const items: JsonRange[] = [];
  const cursor: Cursor = { text, at: from + 1, turnEnd: from + charactersPerTurn };
  for (;;) {
    skipSpace(cursor);
    if (text[cursor.at] === ",") {
      cursor.at += 1;
      continue;
    }
    const start = cursor.at;
    if (text[start] === "]" || !(yield* skipValue(cursor))) return items;
    items.push(withoutSpace(text, start, cursor.at));
    if (isTurnOver(cursor)) yield;
  }
}

/** What is written between two values of a list: what stands between its last two, else a comma with what stands before its only one (or `space`). */
export function listSeparator(
  text: string,
  { from, items }: { readonly from: number; readonly items: readonly JsonRange[] },
  space: string,
): string {
  const [before, last] = [items.at(-2), items.at(-1)];
  if (last === undefined) return "";
  if (before !== undefined) return text.slice(before.to, last.from);
  return `,${text.slice(from + 1, last.from) || space}`;
}

/** The part of a literal's own characters (its quotation marks are no part of them) that gives a part of its value. */
export function rangeInLiteral(
  literal: string,
  { from, to }: { readonly from: number; readonly to: number },
): { from: number; to: number } {
  let [at, passed] = [1, 0];
  const moveTo = (target: number): number => {
    for (; passed < target; passed += 1) at += literal[at] !== "\\" ? 1 : literal[at + 1] === "u" ? 6 : 2;
    return at;
  };
  return { from: moveTo(from), to: moveTo(to) };
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

/** The ways from one value on: those that end there, by their numbers, and those that go on, by their next step. */
interface Branch {
  readonly ends: number[];
  readonly children: Map<string | number, Branch>;
}

type Found = (JsonRange | undefined)[];

/** Ways that are laid out between two pauses. */
const pathsPerTurn = 1 << 13;

function branchAt({ children }: Branch, step: string | number): Branch {
  const known = children.get(step);
  if (known !== undefined) return known;
  const branch: Branch = { ends: [], children: new Map() };
  children.set(step, branch);
  return branch;
}

/** Moves behind a value and keeps those that ways lead to; false where the text ends before it does. */
function* walkValue(cursor: Cursor, branch: Branch, found: Found): Steps<boolean> {
  const { text, at: from } = cursor;
  if (!(yield* walkInside(cursor, branch, found))) return false;
  for (const end of branch.ends) found[end] = withoutSpace(text, from, cursor.at);
  return true;
}

function* walkInside(cursor: Cursor, branch: Branch, found: Found): Steps<boolean> {
  const { text } = cursor;
  if (branch.children.size > 0 && text[cursor.at] === "{") return yield* walkMembers(cursor, branch, found);
  if (branch.children.size > 0 && text[cursor.at] === "[") return yield* walkItems(cursor, branch, found);
  return yield* skipValue(cursor);
}

/** A number or a word is passed up to the sign behind it. */
function withoutSpace(text: string, from: number, end: number): JsonRange {
  let to = end;
  while (to > from && /[ \t\n\r]/.test(text[to - 1] ?? "")) to -= 1;
  return { from, to };
}

/** Of an object that is not closed nothing is found: its last member of a name may be another. */
function* walkMembers(cursor: Cursor, branch: Branch, found: Found): Steps<boolean> {
  const { text } = cursor;
  cursor.at += 1;
  for (;;) {
    skipSpace(cursor);
    if (text[cursor.at] === ",") {
      cursor.at += 1;
      continue;
    }
    const to = text[cursor.at] === '"' ? literalEnd(text, cursor.at) : undefined;
    if (to === undefined) break;
    const child = branch.children.get(parseLiteral(text.slice(cursor.at, to)) ?? "");
    cursor.at = to;
    skipSpace(cursor);
    if (text[cursor.at] !== ":") break;
    cursor.at += 1;
    skipSpace(cursor);
    if (child !== undefined) forget(child, found);
    if (!(child === undefined ? yield* skipValue(cursor) : yield* walkValue(cursor, child, found))) break;
    if (isTurnOver(cursor)) yield;
  }
  if (text[cursor.at] !== "}") {
    forget(branch, found);
    return false;
  }
  cursor.at += 1;
  return true;
}

function* walkItems(cursor: Cursor, branch: Branch, found: Found): Steps<boolean> {
  const { text } = cursor;
  cursor.at += 1;
  for (let index = 0; ; index += 1) {
    skipSpace(cursor);
    if (text[cursor.at] === "]") break;
    const child = branch.children.get(index);
    if (!(child === undefined ? yield* skipValue(cursor) : yield* walkValue(cursor, child, found))) return false;
    skipSpace(cursor);
    if (text[cursor.at] === "]") break;
    if (text[cursor.at] !== ",") return false;
    cursor.at += 1;
    if (isTurnOver(cursor)) yield;
  }
  cursor.at += 1;
  return true;
}

/** Takes back what was found behind a branch. */
function forget({ ends, children }: Branch, found: Found): void {
  for (const end of ends) found[end] = undefined;
  for (const child of children.values()) forget(child, found);
}

function isTurnOver(cursor: Cursor): boolean {
  if (cursor.at <= cursor.turnEnd) return false;
  cursor.turnEnd = cursor.at + charactersPerTurn;
  return true;
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
    if (isTurnOver(cursor)) yield;
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
  if (/^"[^"\\\0-\x1f]*"$/.test(literal)) return literal.slice(1, -1);
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
