import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { dropdown } from "../../parts/dropdown.ts";
import { named } from "../../parts/named.ts";
import { formatShare, shareBar } from "../../parts/shareBar.ts";
import type { CutCounts, CutMode } from "./cut.ts";
import type { KeptCut } from "./detail.ts";
import type { PresetChoice, Presets } from "./presetChoices.ts";

/** What the controls above and below the histogram show, and what they do. */
export interface ScoresControls {
  readonly signal: SignalDescriptor;
  readonly signals: readonly SignalDescriptor[];
  readonly isLog: boolean;
  readonly cut: KeptCut;
  /** Undefined before anything of the signal is known. */
  readonly counts: CutCounts | undefined;
  readonly unknown: number;
  readonly presets: Presets;
  readonly isFiltered: boolean;
  readonly isBusy: boolean;
  readonly readOnly: string | null;
  /** Why the cut can't be spot-checked; undefined where it can. */
  readonly whyNoSpotCheck: string | undefined;
  readonly onSignal: (signal: string) => void;
  readonly onLog: (isLog: boolean) => void;
  readonly onMode: (mode: CutMode) => void;
  readonly onBound: (which: "min" | "max", text: string) => void;
  readonly onPreset: (choice: PresetChoice) => void;
  readonly onDrop: () => void;
  readonly onGallery: () => void;
  readonly onUnknown: () => void;
  readonly onSpotCheck: () => void;
}

const directions: Readonly<Record<SignalDescriptor["direction"], { readonly icon: string; readonly text: string }>> = {
  higherIsBetter: { icon: "arrow-up", text: "higher is better" },
  lowerIsBetter: { icon: "arrow-down", text: "lower is better" },
  neither: { icon: "dash", text: "neither end is better" },
};

/** The controls above the histogram: the signal, what is kept of it, and how counts are drawn. */
export function toolbarTemplate(controls: ScoresControls): TemplateResult {
  const { signal, signals, isLog, onSignal, onLog } = controls;
  const { icon, text } = directions[signal.direction];
  return html`<div class="scores-toolbar">
      ${dropdown({ label: "Signal", value: signal.id, options: signals.map(({ id, name }) => ({ value: id, title: name })), onChange: onSignal })}
      <span class="direction quiet"><span class="codicon codicon-${icon}" aria-hidden="true"></span>${text}</span>
      ${signal.unit === "flag" ? nothing : boundsTemplate(controls)}
      <span class="toolbar-space"></span>
      ${
        signal.unit === "flag"
          ? nothing
          : html`<vscode-checkbox
              ?checked=${isLog}
              .checked=${live(isLog)}
              @change=${(event: Event) => onLog((event.target as HTMLInputElement).checked)}
              >Logarithmic counts</vscode-checkbox
            >`
      }
    </div>
    <p class="scores-about quiet">${signal.description}. <span class="source">Source: ${signal.source}</span></p>`;
}

function boundsTemplate({ cut, signal, onMode, onBound }: ScoresControls): TemplateResult {
  const field = (which: "min" | "max"): TemplateResult =>
    html`<vscode-text-field
      class="bound"
      ${named(`${which === "min" ? "Least" : "Greatest"} ${signal.name} that is kept`)}
      placeholder="any"
      .value=${live(cut[which] === null ? "" : String(cut[which]))}
      @change=${(event: Event) => onBound(which, (event.target as HTMLInputElement).value)}
    ></vscode-text-field>`;
  return html`<span class="bounds">
    ${dropdown({
      label: "What is kept",
      value: cut.mode,
      options: [
        { value: "min", title: "Keep at least" },
        { value: "max", title: "Keep at most" },
        { value: "both", title: "Keep between" },
      ],
      onChange: (mode) => onMode(mode as CutMode),
    })}
    ${cut.mode === "max" ? nothing : field("min")} ${cut.mode === "both" ? "and" : nothing} ${cut.mode === "min" ? nothing : field("max")}
  </span>`;
}

