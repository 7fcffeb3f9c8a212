/** A value written in a filter: a number, a text or true/false. */
export type Literal = number | string | boolean;

/** Comparisons of a field with a value; `~` is "contains", without regard to case; `^=` is "starts with", to the letter. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "^=";

/** A filter as a tree. The panel builds it, the CLI parses it from text, the store turns it into a query. */
export type Where =
  | { readonly kind: "and" | "or"; readonly parts: readonly Where[] }
  | { readonly kind: "not"; readonly part: Where }
  | { readonly kind: "compare"; readonly field: string; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: "in"; readonly field: string; readonly values: readonly Literal[] }
  | { readonly kind: "unknown"; readonly field: string };

/** Thrown for a filter that can't be read; `at` is the position from 0 in the text. */
export class WhereError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message}, at character ${at + 1} of the filter`);
    this.name = "WhereError";
    this.at = at;
  }
}

interface Token {
  readonly kind: "word" | "text" | "number" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

interface Reader {
  readonly tokens: readonly Token[];
  next: number;
}

const tokenPattern =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))|(?<sign><=|>=|!=|\^=|[=<>~(),])|(?<word>[\p{L}_][\p{L}\p{N}_.-]*))/uy;
const operators: ReadonlySet<string> = new Set<Operator>(["=", "!=", "<", "<=", ">", ">=", "~", "^="]);

/**
 * Reads a filter:
 *
 *     expression := term { "or" term }        term := factor { "and" factor }
 *     factor     := "not" factor | "(" expression ")" | comparison
 *     comparison := field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "^=" ) value
 *                 | field "in" "(" value { "," value } ")" | field "is" [ "not" ] "unknown"
 *     value      := number | word | "true" | "false" | 'text' | "text"   (a backslash before a quote or a backslash in a text)
 *
 * Words are not case-sensitive where they are keywords. Throws `WhereError` for anything else; which fields there are is the store's to say.
 */
export function parseWhere(text: string): Where {
  const reader: Reader = { tokens: splitTokens(text), next: 0 };
  const where = readList(reader, "or");
  const rest = peek(reader);
  if (rest.kind !== "end") throw new WhereError(`Expected the end of the filter but found "${rest.text}"`, rest.at);
  return where;
}

/** A filter as text that `parseWhere` reads as the same tree. Numbers must be finite and lists not empty. */
export function formatWhere(where: Where): string {
  switch (where.kind) {
    case "and":
    case "or":
      return where.parts
        .map((part) => (part.kind === "and" || part.kind === "or" ? `(${formatWhere(part)})` : formatWhere(part)))
        .join(` ${where.kind} `);
    case "not":
      return where.part.kind === "unknown" ? `${where.part.field} is not unknown` : `not (${formatWhere(where.part)})`;
    case "unknown":
      return `${where.field} is unknown`;
    case "in":
      return `${where.field} in (${where.values.map(formatLiteral).join(", ")})`;
    case "compare":
      return `${where.field} ${where.operator} ${formatLiteral(where.value)}`;
  }
}

/** The fields that a filter names, each once. */
export function fieldsOfWhere(where: Where): Set<string> {
  switch (where.kind) {
    case "and":
    case "or":
      return new Set(where.parts.flatMap((part) => [...fieldsOfWhere(part)]));
    case "not":
      return fieldsOfWhere(where.part);
    default:
      return new Set([where.field]);
  }
}

/** The values that a filter compares a field with. */
export function valuesOfWhere(where: Where, field: string): Literal[] {
  switch (where.kind) {
    case "and":
    case "or":
      return where.parts.flatMap((part) => valuesOfWhere(part, field));
    case "not":
      return valuesOfWhere(where.part, field);
    case "in":
      return where.field === field ? [...where.values] : [];
    case "compare":
      return where.field === field ? [where.value] : [];
    case "unknown":
      return [];
  }
}

/** A value as the text of a filter has it. */
export function formatLiteral(value: Literal): string {
  return typeof value === "string" ? `"${value.replaceAll(/["\\]/g, "\\$&")}"` : String(value);
}

function splitTokens(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const from = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) throw new WhereError(`Cannot read "${text.slice(from).trim().slice(0, 12)}"`, from);
    const kind = (["text", "number", "sign", "word"] as const).find((name) => groups[name] !== undefined)!;
    const found = groups[kind]!;
    tokens.push({ kind, text: kind === "text" ? unquote(found) : found, at: tokenPattern.lastIndex - found.length });
  }
  return [...tokens, { kind: "end", text: "the end", at: end }];
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(["'\\])/g, "$1");
}

function peek(reader: Reader): Token {
  return reader.tokens[Math.min(reader.next, reader.tokens.length - 1)]!;
}

function take(reader: Reader): Token {
  const token = peek(reader);
  reader.next += 1;
  return token;
}

function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === keyword;
}

function takeKeyword(reader: Reader, keyword: string): boolean {
  const found = isKeyword(peek(reader), keyword);
  if (found) reader.next += 1;
  return found;
}

function readList(reader: Reader, kind: "or" | "and"): Where {
  const read = kind === "or" ? () => readList(reader, "and") : () => readFactor(reader);
  const parts = [read()];
  while (takeKeyword(reader, kind)) parts.push(read());
  return parts.length === 1 ? parts[0]! : { kind, parts };
}

function readFactor(reader: Reader): Where {
  if (takeKeyword(reader, "not")) return { kind: "not", part: readFactor(reader) };
  const token = take(reader);
  if (token.kind === "sign" && token.text === "(") {
    const inner = readList(reader, "or");
    expectSign(reader, ")");
    return inner;
  }
  if (token.kind !== "word") throw new WhereError(`Expected a field but found "${token.text}"`, token.at);
  return readComparison(reader, token.text);
}

function readComparison(reader: Reader, field: string): Where {
  if (takeKeyword(reader, "is")) {
    const negated = takeKeyword(reader, "not");
    const word = take(reader);
    if (!isKeyword(word, "unknown")) throw new WhereError(`Expected "unknown" but found "${word.text}"`, word.at);
    return negated ? { kind: "not", part: { kind: "unknown", field } } : { kind: "unknown", field };
  }
  if (takeKeyword(reader, "in")) return { kind: "in", field, values: readValues(reader) };
  const operator = take(reader);
  if (operator.kind !== "sign" || !operators.has(operator.text)) {
    throw new WhereError(`Expected a comparison after ${field} but found "${operator.text}"`, operator.at);
  }
  return { kind: "compare", field, operator: operator.text as Operator, value: readValue(reader) };
}

function readValues(reader: Reader): Literal[] {
  expectSign(reader, "(");
  const values = [readValue(reader)];
  while (peek(reader).text === "," && peek(reader).kind === "sign") {
    reader.next += 1;
    values.push(readValue(reader));
  }
  expectSign(reader, ")");
  return values;
}

function readValue(reader: Reader): Literal {
  const token = take(reader);
  switch (token.kind) {
    case "number":
      return Number(token.text);
    case "text":
      return token.text;
    case "word":
      return token.text === "true" ? true : token.text === "false" ? false : token.text;
    case "sign":
    case "end":
      throw new WhereError(`Expected a value but found "${token.text}"`, token.at);
  }
}

function expectSign(reader: Reader, sign: string): void {
  const token = take(reader);
  if (token.kind !== "sign" || token.text !== sign) throw new WhereError(`Expected "${sign}" but found "${token.text}"`, token.at);
}
