import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import { formatCounted } from "../../format.ts";
import { dropdown } from "../../parts/dropdown.ts";
import { named } from "../../parts/named.ts";
import { savingTemplate } from "./checkTemplate.ts";
import { type Check, sizes, type SpotDetail } from "./detail.ts";
import { estimatesTemplate, type KnownOfCut } from "./estimates.ts";

/** What is chosen before a check, what is known already, and what the controls do. */
export interface Setup {
  readonly detail: SpotDetail;
  /** Signals of which one end is better. */
  readonly signals: readonly SignalDescriptor[];
  readonly signal: SignalDescriptor | undefined;
  readonly known: KnownOfCut | undefined;
  /** Why nothing can be known; null where nothing failed. */
  readonly whyUnknown: string | null;
  /** Samples of the evaluation split. */
  readonly frozen: number;
  /** A check that just ended. */
  readonly done: Check | null;
  readonly unsaved: number;
  readonly failure: string | null;
  readonly isBusy: boolean;
  readonly readOnly: string | null;
  readonly onSignal: (signal: string) => void;
  readonly onCut: (text: string) => void;
  readonly onSize: (text: string) => void;
  readonly onSeed: (text: string) => void;
  readonly onDraw: () => void;
  readonly onBackToLast: () => void;
  readonly onScores: () => void;
  readonly onDiscard: () => void;
}

/** The page before and after a check. */
export function setupTemplate(setup: Setup): TemplateResult {
  const { detail, done, known, readOnly, isBusy, onDraw, onScores, onBackToLast } = setup;
  const whyNothing = setup.signal === undefined || detail.cut === null ? "Choose a signal and a cut first" : undefined;
  const why = readOnly ?? whyNothing;
  return html`<div class="setup">
    <section class="setup-form" aria-labelledby="setup-title">
      <h2 id="setup-title" tabindex="-1">
        ${done === null ? "Check a cut with your own eyes" : `Done: ${formatCounted(done.pairs.length, "pair")} looked at`}
      </h2>
      <p class="quiet">
        Pairs from both sides of the cut are drawn and shown without score or verdict. You say whether caption and picture fit; from that
        follows how good the cut is. Labels are kept in the dataset and used again for every other cut.
      </p>
      ${fields(setup)} ${cutSentence(setup)}
      <div class="setup-actions">
        <vscode-button ?disabled=${isBusy || why !== undefined} title=${why ?? "Begins the check"} @click=${onDraw}
          >${done === null ? "Draw pairs and begin" : `Draw again with seed ${detail.seed}`}</vscode-button
        >
        ${done === null ? nothing : html`<vscode-button appearance="secondary" @click=${onBackToLast}>Back to the last pair</vscode-button>`}
        <vscode-button appearance="secondary" @click=${onScores}>Set the cut in Scores</vscode-button>
      </div>
      ${savingTemplate(setup)}
    </section>
    <section class="setup-known" aria-labelledby="known-title">
      <h2 id="known-title">How good the cut is, by the labels there are</h2>
      ${known === undefined ? html`<p class="quiet" role="status">${setup.whyUnknown ?? whyNothing ?? "Counting…"}</p>` : estimatesTemplate(known)}
    </section>
  </div>`;
}

function fields({ detail, signals, signal, onSignal, onCut, onSize, onSeed }: Setup): TemplateResult {
  const field = (id: string, label: string, { value, onChange }: { value: string; onChange: (text: string) => void }): TemplateResult =>
    html`<label for="spot-${id}">${label}</label>
      <vscode-text-field
        id="spot-${id}"
        ${named(label)}
        .value=${live(value)}
        @change=${(event: Event) => onChange((event.target as HTMLInputElement).value)}
      ></vscode-text-field>`;
  return html`<div class="setup-fields">
    <label for="spot-signal">Signal</label>
    ${dropdown({
      id: "spot-signal",
      label: "Signal",
      value: signal?.id ?? "",
      options: signals.map(({ id, name }) => ({ value: id, title: name })),
      onChange: onSignal,
    })}
    ${field("cut", signal?.direction === "lowerIsBetter" ? "Cut: greatest value that is kept" : "Cut: least value that is kept", { value: detail.cut === null ? "" : String(detail.cut), onChange: onCut })}
    ${field("size", `Pairs to look at, ${sizes.least} to ${sizes.most}`, { value: String(detail.size), onChange: onSize })}
    ${field("seed", "Seed of the draw", { value: String(detail.seed), onChange: onSeed })}
  </div>`;
}

function cutSentence({ known, signal, detail, frozen }: Setup): TemplateResult | typeof nothing {
  if (signal === undefined || detail.cut === null) return nothing;
  const side = signal.direction === "lowerIsBetter" ? "above" : "below";
  const count = known?.dropped === undefined ? "" : `: ${formatCounted(known.dropped, "pair")}`;
  const without = count !== "" && frozen > 0 ? ", those of the evaluation split left out, which nothing drops" : "";
  return html`<p>The cut drops pairs whose ${signal.name} is ${side} ${detail.cut}${count}${without}.</p>`;
}
