import { html, nothing, type TemplateResult } from "lit-html";
import type { DiffPart } from "../../src/protocol/captionEdits.ts";

/** A text before and after in one: what goes is struck, what comes is underlined, so that colour alone tells nothing. White space that differs is made visible. */
export function diffTemplate(parts: readonly DiffPart[]): TemplateResult {
  return html`<span class="diff"
    >${parts.map(({ kind, text }) => {
      if (kind === "same") return text;
      return kind === "removed" ? html`<del>${visible(text)}</del>` : html`<ins>${visible(text)}</ins>`;
    })}</span
  >`;
}

/** One side of a difference: the text before, or the text after. */
export function diffSide(parts: readonly DiffPart[], side: "before" | "after"): TemplateResult {
  const own = side === "before" ? "removed" : "added";
  const shown = parts.filter(({ kind }) => kind === "same" || kind === own);
  return html`<span class="diff"
    >${shown.map(({ kind, text }) => {
      if (kind === "same") return text;
      return side === "before" ? html`<del>${visible(text)}</del>` : html`<ins>${visible(text)}</ins>`;
    })}${shown.length === 0 ? html`<em class="quiet">empty</em>` : nothing}</span
  >`;
}

/** The text with its line ends as signs, and its blanks too where there is nothing else. */
function visible(text: string): string {
  const withLines = text.replaceAll(/\r\n|\r|\n/g, "⏎");
  return withLines.trim() === "" ? withLines.replaceAll("\t", "⇥").replaceAll(/\s/g, "␣") : withLines;
}
