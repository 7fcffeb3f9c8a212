import { html, nothing, type TemplateResult } from "lit-html";
import { supportLevels, type SupportLevel } from "../../../src/core/captions/wordSupport.ts";
import type { ExplainedCaption, ExplainedWord } from "../../../src/protocol/inspection.ts";
import type { PanelContext } from "../../context.ts";
import { formatValue } from "../../format.ts";
import { createSlot } from "../../slots.ts";

/** Which words of a caption its picture supports: asked for as long as a person has the section open, one caption at a time. */
export interface WordsPane {
  /** What is known of a caption's words; undefined where the section is closed, or nothing is known yet. */
  explained(sample: string, text: string): ExplainedCaption | undefined;
  /** The caption that is looked at; what is asked of another one is stopped. */
  look(sample: string, text: string | undefined): void;
  /** Forgets what was told, for it was told of an older analysis. */
  forget(): void;
  template(sample: string, text: string): TemplateResult;
}

/** Makes the pane, closed; `onChange` draws anew. */
export function createWordsPane({ host }: Pick<PanelContext, "host">, onChange: () => void): WordsPane {
  const slot = createSlot();
  let isOpen = false;
  let asked: string | undefined;
  let answer: ExplainedCaption | undefined;
  let failure: string | undefined;
  const keyOf = (sample: string, text: string): string => JSON.stringify([sample, text]);
  const forget = (): void => {
    slot.stop();
    asked = answer = failure = undefined;
  };
  const ask = async (sample: string, text: string): Promise<void> => {
    forget();
    const key = keyOf(sample, text);
    asked = key;
    try {
      const told = await slot.run((signal) => host.call("explainWords", { sample, text }, { signal }));
      if (told === undefined || asked !== key) return;
      answer = told;
    } catch (error) {
      if (asked !== key) return;
      failure = error instanceof Error ? error.message : String(error);
    }
    onChange();
  };
  return {
    forget,
    explained: (sample, text) => (isOpen && asked === keyOf(sample, text) ? answer : undefined),
    look: (sample, text) => {
      if (!isOpen || text === undefined || text.trim() === "") forget();
      else if (asked !== keyOf(sample, text)) void ask(sample, text);
    },
    template: (sample, text) => {
      const onToggle = ({ target }: Event): void => {
        const { open } = target as HTMLDetailsElement;
        if (open === isOpen) return;
        isOpen = open;
        onChange();
      };
      const known = asked === keyOf(sample, text);
      return html`<details class="inspector-section" ?open=${isOpen} @toggle=${onToggle}>
        <summary>Words that the picture supports</summary>
        ${isOpen ? contentTemplate(known ? answer : undefined, { failure: known ? failure : undefined, text }) : nothing}
      </details>`;
    },
  };
}

function contentTemplate(
  answer: ExplainedCaption | undefined,
  { failure, text }: { readonly failure: string | undefined; readonly text: string },
): TemplateResult {
  if (text.trim() === "") return html`<p class="quiet">The caption has no words</p>`;
  if (failure !== undefined) return html`<p class="quiet" role="status">${failure}</p>`;
  if (answer === undefined) return html`<p class="quiet" role="status">Looking…</p>`;
  const levels = levelsOf(answer);
  return html`<p class="words-about quiet" role="status">${meaningOf[answer.method]}</p>
    <ul class="words-legend quiet">
      ${(["much", "some", "little", "against"] as const).map((level) => html`<li><span class="word ${level}">${legend[level]}</span></li>`)}
    </ul>
    <table class="signals words">
      <thead class="visually-hidden">
        <tr>
          <th>Word</th>
          <th>${valueTitle[answer.method]}</th>
          <th>Support</th>
        </tr>
      </thead>
      <tbody>
        ${answer.words.map(
          (word, at) =>
            html`<tr title=${sentenceOf(word, levels[at]!, answer.method)}>
              <th scope="row">${word.word}</th>
              <td class="value">${word.support === null ? "unknown" : formatValue(word.support, "cosine")}</td>
              <td>${word.isRead ? legend[levels[at]!] : "not read"}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

/** A caption with a line under each word: the more the picture supports it, the thicker; dashed where it speaks against it. */
export function explainedTemplate(text: string, explained: ExplainedCaption): TemplateResult {
  const levels = levelsOf(explained);
  const ends = [0, ...explained.words.map(({ to }) => to)];
  return html`${explained.words.map(
    (word, at) =>
      html`${text.slice(ends[at], word.from)}<span
          class="word ${word.isRead ? levels[at]! : "cut-off"}"
          title=${sentenceOf(word, levels[at]!, explained.method)}
          >${text.slice(word.from, word.to)}</span
        >`,
  )}${text.slice(ends.at(-1))}`;
}

function levelsOf({ words }: ExplainedCaption): SupportLevel[] {
  return supportLevels(words.map(({ support }) => support));
}

const legend: Readonly<Record<SupportLevel, string>> = {
  much: "supported",
  some: "in part",
  little: "hardly",
  against: "against it",
  unknown: "unknown",
};

const valueTitle: Readonly<Record<ExplainedCaption["method"], string>> = {
  leaveOneOut: "How much the score falls without it",
  tokenPatch: "Cosine with the patch that fits it best",
};

const meaningOf: Readonly<Record<ExplainedCaption["method"], string>> = {
  leaveOneOut:
    "How much the score falls when a word is left out. It is a hint: a wrong word is among the three least supported in some two of three captions, by chance in one of four",
  tokenPatch: "How well each word fits the part of the picture that it fits best, by the encoder's patches and tokens",
};

function sentenceOf({ word, support, isRead }: ExplainedWord, level: SupportLevel, method: ExplainedCaption["method"]): string {
  if (!isRead) return `"${word}" is cut off: the encoder doesn't read so far`;
  if (support === null) return `"${word}": nothing is known of it`;
  if (method === "tokenPatch") return `"${word}": ${formatValue(support, "cosine")} with the part of the picture that fits it best`;
  const amount = formatValue(Math.abs(support), "cosine");
  if (level === "against") return `"${word}": the score rises by ${amount} without it`;
  return `"${word}": the score ${support < 0 ? "rises" : "falls"} by ${amount} without it`;
}