/** What the cut keeps and drops, as numbers and as a bar. */
export function tallyTemplate({ counts, unknown, onUnknown }: ScoresControls): TemplateResult | typeof nothing {
  if (counts === undefined) return nothing;
  const { kept, below, above, isExact } = counts;
  const dropped = below + above;
  const total = kept + dropped + unknown;
  const stat = (kind: string, label: string, count: number): TemplateResult =>
    html`<span class="stat ${kind}"
      ><span class="swatch ${kind}" aria-hidden="true"></span>${label}
      <strong>${isExact || kind === "unknown" ? "" : "≈ "}${formatCount(count)}</strong>
      <span class="quiet">${formatShare(count, total)}</span></span
    >`;
  return html`<div class="tally">
    ${shareBar([
      { kind: "kept", label: "Kept", count: kept },
      { kind: "dropped", label: "Dropped", count: dropped },
      { kind: "unknown", label: "Unknown", count: unknown },
    ])}
    <div class="stats">
      ${stat("kept", "Kept", kept)} ${stat("dropped", "Dropped", dropped)} ${stat("unknown", "Unknown", unknown)}
      ${
        unknown === 0
          ? nothing
          : html`<span class="quiet">a rule puts these in review</span>
              <vscode-button appearance="secondary" @click=${onUnknown}>Show them</vscode-button>`
      }
    </div>
  </div>`;
}

/** Cuts that are offered with one click, and why others are not. */
export function presetsTemplate({ presets, onPreset }: ScoresControls): TemplateResult | typeof nothing {
  const { offered, withheld } = presets;
  if (offered.length === 0 && withheld.length === 0) return nothing;
  const reasons = [...new Set(withheld.map(({ why }) => why))];
  const notOffered = reasons.map((reason) => {
    const titles = withheld.filter(({ why }) => why === reason).map(({ title }) => title);
    return html`<p class="withheld quiet">
      <span class="codicon codicon-info" aria-hidden="true"></span> Not offered: “${titles.join("”, “")}”, ${reason}
    </p>`;
  });
  return html`<div class="presets" role="group" aria-label="Presets">
      ${offered.map((choice) => html`<vscode-button appearance="secondary" title=${choice.about} @click=${() => onPreset(choice)}>${choice.title}</vscode-button>`)}
    </div>
    ${notOffered}`;
}

/** What can be done with the cut. */
export function actionsTemplate(controls: ScoresControls): TemplateResult {
  const { signal, counts, isBusy, isFiltered, readOnly, whyNoSpotCheck, cut, onDrop, onGallery, onSpotCheck } = controls;
  const dropped = counts === undefined ? 0 : counts.below + counts.above;
  const sign = counts?.isExact === false ? "≈ " : "";
  const side = signal.unit === "flag" || cut.mode === "both" ? "" : cut.mode === "min" ? " below" : " above";
  const why = readOnly ?? (dropped === 0 ? "The cut drops nothing" : undefined);
  return html`<div class="scores-actions">
    <vscode-button
      ?disabled=${isBusy || why !== undefined || counts?.isExact !== true}
      title=${why ?? "Puts a rule into the recipe; what it does is shown before"}
      @click=${onDrop}
      >Drop ${sign}${formatCount(dropped)}${side}</vscode-button
    >
    <vscode-button appearance="secondary" ?disabled=${dropped === 0} @click=${onGallery}
      >Show ${formatCounted(dropped, "pair")} in gallery</vscode-button
    >
    <vscode-button
      appearance="secondary"
      ?disabled=${whyNoSpotCheck !== undefined}
      title=${whyNoSpotCheck ?? "Judge pairs near the cut yourself, and learn how good it is"}
      @click=${onSpotCheck}
      >Spot-check this cut</vscode-button
    >
    ${isFiltered ? html`<span class="quiet">Counts are of the filter’s pairs; a rule judges the whole dataset</span>` : nothing}
  </div>`;
}
