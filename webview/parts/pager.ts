import { html, nothing, type TemplateResult } from "lit-html";
import { formatCount } from "../format.ts";

/** A page of a long list: the rows from `from` on, `size` of `count` at most. */
export interface Pager {
  readonly from: number;
  readonly size: number;
  readonly count: number;
  readonly noun: string;
  readonly onFrom: (from: number) => void;
}

/** Which rows are shown, and buttons to the pages beside; nothing to turn where there is one page. */
export function pagerTemplate({ from, size, count, noun, onFrom }: Pager): TemplateResult {
  const to = Math.min(count, from + size);
  const turn = (label: string, icon: string, target: number): TemplateResult =>
    html`<vscode-button
      appearance="icon"
      aria-label=${label}
      title=${label}
      ?disabled=${target < 0 || target >= count}
      @click=${() => onFrom(target)}
      ><span class="codicon codicon-chevron-${icon}"></span
    ></vscode-button>`;
  return html`<div class="pager">
    <span role="status">${count === 0 ? `No ${noun}` : `${formatCount(from + 1)}–${formatCount(to)} of ${formatCount(count)}`}</span>
    ${count > size ? html`${turn("Page before", "left", from - size)}${turn("Page after", "right", from + size)}` : nothing}
  </div>`;
}

/** The page that has rows where a list has become shorter. */
export function pageWithin(from: number, size: number, count: number): number {
  return count === 0 ? 0 : Math.min(from, Math.floor((count - 1) / size) * size);
}
