import type { EncoderFile } from "./encoderFile.ts";

/** What a person has said of an encoder's graphs so far: a `winnow.json` without its schema. */
export type Said = Omit<EncoderFile, "schema">;

/** The value of an answer, or what was expected in its place, as words for a sentence. */
export type ParsedAnswer = { readonly value: unknown; readonly expected?: undefined } | { readonly expected: string };

/** Places in `winnow.json` that hold a number, or numbers; every other holds text. */
const numberFields: ReadonlySet<string> = new Set(["image.preprocessing.size", "text.contextLength", "dim", "logitScale", "logitBias"]);
const listFields: ReadonlySet<string> = new Set(["image.preprocessing.mean", "image.preprocessing.std"]);

/** Reads an answer as it was typed, for its place in `winnow.json` (`image.preprocessing.size`). Whether the value can stand there is for the engine to say. */
export function parseAnswer(field: string, text: string): ParsedAnswer {
  if (!numberFields.has(field) && !listFields.has(field)) return { value: text };
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!numbers.every(Number.isFinite)) return { expected: listFields.has(field) ? "numbers with commas" : "a number" };
  if (listFields.has(field)) return { value: numbers };
  return numbers.length === 1 ? { value: numbers[0] } : { expected: "a number" };
}

/** What is said, with one more answer at its place; the engine parses it whole. */
export function withAnswer(said: Said, field: string, value: unknown): Said {
  return place(said, field.split("."), value);
}

function place(into: object, [name, ...rest]: readonly string[], value: unknown): object {
  const inner = (into as Readonly<Record<string, object | undefined>>)[name!];
  return { ...into, [name!]: rest.length === 0 ? value : place(inner ?? {}, rest, value) };
}
