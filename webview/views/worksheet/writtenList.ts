import { html, nothing, type TemplateResult } from "lit-html";
import { formatCounted } from "../../format.ts";
import { wordDifference } from "../../parts/wordDiff.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import type { Written } from "./detail.ts";

/** What was written so far, and what its buttons do. */
export interface WrittenList {
  readonly written: readonly Written[];
  readonly thumbnails: Thumbnails;
  readonly onRetry: () => void;
  readonly onLeaveOut: (written: Written) => void;
  readonly onReview: () => void;
}

/** What was written, the latest first: now that it is, beside what the caption said, and what it adds to the score. */
export function writtenList(list: WrittenList): TemplateResult {
  const { written, onRetry, onReview } = list;
  const failed = written.filter(({ failure }) => failure !== null).length;
  const saved = written.filter((one) => one.saved !== null).length;
  return html`<aside class="written" aria-label="Written">
    <h2>${written.length === 0 ? "Nothing written yet" : `${formatCounted(written.length, "caption")} written`}</h2>
    ${
      failed === 0
        ? nothing
        : html`<p class="problem-line" role="status">
            <span class="codicon codicon-warning" aria-hidden="true"></span>
            <span>${formatCounted(failed, "caption")} not kept yet</span>
            <vscode-button appearance="secondary" @click=${onRetry}>Try again</vscode-button>
          </p>`
    }
    <ol class="written-items">
      ${written.toReversed().map((one) => itemTemplate(one, list))}
    </ol>
    ${saved === 0 ? nothing : html`<div class="work-actions"><vscode-button appearance="secondary" @click=${onReview}>Review and accept</vscode-button></div>`}
  </aside>`;
}

function itemTemplate(one: Written, { thumbnails, onLeaveOut }: WrittenList): TemplateResult {
  const { place, caption, isSeen, saved, failure } = one;
  const difference = saved === null ? undefined : wordDifference(saved.before, caption);
  return html`<li class="written-item">
    <winnow-thumbnail .source=${thumbnails} .sample=${place.sample} .side=${96} .alt=${""}></winnow-thumbnail>
    <span>
      <span class="written-text">${difference?.right ?? caption}</span>
      ${difference === undefined ? nothing : html`<span class="written-before quiet">was: ${difference.left}</span>`}
      <span class="work-facts">${factsTemplate(one)}${isSeen ? html`<span>old one seen</span>` : nothing}</span>
      ${
        failure === null
          ? nothing
          : html`<span class="problem-line"
              >${failure} <vscode-button appearance="secondary" @click=${() => onLeaveOut(one)}>Leave it out</vscode-button></span
            >`
      }
    </span>
  </li>`;
}

function factsTemplate({ saved, failure }: Written): TemplateResult {
  if (failure !== null) return html`<span class="flag">not kept</span>`;
  if (saved === null) return html`<span>keeping and measuring …</span>`;
  if (saved.gain === null) return html`<span class="flag">not measured</span>`;
  const text = `${saved.gain < 0 ? "−" : "+"}${Math.abs(saved.gain).toFixed(3)}`;
  return html`<span class="gain ${saved.gain > 0 ? "good" : saved.gain < 0 ? "bad" : ""}">score ${text}</span>`;
}
