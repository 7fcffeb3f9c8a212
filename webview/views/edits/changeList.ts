import { html, nothing, type TemplateResult } from "lit-html";
import type { EditedCaption, EditFlag } from "../../../src/protocol/captionEdits.ts";
import { diffTemplate } from "../../parts/diff.ts";
import { rowAfterKey } from "../../parts/listMoves.ts";
import type { Thumbnails } from "../../thumbnails.ts";

/** A page of changes, one of which the keyboard stands on. */
export interface ChangeList {
  readonly rows: readonly EditedCaption[];
  readonly at: number;
  readonly limit: number | null;
  readonly isWaiting: boolean;
  readonly thumbnails: Thumbnails;
  readonly onAt: (at: number) => void;
  readonly onInspect: (sample: string) => void;
}

const flagWords: Readonly<Record<EditFlag, string>> = { empty: "no text is left", likeSibling: "says the same as another caption" };

/** The changes one below the other: picture, difference, tokens. */
export function changeList(list: ChangeList): TemplateResult {
  const { rows, at, isWaiting, onInspect } = list;
  const current = rows[at];
  const onKey = (event: KeyboardEvent): void => {
    const to = rowAfterKey(event, at, rows.length);
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && current !== undefined) onInspect(current.sample);
    else if (to === undefined) return;
    else moveTo(event.currentTarget as HTMLElement, to, list.onAt);
    event.preventDefault();
  };
  return html`<ul
    class="work-list ${isWaiting ? "waiting" : ""}"
    role="listbox"
    aria-label="Changes"
    aria-busy=${isWaiting}
    aria-activedescendant=${current === undefined ? nothing : `change-${at}`}
    tabindex="0"
    @keydown=${onKey}
  >
    ${rows.map((row, index) => rowTemplate(row, index, list))}
  </ul>`;
}

function moveTo(element: HTMLElement, to: number, onAt: (at: number) => void): void {
  onAt(to);
  element.querySelector(`#change-${to}`)?.scrollIntoView({ block: "nearest" });
}

function rowTemplate(row: EditedCaption, index: number, { at, limit, thumbnails, onAt, onInspect }: ChangeList): TemplateResult {
  const { sample, captionIndex, diff, tokensBefore, tokensAfter, flags } = row;
  const isCut = limit !== null && tokensAfter !== null && tokensAfter > limit;
  return html`<li
    id="change-${index}"
    class="work-row"
    role="option"
    aria-selected=${index === at}
    @click=${() => onAt(index)}
    @dblclick=${() => onInspect(sample)}
  >
    <winnow-thumbnail .source=${thumbnails} .sample=${sample} .side=${96} .alt=${""}></winnow-thumbnail>
    ${diffTemplate(diff)}
    <span class="work-facts">
      <span>${sample}${captionIndex === null ? "" : ` #${captionIndex + 1}`}</span>
      ${tokensAfter === null ? nothing : html`<span class=${isCut ? "flag" : ""}>${tokensText(tokensBefore, tokensAfter)}${isCut ? `, cut off at ${limit}` : ""}</span>`}
      ${flags.map((flag) => html`<span class="flag">${flagWords[flag]}</span>`)}
    </span>
  </li>`;
}

function tokensText(before: number | null, after: number): string {
  return before === null || before === after ? `${after} tokens` : `${before} → ${after} tokens`;
}
