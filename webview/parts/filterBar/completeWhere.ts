import { formatLiteral, parseWhere } from "../../../src/core/where.ts";
import { aboutField, titleOfField } from "./fieldTexts.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Something that can stand where the caret is: it replaces the text `from` … `to`. */
export interface Completion {
  readonly kind: "field" | "operator" | "value" | "word" | "bucket" | "words";
  readonly label: string;
  readonly detail: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
}

const pieceKinds = ["text", "openText", "number", "sign", "word", "other"] as const;

interface Piece {
  readonly kind: (typeof pieceKinds)[number];
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** What the grammar expects next. `depth` counts open brackets. */
interface Expected {
  readonly next: "factor" | "operator" | "afterIs" | "openList" | "value" | "listValue" | "comma" | "join" | "nothing";
  readonly field: string;
  readonly depth: number;
}

const piecePattern =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<openText>["'](?:[^\\]|\\.)*$)|(?<number>-?\d+(?:\.\d*)?)|(?<sign><=|>=|!=|\^=|[=<>~(),])|(?<word>[\p{L}_][\p{L}\p{N}_.-]*)|(?<other>\S))/gu;
const mostShown = 60;

/** What can stand at the caret, best first. */
export function completeWhere(text: string, caret: number, vocabulary: Vocabulary): readonly Completion[] {
  const pieces = piecesOf(text.slice(0, caret));
  const last = pieces.at(-1);
  const isPartial = last?.to === caret && (last.kind === "word" || last.kind === "number" || last.kind === "openText");
  const expected = isPartial ? expectAfter(pieces.slice(0, -1)) : expectAfter(pieces);
  const typed = isPartial ? last.text.replace(/^["']/, "") : "";
  const from = isPartial ? last.from : caret;
  const to = isPartial ? caret + restOfWord(text.slice(caret)) : caret;
  const fitting = rank(candidates(expected, vocabulary), typed).map((candidate) => ({ ...candidate, from, to }));
  return [...fitting.slice(0, mostShown), ...plainWords(text, vocabulary)];
}

type Candidate = Omit<Completion, "from" | "to">;

function candidates({ next, field, depth }: Expected, vocabulary: Vocabulary): readonly Candidate[] {
  switch (next) {
    case "factor":
      return [...fieldCandidates(vocabulary), ...bucketCandidates(vocabulary), word("not", "What follows must not be so")];
    case "operator":
      return operatorCandidates(field, vocabulary);
    case "afterIs":
      return [word("unknown", "There is no value"), word("not unknown", "There is a value")];
    case "value":
    case "listValue":
      return valueCandidates(field, vocabulary);
    case "join":
      return [
        word("and", "Both must be so"),
        word("or", "One of both must be so"),
        ...(depth > 0 ? [word(")", "Closes the bracket")] : []),
      ];
    case "openList":
      return [word("(", "Begins the list")];
    case "comma":
      return [word(",", "Another value"), word(")", "Ends the list")];
    case "nothing":
      return [];
  }
}

function fieldCandidates({ fields, choices }: Vocabulary): Candidate[] {
  const known = fields.map(({ name, signal }) => ({ name, title: titleOfField(name, signal), about: aboutField(name, signal) }));
  const related = [...choices.keys()]
    .filter((name) => !fields.some((field) => field.name === name))
    .map((name) => ({ name, title: titleOfField(name, null), about: aboutField(name, null) }));
  return [...known, ...related].map(({ name, title, about }) => ({
    kind: "field",
    label: name,
    detail: title === name || about === "" ? about || title : `${title}: ${about}`,
    insert: `${name} `,
  }));
}

function bucketCandidates({ buckets }: Vocabulary): Candidate[] {
  return buckets.map(({ title, about, where }) => ({
    kind: "bucket",
    label: title,
    detail: about,
    insert: parseWhere(where).kind === "or" ? `(${where}) ` : `${where} `,
  }));
}

const comparisons = [
  { insert: "<", detail: "Less than" },
  { insert: "<=", detail: "At most" },
  { insert: ">", detail: "Greater than" },
  { insert: ">=", detail: "At least" },
] as const;

function operatorCandidates(field: string, { fields, choices }: Vocabulary): Candidate[] {
  const type = fields.find(({ name }) => name === field)?.type;
  const isRelated = type === undefined && choices.has(field);
  const isNumber = type !== undefined && type !== "text" && type !== "boolean";
  const signs = [
    ...(isNumber ? comparisons : []),
    { insert: "=", detail: "Equal to" },
    { insert: "!=", detail: "Not equal to, and known" },
    ...(type === "text"
      ? [
          { insert: "~", detail: "Contains, without regard to case" },
          { insert: "^=", detail: "Begins with" },
        ]
      : []),
    ...(isNumber || type === "boolean" ? [] : [{ insert: "in", detail: "One of several values, in brackets" }]),
    ...(isRelated ? [] : [{ insert: "is", detail: "is unknown, is not unknown" }]),
  ];
  return signs.map(({ insert, detail }) => ({
    kind: "operator",
    label: insert,
    detail,
    insert: insert === "in" ? "in (" : `${insert} `,
  }));
}

function valueCandidates(field: string, { fields, choices }: Vocabulary): Candidate[] {
  const type = fields.find(({ name }) => name === field)?.type;
  return (choices.get(field) ?? []).map(({ value, label }) => {
    const insert = `${formatLiteral(type === "boolean" ? value === "true" : value)} `;
    return { kind: "value", label: value, detail: label === value ? "" : label, insert };
  });
}

function word(text: string, detail: string): Candidate {
  return { kind: "word", label: text, detail, insert: `${text} ` };
}

/** Those that begin with what was typed, then those that have it somewhere. */
function rank(all: readonly Candidate[], typed: string): readonly Candidate[] {
  if (typed === "") return all;
  const sought = typed.toLowerCase();
  const begins = all.filter(({ label }) => label.toLowerCase().startsWith(sought));
  const has = all.filter(
    (candidate) => !begins.includes(candidate) && `${candidate.label} ${candidate.detail}`.toLowerCase().includes(sought),
  );
  const others = begins.filter(({ label }) => label !== typed); // what stands there already completes nothing
  return [...others, ...has];
}

/** Somebody who types words means the captions, unless a filter begins with them. */
function plainWords(text: string, { fields, choices }: Vocabulary): Completion[] {
  const sought = text.trim();
  if (!/^[\p{L}\p{N}][\p{L}\p{N}\s'’-]*$/u.test(sought)) return [];
  const first = sought.split(/\s/)[0]!;
  if (choices.has(first) || fields.some(({ name }) => name === first)) return [];
  return [
    {
      kind: "words",
      label: `Captions with “${sought}”`,
      detail: "",
      insert: `caption ~ ${formatLiteral(sought)}`,
      from: 0,
      to: text.length,
    },
  ];
}

function restOfWord(text: string): number {
  return /^[\p{L}\p{N}_.-]*/u.exec(text)![0].length;
}

function piecesOf(text: string): Piece[] {
  return [...text.matchAll(piecePattern)].map(({ 0: whole, groups, index }) => {
    const kind = pieceKinds.find((name) => groups?.[name] !== undefined)!;
    const own = groups![kind]!;
    return { kind, text: own, from: index + whole.length - own.length, to: index + whole.length };
  });
}

function expectAfter(pieces: readonly Piece[]): Expected {
  let expected: Expected = { next: "factor", field: "", depth: 0 };
  for (const piece of pieces) expected = expectNext(expected, piece);
  return expected;
}

function expectNext(expected: Expected, piece: Piece): Expected {
  const word = piece.kind === "word" ? piece.text.toLowerCase() : undefined;
  const sign = piece.kind === "sign" ? piece.text : undefined;
  const go = (next: Expected["next"], change: Partial<Expected> = {}): Expected => ({ ...expected, ...change, next });
  switch (expected.next) {
    case "factor":
      if (word === "not") return expected;
      if (sign === "(") return go("factor", { depth: expected.depth + 1 });
      return word === undefined ? go("nothing") : go("operator", { field: piece.text });
    case "operator":
      if (word === "is") return go("afterIs");
      if (word === "in") return go("openList");
      return sign !== undefined && !"(),".includes(sign) ? go("value") : go("nothing");
    case "afterIs":
      return word === "not" ? expected : go(word === "unknown" ? "join" : "nothing");
    case "openList":
      return go(sign === "(" ? "listValue" : "nothing");
    case "value":
      return go(sign === undefined && piece.kind !== "other" ? "join" : "nothing");
    case "listValue":
      return go(sign === undefined && piece.kind !== "other" ? "comma" : "nothing");
    case "comma":
      return sign === "," ? go("listValue") : go(sign === ")" ? "join" : "nothing");
    case "join":
      if (sign === ")" && expected.depth > 0) return go("join", { depth: expected.depth - 1 });
      return go(word === "and" || word === "or" ? "factor" : "nothing");
    case "nothing":
      return expected;
  }
}
