import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { formatCount } from "../../format.ts";
import { named } from "../../parts/named.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import { counts, type Sheet, type WorksheetDetail } from "./detail.ts";

/** The form before a worksheet. */
export interface SheetSetup {
  readonly scope: TemplateResult;
  readonly detail: WorksheetDetail;
  readonly isBusy: boolean;
  readonly whyNot: string | undefined;
  readonly onCount: (text: string) => void;
  readonly onSeed: (text: string) => void;
  readonly onBegin: () => void;
}

/** What a worksheet is drawn from. */
export function setupTemplate({ scope, detail, isBusy, whyNot, onCount, onSeed, onBegin }: SheetSetup): TemplateResult {
  const textOf = (event: Event): string => (event.target as HTMLInputElement).value;
  const isDone = detail.sheet !== null;
  return html`<section class="sheet-setup">
    <h2 id="sheet-title" tabindex="-1">${isDone ? "Done: that was the last picture" : "Write captions without seeing the old ones"}</h2>
    <p class="quiet">
      You see a picture beside its nearest siblings and say what is there. What you write is kept as a proposal in your name, measured, and
      stands in no file before you accept it. Pictures of the evaluation split are left out.
    </p>
    ${scope}
    <div class="field-row">
      <label for="sheet-count">How many</label>
      <vscode-text-field
        id="sheet-count"
        ${named("How many")}
        .value=${live(String(detail.count))}
        @change=${(event: Event) => onCount(textOf(event))}
      ></vscode-text-field>
      <p class="field-note quiet">${counts.least} to ${formatCount(counts.most)}</p>
    </div>
    <div class="field-row">
      <label for="sheet-seed">Seed</label>
      <vscode-text-field
        id="sheet-seed"
        ${named("Seed")}
        .value=${live(String(detail.seed))}
        @change=${(event: Event) => onSeed(textOf(event))}
      ></vscode-text-field>
      <p class="field-note quiet">The same seed draws the same pictures</p>
    </div>
    <div class="work-actions">
      <vscode-button class="sheet-begin" title=${whyNot ?? ""} ?disabled=${isBusy || whyNot !== undefined} @click=${onBegin}
        >${isDone ? "Draw again and begin" : "Draw pictures and begin"}</vscode-button
      >
      ${whyNot === undefined ? nothing : html`<span class="quiet">${whyNot}</span>`}
    </div>
  </section>`;
}

/** A picture to be described, and what its controls do. */
export interface SheetStage {
  readonly sheet: Sheet;
  readonly picture: HTMLElement;
  /** Its nearest pictures; undefined while they are looked for. */
  readonly siblings: readonly string[] | undefined;
  readonly siblingFailure: string | null;
  readonly thumbnails: Thumbnails;
  readonly draft: string;
  /** The old caption where it is shown. */
  readonly old: string | undefined;
  readonly onDraft: (draft: string) => void;
  readonly onSave: () => void;
  readonly onPass: () => void;
  readonly onShowOld: () => void;
  readonly onEnd: () => void;
}

/** One picture, blind: nothing tells what its caption says but a button that says so in the record. */
export function sheetTemplate(stage: SheetStage): TemplateResult {
  const { sheet, picture, onEnd } = stage;
  return html`<section class="sheet" aria-label="Worksheet">
    <div class="check-head">
      <progress aria-label="Pictures that are done" max=${sheet.places.length} value=${sheet.at}></progress>
      <span class="check-progress" role="status">${sheet.at + 1} of ${sheet.places.length}</span>
      <span class="toolbar-space"></span>
      <vscode-button appearance="secondary" @click=${onEnd}>End the worksheet</vscode-button>
    </div>
    <div class="sheet-pictures">
      <div class="sheet-picture">${picture}</div>
      ${siblingsTemplate(stage)}
    </div>
    ${writeTemplate(stage)}
  </section>`;
}

function siblingsTemplate({ siblings, siblingFailure, thumbnails }: SheetStage): TemplateResult {
  return html`<div class="sheet-siblings">
    <h2>Its nearest siblings</h2>
    ${siblingFailure !== null ? html`<p class="quiet">They can’t be told: ${siblingFailure}</p>` : nothing}
    ${siblings?.length === 0 ? html`<p class="quiet">There are none</p>` : nothing}
    ${siblings?.map(
      (sample, at) =>
        html`<winnow-thumbnail .source=${thumbnails} .sample=${sample} .side=${256} .alt=${`Sibling ${at + 1}`}></winnow-thumbnail>`,
    )}
  </div>`;
}

function writeTemplate({ draft, old, onDraft, onSave, onPass, onShowOld }: SheetStage): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) onSave();
  };
  return html`<div class="sheet-write">
    <label for="sheet-caption" class="quiet">What is seen here? Say what tells it from its siblings</label>
    <textarea
      id="sheet-caption"
      class="caption-draft"
      rows="2"
      .value=${live(draft)}
      @input=${(event: Event) => onDraft((event.target as HTMLTextAreaElement).value)}
      @keydown=${onKey}
    ></textarea>
    ${old === undefined ? nothing : html`<p class="sheet-old" role="status"><span class="quiet">The old one:</span> ${old === "" ? html`<em class="quiet">empty</em>` : old}</p>`}
    <div class="sheet-buttons">
      <button class="check-button match" ?disabled=${draft.trim() === ""} @click=${onSave}>
        <span class="codicon codicon-check" aria-hidden="true"></span>Keep and go on <kbd>Enter</kbd>
      </button>
      <button class="check-button" @click=${onPass}>
        <span class="codicon codicon-arrow-right" aria-hidden="true"></span>Pass it over
      </button>
      <span class="toolbar-space"></span>
      <button class="check-button show-old" ?disabled=${old !== undefined} title="The record says that you saw it" @click=${onShowOld}>
        <span class="codicon codicon-eye" aria-hidden="true"></span>Show the old one
      </button>
    </div>
  </div>`;
}
