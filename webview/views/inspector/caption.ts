import { html, nothing, type TemplateResult } from "lit-html";
import type { GalleryCaption } from "../../../src/protocol/gallery.ts";
import type { CaptionTokens, ExplainedCaption, InspectedCaption } from "../../../src/protocol/inspection.ts";
import { verdictMark } from "../../parts/marks.ts";
import { explainedTemplate } from "./words.ts";

/** One caption as the inspector shows it. `draft` is the text being written; undefined where it is only read. */
export interface CaptionPart {
  readonly caption: GalleryCaption;
  readonly about: InspectedCaption | undefined;
  /** Which of its words the picture supports, where a person asked for it. */
  readonly explained: ExplainedCaption | undefined;
  readonly selected: boolean;
  readonly draft: string | undefined;
  readonly onSelect: () => void;
  readonly onDraft: (draft: string | undefined) => void;
  readonly onSave: () => void;
  readonly onOpen: () => void;
}

/** A caption: its text with the tail that is cut off marked, where it was read, and a field to change it. */
export function captionTemplate(part: CaptionPart): TemplateResult {
  const { caption, about, selected, draft } = part;
  return html`<li class="caption ${selected ? "selected" : ""} ${caption.verdict === "drop" ? "dropped" : ""}">
    ${draft === undefined ? readTemplate(part) : editTemplate(part, draft)}
    <div class="caption-facts quiet">
      ${verdictMark(caption)}
      <button class="link" title="Open the file beside" @click=${part.onOpen}>${about === undefined ? "" : placeOf(about)}</button>
      <span>${about === undefined ? "" : authorOf(about.author)}</span>
      <span>${about?.tokens === null || about === undefined ? "" : countOf(about.tokens)}</span>
      ${
        draft === undefined
          ? html`<vscode-button
              appearance="icon"
              aria-label="Edit the caption"
              title=${about?.editable ?? "Edit (E)"}
              ?disabled=${about === undefined || about.editable !== null}
              @click=${() => part.onDraft(caption.text)}
              ><span class="codicon codicon-edit"></span
            ></vscode-button>`
          : nothing
      }
    </div>
  </li>`;
}

function readTemplate({ caption, about, explained, selected, onSelect }: CaptionPart): TemplateResult {
  return html`<button class="caption-text" aria-pressed=${selected} title="Show this caption's signals" @click=${onSelect}>
    <span class="caption-words"
      >${explained === undefined ? textTemplate(caption, about) : explainedTemplate(caption.text, explained)}</span
    >
  </button>`;
}

function textTemplate(caption: GalleryCaption, about: InspectedCaption | undefined): TemplateResult | string {
  const tokens = about?.tokens ?? null;
  // the tokens are those of the analysed text: an edited one has none yet
  const isCut = tokens !== null && tokens.kept < tokens.pieces.length && lettersOf(tokens.pieces.join("")) === lettersOf(caption.text);
  return caption.text.trim() === "" ? html`<em class="quiet">empty</em>` : isCut ? tokensTemplate(tokens) : caption.text;
}

/** Tokenizers may lower-case and drop white space. */
function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, "");
}

/** The text by its tokens: what the encoder never reads is struck and told apart. */
function tokensTemplate({ pieces, kept, limit }: CaptionTokens): TemplateResult {
  return html`<span>${pieces.slice(0, kept).join("")}</span
    ><span class="cut-off" title="Cut off: the encoder reads ${limit} tokens">${pieces.slice(kept).join("")}</span>`;
}

function editTemplate({ onDraft, onSave }: CaptionPart, draft: string): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onDraft(undefined);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<textarea
      class="caption-draft"
      aria-label="Caption"
      rows=${Math.min(12, 2 + Math.ceil(draft.length / 45))}
      .value=${draft}
      @input=${(event: Event) => onDraft((event.target as HTMLTextAreaElement).value)}
      @keydown=${onKey}
    ></textarea>
    <div class="caption-buttons">
      <vscode-button title="Ctrl+Enter" @click=${onSave}>Save</vscode-button>
      <vscode-button appearance="secondary" title="Escape" @click=${() => onDraft(undefined)}>Cancel</vscode-button>
    </div>`;
}

/** The tokens of a caption one by one, as the encoder reads them. */
export function tokenListTemplate(tokens: CaptionTokens): TemplateResult {
  return html`<div class="tokens" aria-label="Tokens">
    ${tokens.pieces.map((piece, at) => html`<span class="token ${at < tokens.kept ? "" : "cut-off"}">${piece.trim() === "" ? "␣" : piece}</span>`)}
  </div>`;
}

function countOf({ pieces, kept, limit }: CaptionTokens): string {
  const cut = pieces.length - kept;
  return `${pieces.length} tokens${cut > 0 ? `, ${cut} cut off at ${limit}` : ""}`;
}

function placeOf({ file, line, row }: InspectedCaption): string {
  const name = file.split(/[\\/]/).pop() ?? file;
  if (line !== null) return `${name}:${line + 1}`;
  return row === null ? name : `${name}, row ${row + 1}`;
}

function authorOf(author: string): string {
  if (author === "import") return "";
  return author === "human" ? "by a person" : `by ${author}`;
}
