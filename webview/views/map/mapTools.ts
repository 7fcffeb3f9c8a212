import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Projection } from "../../../src/protocol/map.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import { type Legend, rampColour, type Rgb } from "../../draw/colours.ts";
import { formatCount, formatCounted, formatValue } from "../../format.ts";

/** What a drag on the map does. */
export type DragMode = "pan" | "lasso";

/** What the map's bar shows, and what its controls do. */
export interface MapBar {
  readonly projection: Projection;
  readonly field: string;
  readonly fields: readonly Field[];
  readonly mode: DragMode;
  /** Progress of a layout in the making; null where there is none. */
  readonly making: { readonly done: number; readonly total: number } | null;
  readonly onProjection: (projection: Projection) => void;
  readonly onField: (field: string) => void;
  readonly onMode: (mode: DragMode) => void;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
  readonly onSelectSeen: () => void;
  readonly onStop: () => void;
}

/** Fields of text that points can be coloured by. */
const namedFields = ["verdict", "concept", "folder", "split"];

/** Fields that the map can be coloured by: signals, and texts of few values. */
export function colourFields(fields: readonly Field[]): readonly Field[] {
  return fields.filter(({ name, signal }) => signal !== null || namedFields.includes(name));
}

/** The bar above the map. */
export function mapBarTemplate(bar: MapBar): TemplateResult {
  const projectionButton = (projection: Projection, title: string, about: string): TemplateResult =>
    html`<button class="segment" aria-pressed=${bar.projection === projection} title=${about} @click=${() => bar.onProjection(projection)}>
      ${title}
    </button>`;
  const modeButton = (mode: DragMode, icon: string, label: string): TemplateResult =>
    html`<button class="segment" aria-pressed=${bar.mode === mode} title=${label} aria-label=${label} @click=${() => bar.onMode(mode)}>
      <span class="codicon codicon-${icon}" aria-hidden="true"></span>
    </button>`;
  return html`
    <span class="segments" role="group" aria-label="Layout">
      ${projectionButton("pca", "PCA", "The two directions in which the vectors differ most: at once")}
      ${projectionButton("umap", "UMAP", "Neighbours stay neighbours: takes a while the first time")}
    </span>
    <label class="quiet" for="map-field">Colour</label>
    <select id="map-field" class="select" @change=${(event: Event) => bar.onField((event.target as HTMLSelectElement).value)}>
      ${colourFields(bar.fields).map(({ name, signal }) => html`<option value=${name} ?selected=${name === bar.field}>${signal?.name ?? name}</option>`)}
    </select>
    <span class="segments" role="group" aria-label="Dragging">
      ${modeButton("pan", "move", "Drag to move")} ${modeButton("lasso", "edit", "Drag to draw a lasso (or hold Shift)")}
    </span>
    <vscode-button appearance="icon" aria-label="Zoom in" title="Zoom in (+)" @click=${() => bar.onZoom(1.5)}
      ><span class="codicon codicon-zoom-in"></span
    ></vscode-button>
    <vscode-button appearance="icon" aria-label="Zoom out" title="Zoom out (−)" @click=${() => bar.onZoom(1 / 1.5)}
      ><span class="codicon codicon-zoom-out"></span
    ></vscode-button>
    <vscode-button appearance="icon" aria-label="Show all" title="Show all (0)" @click=${bar.onFit}
      ><span class="codicon codicon-screen-full"></span
    ></vscode-button>
    <vscode-button appearance="secondary" title="Selects the pictures in sight (Enter)" @click=${bar.onSelectSeen}
      >Select what is seen</vscode-button
    >
    ${bar.making === null ? nothing : makingTemplate(bar.making, bar.onStop)}
  `;
}

function makingTemplate({ done, total }: { done: number; total: number }, onStop: () => void): TemplateResult {
  return html`<span class="making">
    <progress aria-label="Progress of the layout" max=${total || 1} value=${done}></progress>
    <span class="quiet">Laying out ${formatCount(done)} of ${formatCount(total)}</span>
    <vscode-button appearance="secondary" @click=${onStop}>Stop</vscode-button>
  </span>`;
}

/** What the colours mean. */
export function legendTemplate(legend: Legend, field: Field | undefined): TemplateResult {
  const title = html`<div class="legend-title">${field?.signal?.name ?? field?.name ?? ""}</div>`;
  if (legend.kind === "names") {
    return html`${title}
      <ul>
        ${legend.names.map(
          ({ name, colour, count }) =>
            html`<li>${swatch([colour])}<span class="legend-name">${name}</span><span class="quiet">${formatCount(count)}</span></li>`,
        )}
      </ul>`;
  }
  const steps = Array.from({ length: 24 }, (_, at) => rampColour(at / 23));
  return html`${title}
    <div class="ramp">
      <span>${formatValue(legend.least, field?.signal?.unit)}</span>${swatch(steps)}<span
        >${formatValue(legend.greatest, field?.signal?.unit)}</span
      >
    </div>`;
}

function swatch(colours: readonly Rgb[]): TemplateResult {
  return html`<svg class="swatch" viewBox="0 0 ${colours.length} 1" preserveAspectRatio="none" aria-hidden="true">
    ${colours.map(([red, green, blue], at) => svg`<rect x=${at} width="1.05" height="1" fill="rgb(${red} ${green} ${blue})"></rect>`)}
  </svg>`;
}

/** What can be done with the pictures that were selected. */
export function selectionTemplate(
  count: number,
  actions: {
    readonly onGallery: () => void;
    readonly onDecide: (decision: "keep" | "drop" | "review") => void;
    readonly onClear: () => void;
  },
): TemplateResult | typeof nothing {
  if (count === 0) return nothing;
  return html`<span class="selection-count">${formatCounted(count, "picture")} selected</span>
    <vscode-button @click=${actions.onGallery}>Show in gallery</vscode-button>
    <vscode-button appearance="secondary" @click=${() => actions.onDecide("keep")}>Keep</vscode-button>
    <vscode-button appearance="secondary" @click=${() => actions.onDecide("drop")}>Drop</vscode-button>
    <vscode-button appearance="secondary" @click=${() => actions.onDecide("review")}>Review</vscode-button>
    <vscode-button appearance="icon" aria-label="Clear the selection" @click=${actions.onClear}
      ><span class="codicon codicon-close"></span
    ></vscode-button>`;
}
