import { html, nothing, type TemplateResult } from "lit-html";
import type { OptionValue } from "../../../src/core/prune/options.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { ChosenProvider } from "../../../src/protocol/panelApi.ts";
import type { ListedRewriter, RewriteEstimate, RewriteReport, RewriteScopeCounts } from "../../../src/protocol/rewrites.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { dropdown } from "../../parts/dropdown.ts";
import type { GivenOptions } from "../../parts/givenOptions.ts";
import { optionForm } from "../../parts/optionForm.ts";

/** The form of a job, and what its controls do. */
export interface StartForm {
  readonly scope: TemplateResult;
  readonly rewriters: readonly ListedRewriter[];
  readonly rewriter: ListedRewriter | undefined;
  readonly given: GivenOptions;
  readonly signals: readonly SignalDescriptor[];
  readonly provider: ChosenProvider | null;
  readonly redo: boolean;
  readonly isRunning: boolean;
  readonly whyNotStart: string | undefined;
  readonly onPreset: (id: string) => void;
  readonly onOption: (name: string, value: OptionValue | undefined) => void;
  readonly onProvider: () => void;
  readonly onRedo: (redo: boolean) => void;
  readonly onStart: () => void;
}

/** What is rewritten, how, and by whom. */
export function startForm(form: StartForm): TemplateResult {
  const { scope, rewriters, rewriter, given, signals, redo, whyNotStart, onPreset, onOption, onRedo, onStart } = form;
  return html`<section class="work-pane" aria-label="New proposals">
    <h2>Have captions rewritten</h2>
    ${scope}
    <div class="field-row">
      <label for="rewrite-preset">How</label>
      ${dropdown({
        id: "rewrite-preset",
        label: "How",
        value: rewriter?.id ?? "",
        options: rewriters.map(({ id, title }) => ({ value: id, title })),
        onChange: onPreset,
      })}
      <p class="field-note quiet">
        ${rewriter?.about ?? ""}${rewriter?.needs.includes("picture") === true ? ". The model is shown the picture" : ""}
        ${rewriter == null || rewriter.source === null ? nothing : html`<br />${rewriter.source}`}
      </p>
    </div>
    ${providerTemplate(form)}
    ${rewriter === undefined || Object.keys(rewriter.options).length === 0 ? nothing : optionForm({ table: rewriter.options, given, signals, prefix: `rewrite-${rewriter.id}`, onOption, isLive: true })}
    <vscode-checkbox class="rewrite-redo" ?checked=${redo} @change=${(event: Event) => onRedo((event.target as HTMLInputElement).checked)}
      >Also what a model or a rule wrote before</vscode-checkbox
    >
    <div class="work-actions">
      <vscode-button
        class="rewrite-start"
        title=${whyNotStart ?? "Nothing of the files is changed"}
        ?disabled=${whyNotStart !== undefined}
        @click=${onStart}
        >Make proposals</vscode-button
      >
      ${whyNotStart === undefined ? html`<span class="quiet">No file is changed by this</span>` : html`<span class="quiet">${whyNotStart}</span>`}
    </div>
  </section>`;
}

function providerTemplate({ rewriter, provider, onProvider }: StartForm): TemplateResult | typeof nothing {
  if (rewriter === undefined) return nothing;
  if (rewriter.calls === 0)
    return html`<div class="field-row"><span class="label">By</span><span>rules alone, without a model</span></div>`;
  return html`<div class="field-row">
    <span class="label">By</span>
    <span class="provider">
      <span class="provider-label">${provider?.label ?? html`<em class="quiet">nobody yet</em>`}</span>
      <vscode-button appearance="secondary" @click=${onProvider}>Choose…</vscode-button>
    </span>
  </div>`;
}

/** What a job would take, before it starts. */
export function estimateTemplate(estimate: RewriteEstimate): TemplateResult {
  const { calls, cached, pictures, inputTokens, outputTokens } = estimate;
  return html`<div class="estimate-card">
    <h3>What it takes</h3>
    <dl class="facts-grid">
      ${scopeRows(estimate)}
      ${
        calls + (cached ?? 0) === 0
          ? html`<dt>Requests</dt>
              <dd>none: no model is asked</dd>`
          : html`<dt>Requests</dt>
              <dd>
                <strong>${formatCount(calls)}</strong
                >${cached === null ? "" : cached > 0 ? `; ${formatCount(cached)} answers are known from before` : ""}
              </dd>
              <dt>Pictures</dt>
              <dd>${formatCount(pictures)} go along${pictures > 0 ? "; what they cost in tokens is up to the model" : ""}</dd>
              <dt>Tokens of text</dt>
              <dd>about ${formatCount(inputTokens)} in, at most ${formatCount(outputTokens)} out</dd>`
      }
    </dl>
  </div>`;
}

/** What a job did. */
export function reportTemplate(report: RewriteReport, onReview: () => void): TemplateResult {
  const { asked, cached, retries, proposals, known, unchanged, glitches, failures } = report;
  return html`<div class="estimate-card" role="status">
    <h3>Done: ${formatCounted(proposals, "new proposal")}</h3>
    <dl class="facts-grid">
      ${scopeRows(report)}
      <dt>Answers</dt>
      <dd>${formatCount(asked)} asked for (${formatCounted(retries, "call")} made again), ${formatCount(cached)} known from before</dd>
      <dt>Proposals</dt>
      <dd>${formatCount(proposals)} new, ${formatCount(known)} there already, ${formatCount(unchanged)} say what the caption says</dd>
      ${
        glitches === 0
          ? nothing
          : html`<dt>Glitches</dt>
              <dd>${formatCount(glitches)} with one: they wait for you</dd>`
      }
    </dl>
    ${failures.map(
      ({ reason, count }) =>
        html`<p class="problem-line">
          <span class="codicon codicon-warning" aria-hidden="true"></span>${formatCounted(count, "caption")}: ${reason}
        </p>`,
    )}
    <div class="work-actions"><vscode-button @click=${onReview}>Review them</vscode-button></div>
  </div>`;
}

function scopeRows({ total, captions, frozen, machine, skipped }: RewriteScopeCounts): TemplateResult {
  const left = [
    frozen === 0 ? undefined : `${formatCount(frozen)} of the evaluation split`,
    machine === 0 ? undefined : `${formatCount(machine)} by a model or a rule`,
    skipped === 0 ? undefined : `${formatCount(skipped)} with nothing to do`,
  ].filter((part) => part !== undefined);
  return html`<dt>Captions</dt>
    <dd>
      <strong>${formatCount(captions)}</strong> of ${formatCount(total)}${left.length === 0 ? "" : `; left alone: ${left.join(", ")}`}
    </dd>`;
}
