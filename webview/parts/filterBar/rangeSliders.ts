import { html, type TemplateResult } from "lit-html";
import type { Bins } from "../../../src/protocol/gallery.ts";
import { roundToStep } from "./rounding.ts";

/** What two sliders over a field's values show and change. */
export interface RangeSliders {
  readonly draft: { readonly least: string; readonly greatest: string };
  readonly isInteger: boolean;
  readonly onChange: (change: { readonly least?: string; readonly greatest?: string }) => void;
}

const steps = 200;

/** How a field's values are spread, with a slider for each bound of a range. A slider at its end leaves that side open. */
export function rangeSliders(bins: Bins, { draft, isInteger, onChange }: RangeSliders): TemplateResult {
  const { least, greatest } = bins;
  const span = greatest - least || 1;
  const stepOf = (text: string, open: number): number => {
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? Math.round(((Math.min(Math.max(value, least), greatest) - least) / span) * steps) : open;
  };
  const [low, high] = [stepOf(draft.least, 0), stepOf(draft.greatest, steps)];
  const valueOf = (step: number): string => String(roundToStep(least + (span * step) / steps, isInteger ? 1 : span / steps));
  const onLow = (event: Event): void => {
    const step = Math.min((event.target as HTMLInputElement).valueAsNumber, high);
    onChange({ least: step === 0 ? "" : valueOf(step) });
  };
  const onHigh = (event: Event): void => {
    const step = Math.max((event.target as HTMLInputElement).valueAsNumber, low);
    onChange({ greatest: step === steps ? "" : valueOf(step) });
  };
  const slider = (label: string, at: number, onInput: (event: Event) => void): TemplateResult =>
    html`<input
      type="range"
      min="0"
      max=${steps}
      aria-label=${label}
      aria-valuetext=${valueOf(at)}
      .value=${String(at)}
      @input=${onInput}
    />`;
  return html`<div class="sliders">
    <svg viewBox="0 0 ${steps} 40" preserveAspectRatio="none" aria-hidden="true">
      <path d=${barsPath(bins.counts)} />
      <rect x=${low} y="0" width=${Math.max(0, high - low)} height="40" />
    </svg>
    ${slider("From", low, onLow)} ${slider("To", high, onHigh)}
  </div>`;
}

/** The outline of bars over 200 × 40, the tallest as tall as that. */
function barsPath(counts: Uint32Array): string {
  const most = counts.reduce((greatest, count) => Math.max(greatest, count), 1);
  const width = steps / counts.length;
  // The root lets few among many be seen.
  const bars = [...counts].map((count, at) => `V${40 - 40 * Math.sqrt(count / most)}H${(at + 1) * width}`);
  return `M0 40${bars.join("")}V40Z`;
}
