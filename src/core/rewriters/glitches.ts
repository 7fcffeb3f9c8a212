import { detectLanguage } from "../captions/language.ts";
import { lintCaption } from "../captions/lints/lints.ts";

/** What can be wrong with a model's answer as such: nothing, a refusal, an opening, a loop, the prompt or its examples again, signs of Markdown or JSON, several lines, another language, far too long, lost letters. */
export const glitches = ["empty", "refusal", "preamble", "loop", "echo", "markup", "lines", "language", "tooLong", "mojibake"] as const;

/** One of `glitches`. */
export type Glitch = (typeof glitches)[number];

/** What a proposal is compared with: the caption before, the instruction that it answers (of a rule none), the texts that were shown beside, and the language that it should be in. */
export interface GlitchContext {
  readonly before: string;
  readonly instruction?: string | undefined;
  readonly shown?: readonly string[];
  readonly language?: string | undefined;
}

const ofLints: Readonly<Record<string, Glitch>> = {
  empty: "empty",
  refusal: "refusal",
  preamble: "preamble",
  repetition: "loop",
  echo: "echo",
  mojibake: "mojibake",
};

const markup = /```|^\s*[#>]|\*\*|^\s*[-*•]\s|^\s*[[{]\s*["[{]|["}\]]\s*[}\]]\s*$|<\/?[a-z][^>]*>|^\s*\|.*\|\s*$/im;

/** Longer than so many times the caption before, and than so many words, is no caption of the same picture any more. */
const [longestRatio, longestShort] = [4, 40];

/** What is wrong with a proposal, each kind once; nothing for a caption as a person would write it. */
export function findGlitches(proposal: string, { before, instruction, shown = [], language }: GlitchContext): Glitch[] {
  const found = new Set<Glitch>();
  for (const { lint } of lintCaption(proposal, instruction === undefined ? {} : { prompt: instruction })) {
    const glitch = ofLints[lint];
    if (glitch !== undefined) found.add(glitch);
  }
  if (shown.some((text) => plain(text) === plain(proposal) && plain(proposal) !== plain(before))) found.add("echo");
  if (markup.test(proposal) && !markup.test(before)) found.add("markup");
  if (proposal.includes("\n") && !before.includes("\n")) found.add("lines");
  if (wordCount(proposal) > Math.max(longestShort, longestRatio * wordCount(before))) found.add("tooLong");
  const detected = language === undefined ? undefined : detectLanguage(proposal);
  if (detected !== undefined && detected !== language) found.add("language");
  return glitches.filter((glitch) => found.has(glitch));
}

function plain(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}

function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
