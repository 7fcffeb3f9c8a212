import { findBoilerplate, type SharedPhrase } from "../../core/captions/boilerplate.ts";
import { learnHabits } from "../../core/captions/habits.ts";
import { lintCaption } from "../../core/captions/lints/lints.ts";
import { boilerplate, otherLanguage, nearSame, type PairLint } from "../../core/captions/lints/pairLint.ts";
import { tooLong } from "../../core/captions/lints/tooLong.ts";
import { unknownTokens } from "../../core/captions/lints/unknownTokens.ts";
import { findMainLanguage, nameOfLanguage } from "../../core/captions/mainLanguage.ts";
import { findNearSame, type NearSame } from "../../core/captions/nearSame.ts";
import { createPromptFinder } from "../../core/captions/promptEcho.ts";
import { knownInstructions } from "../../core/rewriters/instructions.ts";
import type { Sample } from "../../core/sample.ts";
import type { Pairs } from "../../core/signals/pairs.ts";
import { countTokens } from "../encode/tokenCount.ts";
import type { Tokenizer } from "../encode/tokenizer.ts";
import type { Env } from "../env.ts";
import { createPause, inTurns } from "../store/inTurns.ts";
import { detectLanguages } from "./detectLanguages.ts";

/** Grows where lints find something else in the same captions, so that the next run looks again. */
export const lintsVersion = 3;

/** How the encoder reads texts: `tokensOfText` counts those of each unique text before any are cut off, special ones included. */
export interface Reading {
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly tokensOfText: Int32Array;
}

/** What captions are linted with: the pairs of the samples in their order, the unique texts, each sample's class of copies, and how the encoder reads, where there is one. */
export interface Lintable {
  readonly samples: readonly Sample[];
  readonly pairs: Pairs;
  readonly texts: readonly string[];
  readonly duplicateOf: Int32Array;
  readonly reading?: Reading | undefined;
}

/** What the lints found in every pair, by pair; `counts` has the kinds graver than a note, `languages` the code of each caption's language (undefined is unknown), one entry a pair. */
export interface LintedPairs {
  readonly lints: readonly PairLint[];
  readonly counts: Float32Array;
  readonly languages: readonly (string | undefined)[];
}

/** Lints all captions with what they have in common: some 40 s for 10⁶ captions. */
export async function lintPairs(env: Env, lintable: Lintable, signal: AbortSignal): Promise<LintedPairs> {
  const { samples, pairs, texts, duplicateOf } = lintable;
  const captions = samples.flatMap((sample) => sample.captions.map(({ text }) => text));
  const habits = await inTurns(env, learnHabits(captions), signal);
  const near = await inTurns(env, findNearSame({ texts, pairs, duplicateOf }), signal);
  const shared = await inTurns(env, findBoilerplate(texts), signal);
  const findPrompt = createPromptFinder(knownInstructions());
  const languageOfText = await detectLanguages(env, texts, signal);
  const languages = Array.from(pairs.text, (text) => languageOfText[text]);
  const known: Known = { ...lintable, near, shared, languageOfText, main: findMainLanguage(languages) };
  const pause = createPause(env, signal);
  const lints: PairLint[] = [];
  const counts = new Float32Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const prompt = findPrompt(captions[pair]!);
    const pictureStem = stemOf(samples[pairs.image[pair]!]!.id);
    const findings = lintCaption(captions[pair]!, { habits, pictureStem, ...(prompt === undefined ? {} : { prompt }) });
    for (const { lint, severity, message } of findings) lints.push({ pair, lint, severity, message });
    counts[pair] = new Set(findings.filter(({ severity }) => severity !== "note").map(({ lint }) => lint)).size;
    const text = pairs.text[pair]!;
    if (text >= 0) for (const note of notesOfText(text, known)) lints.push({ ...note, pair, severity: "note" });
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return { lints, counts, languages };
}

/** The name of a sample's picture without folders and extension, also within an archive. */
function stemOf(id: string): string {
  const base = id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf("#")) + 1);
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? base : base.slice(0, dot);
}

/** What is known of the unique texts; `main` is the language that most captions are in. */
interface Known extends Lintable {
  readonly near: NearSame;
  readonly shared: readonly (SharedPhrase | undefined)[];
  readonly languageOfText: readonly (string | undefined)[];
  readonly main: string | undefined;
}

type Note = Pick<PairLint, "lint" | "message">;

/** What is no fault of the text itself, and so weighs nothing: how the encoder reads it, and how it stands beside the others. */
function notesOfText(row: number, { texts, reading, near, shared, languageOfText, main }: Known): Note[] {
  const [language, partner, phrase] = [languageOfText[row], near.partner[row]!, shared[row]];
  return [
    ...(reading === undefined ? [] : notesOfReading(texts[row]!, row, reading)),
    ...(partner < 0 ? [] : [{ lint: nearSame.id, message: sharedWords(near.overlap[row]!, texts[partner]!) }]),
    ...(phrase === undefined ? [] : [{ lint: boilerplate.id, message: sharedBy(phrase) }]),
    ...(language === undefined || main === undefined || language === main
      ? []
      : [{ lint: otherLanguage.id, message: `It reads as ${nameOfLanguage(language)} where most captions are ${nameOfLanguage(main)}` }]),
  ];
}

function notesOfReading(text: string, row: number, { tokenizer, contextLength, tokensOfText }: Reading): Note[] {
  const count = tokensOfText[row]!;
  const unknown = tokenizer.hasUnknown(text) ? countTokens(text, { tokenizer, contextLength, limit: null }) : undefined;
  return [
    ...(count > contextLength
      ? [{ lint: tooLong.id, message: `${count} tokens where the encoder reads ${contextLength}: the rest is cut off` }]
      : []),
    ...(unknown === undefined
      ? []
      : unknownTokens.check(text, { tokens: unknown }).map(({ message }) => ({ lint: unknownTokens.id, message }))),
  ];
}

function sharedBy({ at, phrase, share }: SharedPhrase): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} % of the texts ${at === "opening" ? "begin" : "end"} with "${phrase}"`;
}

function sharedWords(overlap: number, other: string): string {
  return `${Math.round(100 * overlap)} % of the content words are those of "${other}"`;
}
