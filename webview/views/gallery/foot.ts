import { html, nothing, type TemplateResult } from "lit-html";
import type { Decision } from "../../../src/core/verdict.ts";
import type { OpenedView, Unit } from "../../../src/protocol/gallery.ts";
import type { Analysed } from "../../../src/protocol/overview.ts";
import { formatCount, formatCounted } from "../../format.ts";

/** What the foot of the gallery says and offers. */
export interface Foot {
  readonly unit: Unit;
  readonly view: OpenedView | null;
  readonly isOpening: boolean;
  readonly analysed: Analysed;
  readonly chosen: number;
  /** How many pairs no longer fit the filter; negative where more fit now. */
  readonly fewer: number;
  readonly readOnly: string | null;
  readonly onDecide: (decision: Decision | "clear") => void;
  readonly onRefresh: () => void;
}

const decisions = [
  { decision: "keep", label: "Keep", icon: "check", key: "K" },
  { decision: "drop", label: "Drop", icon: "close", key: "D" },
  { decision: "review", label: "Review", icon: "question", key: "R" },
  { decision: "clear", label: "Clear", icon: "circle-slash", key: "U" },
] as const;

/** The line below the list: how much there is, how much is chosen and kept, and what can be done with it. */
export function footTemplate(foot: Foot): TemplateResult {
  return html`<span class="foot-status" role="status">${statusText(foot)}</span>
    ${staleNote(foot)}
    <span class="toolbar-space"></span>
    <span class="foot-actions" role="group" aria-label="Decide">
      ${decisions.map(
        ({ decision, label, icon, key }) =>
          html`<button
            class="quiet-button"
            title=${foot.readOnly ?? `${label} (${key})`}
            ?disabled=${foot.readOnly !== null || foot.view === null || foot.view.count === 0}
            @click=${() => foot.onDecide(decision)}
          >
            <span class="codicon codicon-${icon}" aria-hidden="true"></span>${label} <kbd aria-hidden="true">${key}</kbd>
          </button>`,
      )}
    </span>`;
}

function statusText({ unit, view, isOpening, analysed, chosen }: Foot): string {
  if (view === null) return isOpening ? "Opening …" : "";
  const [all, noun, kept] =
    unit === "pair" ? [analysed.captions, "pair", analysed.kept.captions] : [analysed.samples, "picture", analysed.kept.samples];
  const share = view.count === all ? formatCounted(all, noun) : `${formatCount(view.count)} of ${formatCounted(all, noun)}`;
  const selected = chosen === 0 ? "" : ` · ${formatCount(chosen)} selected`;
  return `${share}${selected} · ${formatCount(kept)} kept`;
}

function staleNote({ fewer, onRefresh }: Foot): TemplateResult | typeof nothing {
  if (fewer === 0) return nothing;
  const told = fewer > 0 ? `${formatCount(fewer)} no longer match` : `${formatCount(-fewer)} more match`;
  return html`<span class="stale-note" role="status"
    >${told} ·
    <a
      href="#"
      role="button"
      @click=${(event: Event) => {
        event.preventDefault();
        onRefresh();
      }}
      >Refresh</a
    ></span
  >`;
}
