import { html, nothing, type TemplateResult } from "lit-html";
import { holdWords } from "../../../src/core/rewriters/holdWords.ts";
import type { ListedRewrite } from "../../../src/protocol/rewrites.ts";
import { diffTemplate } from "../../parts/diff.ts";
import { rowAfterKey } from "../../parts/listMoves.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import { figuresLine } from "./figures.ts";

/** A page of proposals, one of which is looked at. */
export interface ProposalList {
  readonly rows: readonly ListedRewrite[];
  readonly at: number;
  readonly isWaiting: boolean;
  readonly thumbnails: Thumbnails;
  readonly onAt: (at: number) => void;
}

/** The proposals one below the other: picture, difference, figures, and why they wait. */
export function proposalList(list: ProposalList): TemplateResult {
  const { rows, at, isWaiting, onAt } = list;
  const onKey = (event: KeyboardEvent): void => {
    const to = rowAfterKey(event, at, rows.length);
    if (to === undefined) return;
    event.preventDefault();
    onAt(to);
  };
  return html`<ul
    class="work-list"
    role="listbox"
    aria-label="Proposals"
    aria-busy=${isWaiting}
    aria-activedescendant=${rows[at] === undefined ? nothing : `proposal-${rows[at].id}`}
    tabindex="0"
    @keydown=${onKey}
  >
    ${rows.map(
      (row, index) =>
        html`<li id="proposal-${row.id}" class="work-row" role="option" aria-selected=${index === at} @click=${() => onAt(index)}>
          <winnow-thumbnail .source=${list.thumbnails} .sample=${row.sample} .side=${96} .alt=${""}></winnow-thumbnail>
          ${diffTemplate(row.diff)}
          <span class="work-facts">${figuresLine(row.measure)} ${waitsTemplate(row)}</span>
        </li>`,
    )}
  </ul>`;
}

function waitsTemplate(row: ListedRewrite): TemplateResult | typeof nothing {
  const words = row.state === "proposed" ? holdWords(row) : [];
  return words.length === 0 ? nothing : html`<span class="flag">${words.join("; ")}</span>`;
}
