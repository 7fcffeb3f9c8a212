import { html, nothing, type TemplateResult } from "lit-html";
import type { GalleryCaption, GalleryRow } from "../../src/protocol/gallery.ts";
import type { Field } from "../../src/protocol/overview.ts";
import { formatCount, formatValue } from "../format.ts";
import type { Thumbnails } from "../thumbnails.ts";
import { scoreChip, verdictMark } from "./marks.ts";

/** How rows are drawn. */
export interface RowLook {
  readonly thumbnails: Thumbnails;
  /** The longer side of the picture that is asked for. */
  readonly side: number;
  /** Captions that there is room for. */
  readonly captions: number;
  /** A table's columns. */
  readonly columns: readonly Field[];
}

/** The fields of a pair that every tile shows. */
export const tileFields: readonly string[] = ["clipScore", "clipScorePercentile"];

/** A row as a tile: the picture, the caption below, score and verdict at the foot. Without a row it is a skeleton of the same form. */
export function gridTile(row: GalleryRow | undefined, look: RowLook): TemplateResult {
  const first = row?.captions[0];
  return html`${picture(row, look)}
    <span class="tile-caption" title=${first?.text ?? ""}>${first?.text ?? noCaption(row)}</span>
    <span class="tile-foot">
      ${first === undefined ? nothing : chipOf(first)} ${moreCaptions(row, 1)} ${similarityOf(row)}
      <span class="tile-space"></span>
      ${problemSign(row)} ${first === undefined ? nothing : verdictMark(first)}
    </span>
    ${chosenSign}`;
}

/** A row as a card: the picture, and beside it the captions whole, each with its score and verdict. */
export function cardTile(row: GalleryRow | undefined, look: RowLook): TemplateResult {
  return html`${picture(row, look)}
    <span class="card-side">
      <span class="card-captions"
        >${row?.captions.slice(0, look.captions).map(cardCaption)} ${noCaption(row)} ${moreCaptions(row, look.captions)}</span
      >
      <span class="card-foot quiet">
        <span class="card-name" title=${row?.sample ?? ""}>${row?.sample ?? ""}</span>
        ${similarityOf(row)} ${problemSign(row)}
        <span class="card-size">${sizeOf(row)}</span>
      </span>
    </span>
    ${chosenSign}`;
}

/** A row as a table's row: verdict, picture, captions, then the columns; one line a caption. */
export function listRow(row: GalleryRow | undefined, look: RowLook): TemplateResult {
  const captions = row?.captions.slice(0, look.captions) ?? [];
  return html`<span class="list-mark" role="gridcell">${captions[0] === undefined ? nothing : verdictMark(captions[0])}</span>
    <span class="list-picture" role="gridcell">${picture(row, look)}</span>
    <span class="list-captions" role="gridcell"
      >${captions.map(({ text }, at) => listCaption(text, at === captions.length - 1 ? html`${moreCaptions(row, look.captions)} ${similarityOf(row)}` : nothing))}${noCaption(row)}</span
    >
    ${look.columns.map(
      ({ name, signal }) =>
        html`<span class="list-value" role="gridcell"
          >${captions.map(({ signals }) => html`<span class="list-line">${formatValue(signals[name], signal?.unit)}</span>`)}</span
        >`,
    )}
    <span class="list-problem" role="gridcell">${problemSign(row)}</span>
    ${chosenSign}`;
}

// Not by colour alone: what is chosen has a tick as well.
const chosenSign = html`<span class="chosen-sign codicon codicon-check" aria-hidden="true"></span>`;

function picture(row: GalleryRow | undefined, { thumbnails, side }: RowLook): TemplateResult {
  return html`<winnow-thumbnail .source=${thumbnails} .side=${side} .sample=${row?.sample ?? ""}></winnow-thumbnail>`;
}

function cardCaption(caption: GalleryCaption): TemplateResult {
  return html`<span class="card-caption ${caption.verdict}"
    ><span class="card-marks">${chipOf(caption)} ${verdictMark(caption)}</span> ${caption.text}</span
  >`;
}

function listCaption(text: string, more: TemplateResult | typeof nothing): TemplateResult {
  return html`<span class="list-line" title=${text}>${text} ${more}</span>`;
}

function noCaption(row: GalleryRow | undefined): TemplateResult | typeof nothing {
  return row?.captions.length === 0 ? html`<span class="quiet">No caption</span>` : nothing;
}

function chipOf({ signals }: GalleryCaption): TemplateResult {
  return scoreChip(numberOf(signals["clipScore"]), numberOf(signals["clipScorePercentile"]));
}

function numberOf(value: number | boolean | null | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function moreCaptions(row: GalleryRow | undefined, shown: number): TemplateResult | typeof nothing {
  const more = (row?.captions.length ?? 0) - shown;
  return more > 0
    ? html`<span class="quiet more" title="${more} more ${more === 1 ? "caption" : "captions"}">+${formatCount(more)}</span>`
    : nothing;
}

/** How near the picture is to what is searched for, while something is. */
function similarityOf(row: GalleryRow | undefined): TemplateResult | typeof nothing {
  if (row === undefined || row.similarity === null) return nothing;
  return html`<span class="quiet more" title="Similarity to what is searched for">≈ ${formatValue(row.similarity, "cosine")}</span>`;
}

function problemSign(row: GalleryRow | undefined): TemplateResult | typeof nothing {
  if (row === undefined || row.problems.length === 0) return nothing;
  const title = `Problems: ${row.problems.join(", ")}`;
  return html`<span class="problem-sign codicon codicon-warning" role="img" aria-label=${title} title=${title}></span>`;
}

function sizeOf(row: GalleryRow | undefined): string {
  if (row === undefined) return "";
  return row.width === null || row.height === null ? "no picture" : `${row.width} × ${row.height}`;
}
