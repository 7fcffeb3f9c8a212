import { html, nothing, svg, type TemplateResult } from "lit-html";
import { formatCount } from "../../format.ts";
import { formatShare } from "../../parts/shareBar.ts";
import type { Cut } from "./cut.ts";

/** How many pairs have a flag, and which of them are dropped. */
export interface FlagChart {
  readonly name: string;
  readonly no: number;
  readonly yes: number;
  readonly unknown: number;
  readonly cut: Cut;
  readonly onCut: (cut: Cut) => void;
}

const choices = [
  { id: "none", title: "Drop neither", cut: { min: null, max: null } },
  { id: "yes", title: "Drop “yes”", cut: { min: null, max: 0 } },
  { id: "no", title: "Drop “no”", cut: { min: 1, max: null } },
] as const satisfies readonly { readonly id: string; readonly title: string; readonly cut: Cut }[];

/** What stands for the histogram of a signal that is only yes or no. */
export function flagTemplate({ name, no, yes, unknown, cut, onCut }: FlagChart): TemplateResult {
  const dropped = dropsOf(cut);
  const total = no + yes + unknown;
  const width = (count: number): number => (total === 0 ? 0 : (100 * count) / total);
  const bar = (label: string, count: number, kind: string): TemplateResult =>
    html`<dt>${label}</dt>
      <dd>
        <svg class="flag-bar" height="18" width="100%" aria-hidden="true">
          <rect class="share ${kind}" height="18" width="${width(count)}%"></rect>
          ${kind === "dropped" ? svg`<rect fill="url(#share-hatching)" height="18" width="${width(count)}%"></rect>` : nothing}
        </svg>
        <span class="flag-count"
          >${formatCount(count)} <span class="quiet">${formatShare(count, total)}${kind === "dropped" ? ", dropped" : ""}</span></span
        >
      </dd>`;
  return html`<div class="flag-chart">
    <dl>
      ${bar("yes", yes, dropped === "yes" ? "dropped" : "kept")} ${bar("no", no, dropped === "no" ? "dropped" : "kept")}
      ${bar("unknown", unknown, "unknown")}
    </dl>
    <vscode-radio-group aria-label="What is dropped by ${name}" .value=${dropped}>
      ${choices.map((choice) => html`<vscode-radio value=${choice.id} ?checked=${choice.id === dropped} @change=${(event: Event) => ((event.target as HTMLInputElement).checked && choice.id !== dropped ? onCut(choice.cut) : undefined)}>${choice.title}</vscode-radio>`)}
    </vscode-radio-group>
  </div>`;
}

/** Which of its two values a cut of a flag drops. */
export function dropsOf({ min, max }: Cut): (typeof choices)[number]["id"] {
  if (max !== null && max < 1) return "yes";
  return min !== null && min > 0 ? "no" : "none";
}
