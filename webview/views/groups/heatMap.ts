import { html, nothing, type TemplateResult } from "lit-html";
import type { GroupDetail, GroupMemberRow, Relation } from "../../../src/protocol/groups.ts";
import { formatValue } from "../../format.ts";
import type { Thumbnails } from "../../thumbnails.ts";

/** A cell of the map: the picture of one member and the caption of another. */
export interface Cell {
  readonly image: number;
  readonly caption: number;
}

/** What the heat map shows and tells. */
export interface HeatMap {
  readonly group: GroupDetail;
  readonly thumbnails: Thumbnails;
  readonly chosen: Cell | null;
  readonly onChoose: (cell: Cell) => void;
}

const steps = 10;
const relationIcons: Readonly<Record<Relation, { readonly icon: string; readonly label: string }>> = {
  duplicate: { icon: "files", label: "merged as duplicate" },
  falseNegative: { icon: "circle-slash", label: "false negative" },
  hardNegative: { icon: "flame", label: "kept as hard negative" },
};

/** The text of a member's own caption. */
export function captionOf({ row, captionIndex }: GroupMemberRow): string {
  return row.captions.find((caption) => caption.captionIndex === captionIndex)?.text ?? row.captions[0]?.text ?? "";
}

/** Pictures × captions of a confusable group: the stronger the colour, the better the caption fits the picture. Own pairs are framed. */
export function heatMapTemplate(map: HeatMap): TemplateResult {
  const { group, thumbnails } = map;
  const range = rangeOf(group);
  return html`<div class="heat-scroll">
    <table
      class="heat"
      role="grid"
      aria-label="How well each caption fits each picture"
      @keydown=${(event: KeyboardEvent) => onKey(event, map)}
    >
      <thead>
        <tr>
          <td></td>
          ${group.members.map(
            (member, at) =>
              html`<th scope="col" class="heat-caption" title=${captionOf(member)}><span>${letterOf(at)}</span> ${captionOf(member)}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${group.members.map(
          (member, image) =>
            html`<tr>
              <th scope="row" class="heat-picture">
                <winnow-thumbnail
                  .source=${thumbnails}
                  .sample=${member.row.sample}
                  .side=${96}
                  .alt=${captionOf(member)}
                ></winnow-thumbnail>
                <span>${letterOf(image)}</span>
              </th>
              ${group.members.map((_, caption) => cellTemplate(map, { image, caption }, range))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A, B, C … for the members of a group. */
export function letterOf(member: number): string {
  return String.fromCharCode(65 + member);
}

function cellTemplate({ group, chosen, onChoose }: HeatMap, cell: Cell, { least, span }: { least: number; span: number }): TemplateResult {
  const score = group.scores?.[cell.image]?.[cell.caption] ?? null;
  const own = group.scores?.[cell.image]?.[cell.image] ?? null;
  const isOwn = cell.image === cell.caption;
  const isBetter = !isOwn && score !== null && own !== null && score > own;
  const isChosen = chosen?.image === cell.image && chosen.caption === cell.caption;
  const heat = score === null ? 0 : Math.round(((score - least) / span) * steps);
  const relation = relationBetween(group, cell);
  const label = `Picture ${letterOf(cell.image)}, caption ${letterOf(cell.caption)}: ${formatValue(score, "cosine")}${isOwn ? ", its own" : ""}${isBetter ? ", fits better than its own" : ""}${relation === undefined ? "" : `, ${relationIcons[relation].label}`}`;
  const tabIndex = isChosen || (chosen === null && cell.image === 0 && cell.caption === 0) ? 0 : -1;
  return html`<td role="gridcell" class="heat-${heat} ${isOwn ? "own" : ""} ${isBetter ? "better" : ""}" aria-selected=${isChosen}>
    <button
      tabindex=${tabIndex}
      data-cell="${cell.image},${cell.caption}"
      aria-label=${label}
      title=${label}
      @click=${() => onChoose(cell)}
    >
      ${formatValue(score, "cosine")}${isBetter ? html`<span class="codicon codicon-arrow-up" aria-hidden="true"></span>` : nothing}
      ${relation === undefined ? nothing : html`<span class="codicon codicon-${relationIcons[relation].icon}" aria-hidden="true"></span>`}
    </button>
  </td>`;
}

/** What a person said of two members. */
export function relationBetween({ relations }: GroupDetail, { image, caption }: Cell): Relation | undefined {
  return relations.find(({ left, right }) => (left === image && right === caption) || (left === caption && right === image))?.relation;
}

function rangeOf({ scores }: GroupDetail): { least: number; span: number } {
  const known = (scores ?? []).flat().filter((score) => score !== null);
  const least = Math.min(...known);
  return { least, span: Math.max(...known) - least || 1 };
}

function onKey(event: KeyboardEvent, { group, chosen, onChoose }: HeatMap): void {
  const moves: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const move = moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  const clamp = (at: number): number => Math.max(0, Math.min(group.members.length - 1, at));
  const cell = { image: clamp((chosen?.image ?? 0) + move[0]), caption: clamp((chosen?.caption ?? 0) + move[1]) };
  onChoose(cell);
  const table = event.currentTarget as HTMLElement;
  table.querySelector<HTMLElement>(`[data-cell="${cell.image},${cell.caption}"]`)?.focus();
}
