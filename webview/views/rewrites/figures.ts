import { html, nothing, type TemplateResult } from "lit-html";
import type { RewriteMeasure } from "../../../src/core/rewriters/accept.ts";
import { formatCount } from "../../format.ts";

/** A number with its sign, as differences are told; "unknown" where it is. */
export function formatSigned(value: number, digits: number): string {
  if (Number.isNaN(value)) return "unknown";
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? `±${text}` : `${value < 0 ? "−" : "+"}${text}`;
}

/** A measured number; "unknown" where it is. */
export function formatKnown(value: number, digits = 0): string {
  return Number.isNaN(value) ? "unknown" : digits === 0 ? formatCount(value) : value.toFixed(digits);
}

/** What a proposal adds to score and rank, and its tokens, in a line. */
export function figuresLine(measure: RewriteMeasure | null): TemplateResult {
  if (measure === null) return html`<span class="flag">not measured</span>`;
  const { scoreBefore, scoreAfter, rankBefore, rankAfter, tokensBefore, tokensAfter, tokenLimit } = measure;
  const gain = scoreAfter - scoreBefore;
  return html`<span class="gain ${gain > 0 ? "good" : gain < 0 ? "bad" : ""}" title="What it adds to the score"
      >${formatSigned(gain, 3)}</span
    >
    ${rankBefore === rankAfter ? html`<span>rank ${formatKnown(rankAfter)}</span>` : html`<span>rank ${formatKnown(rankBefore)} → ${formatKnown(rankAfter)}</span>`}
    ${
      Number.isNaN(tokensAfter)
        ? nothing
        : html`<span class=${tokensAfter > tokenLimit ? "flag" : ""}
            >${formatKnown(tokensBefore)} → ${formatKnown(tokensAfter)} tokens</span
          >`
    }`;
}
