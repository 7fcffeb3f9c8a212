import { html, type TemplateResult } from "lit-html";
import { formatCount, formatCounted } from "../../format.ts";
import type { AcceptProgress } from "./decisions.ts";

/** How far work on captions is, and what stops it. Null while the total isn't known. */
export function progressTemplate(what: string, progress: AcceptProgress | null, onStop: () => void): TemplateResult {
  const { done, total } = progress ?? { done: 0, total: 0 };
  return html`<span class="work-progress" role="status">
    <progress aria-label=${what} max=${Math.max(1, total)} value=${done}></progress>
    <span>${what}: ${formatCount(done)} of ${formatCounted(total, "caption")}</span>
    <vscode-button appearance="secondary" @click=${onStop}>Stop</vscode-button>
  </span>`;
}
