import { html, nothing, type TemplateResult } from "lit-html";
import type { Unit } from "../../../src/protocol/gallery.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import { dropdown } from "../../parts/dropdown.ts";
import { segments } from "../../parts/segments.ts";
import { type Order, sortableFields } from "./fields.ts";
import { type Layout } from "./tiling.ts";
import { type ThumbnailSide, thumbnailSides } from "../../../src/core/pixels/thumbnailSides.ts";

/** What the toolbar shows, and what its controls do. */
export interface Toolbar {
  readonly unit: Unit;
  readonly order: Order;
  /** Whether the list is ordered by a search instead. */
  readonly searching: boolean;
  readonly fields: readonly Field[];
  readonly layout: Layout;
  readonly density: ThumbnailSide;
  readonly onUnit: (unit: Unit) => void;
  readonly onOrder: (order: Order) => void;
  readonly onLayout: (layout: Layout) => void;
  readonly onDensity: (density: ThumbnailSide) => void;
  readonly onColumns: (anchor: HTMLElement) => void;
  readonly onRefresh: () => void;
}

const layoutChoices = [
  { value: "grid", label: "Tiles", icon: "extensions" },
  { value: "columns", label: "Cards with whole captions", icon: "layout" },
  { value: "list", label: "Table", icon: "list-flat" },
] as const;

const unitChoices = [
  { value: "pair", label: "Pairs", about: "One row a caption" },
  { value: "sample", label: "Pictures", about: "One row a picture, with those of its captions that fit" },
] as const;

/** The controls above the gallery's list. */
export function toolbarTemplate(bar: Toolbar): TemplateResult {
  return html`
    ${segments({ label: "One row for each", value: bar.unit, choices: unitChoices, onChange: bar.onUnit })} ${orderControls(bar)}
    <span class="toolbar-space"></span>
    ${
      bar.layout === "list"
        ? html`<vscode-button
            appearance="secondary"
            aria-haspopup="menu"
            @click=${(event: Event) => bar.onColumns(event.currentTarget as HTMLElement)}
            >Columns</vscode-button
          >`
        : nothing
    }
    ${segments({ label: "Layout", value: bar.layout, choices: layoutChoices, onChange: bar.onLayout })} ${densityControl(bar)}
    <vscode-button appearance="icon" aria-label="Refresh the list" title="Refresh the list" @click=${bar.onRefresh}
      ><span class="codicon codicon-refresh"></span
    ></vscode-button>
  `;
}

function orderControls({ order, searching, fields, onOrder }: Toolbar): TemplateResult {
  const choices = [
    ...(searching ? [{ value: "similarity", title: "Similarity" }] : []),
    { value: "", title: "The dataset's order" },
    ...sortableFields(fields).map(({ name, title }) => ({ value: name, title })),
  ];
  const chosen = searching ? "similarity" : order.field;
  const down = searching || order.down;
  const turn = down ? "Downwards: turn the order" : "Upwards: turn the order";
  return html`<span class="quiet sort-label" aria-hidden="true">Sort by</span>${dropdown({
      label: "Sort by",
      value: chosen,
      options: choices,
      onChange: (field) => onOrder({ field, down: order.down }),
    })}<vscode-button
      appearance="icon"
      aria-label=${turn}
      title=${turn}
      ?disabled=${searching || order.field === ""}
      @click=${() => onOrder({ ...order, down: !order.down })}
      ><span class="codicon codicon-arrow-${down ? "down" : "up"}"></span
    ></vscode-button>`;
}

function densityControl({ density, onDensity }: Toolbar): TemplateResult {
  const onInput = (event: Event): void => onDensity(thumbnailSides[(event.target as HTMLInputElement).valueAsNumber] ?? density);
  return html`<label class="density" title="Size of the pictures"
    ><span class="codicon codicon-zoom-out" aria-hidden="true"></span
    ><input
      type="range"
      min="0"
      max=${thumbnailSides.length - 1}
      step="1"
      aria-label="Size of the pictures"
      aria-valuetext="${density} pixels"
      .value=${String(thumbnailSides.indexOf(density))}
      @input=${onInput} /><span class="codicon codicon-zoom-in" aria-hidden="true"></span
  ></label>`;
}
