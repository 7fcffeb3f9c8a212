import type { ParseArgsOptionDescriptor } from "node:util";
import type { Env } from "../engine/env.ts";
import type { Progress } from "../core/stages.ts";

/** What the exit code says to a script. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, doneWithProblems: 3 } as const;

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Thrown when the words of a call are off; the message says what was expected. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** An option of a command, with what its value stands for and what it does, for the help. */
export interface Option extends ParseArgsOptionDescriptor {
  readonly value?: string;
  readonly help: string;
}

/** The words of a call after the command's name: folders and the like in order, options by name. */
export interface Words {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** What a command may use: the outside world, the words of the call, and where its answer goes. */
export interface Call {
  readonly env: Env;
  readonly words: Words;
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Prints to stdout: the answer. */
  readonly print: (text: string) => void;
  /** Prints to stdout a piece of a long answer; resolves when there is room for the next. */
  readonly printPiece: (text: string) => Promise<void>;
  /** Prints to stderr: what a person should know beside the answer. */
  readonly tell: (text: string) => void;
}

/** One command of the CLI. `operands` names the words it takes, for the help. */
export interface Command {
  readonly name: string;
  readonly operands: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  run(call: Call): Promise<ExitCode>;
}

/** An option's text. Throws `UsageError` when it is required and missing. */
export function textOption(words: Words, name: string): string | undefined {
  const value = words.options[name];
  return typeof value === "string" ? value : undefined;
}

/** All texts of an option that can be given more than once. */
export function listOption(words: Words, name: string): readonly string[] {
  const given = words.options[name];
  return Array.isArray(given) ? given.map(String) : [];
}

/** What an option such as `--option name=value` names, with the values as text. Throws `UsageError` for a text without a name. */
export function namedOptions(words: Words, option: string): readonly (readonly [name: string, value: string])[] {
  return listOption(words, option).map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new UsageError(`Expected name=value for --${option} but received "${text}"`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

/** Does work whose `RangeError` is about what a person typed: it becomes a `UsageError`. */
export async function inWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** An option's text, which must be there. */
export function requiredOption(words: Words, name: string): string {
  const value = textOption(words, name);
  if (value === undefined) throw new UsageError(`Expected --${name}`);
  return value;
}

/** Whether a yes-or-no option is given. */
export function hasOption(words: Words, name: string): boolean {
  return words.options[name] === true;
}

/** An option's number; undefined when it is not given. Throws `UsageError` for anything but a finite number. */
export function numberOption(words: Words, name: string): number | undefined {
  const text = textOption(words, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new UsageError(`Expected a number for --${name} but received "${text}"`);
  return value;
}

/** An option that takes one of some words. */
export function choiceOption<T extends string>(words: Words, name: string, choices: readonly T[]): T | undefined {
  const text = textOption(words, name);
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new UsageError(`Expected one of ${choices.join(", ")} for --${name} but received "${text}"`);
  return choice;
}

/** The folder that the command is about: its first word. */
export function folderOperand(words: Words): string {
  const [folder] = words.positionals;
  if (folder === undefined || folder === "") throw new UsageError("Expected the folder of a dataset");
  return folder;
}
