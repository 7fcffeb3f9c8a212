import { html, nothing, type TemplateResult } from "lit-html";
import type { PanelSnapshot } from "../../src/protocol/panelApi.ts";
import { formatCount, formatCounted } from "../format.ts";

/** How the dataset stands: a run with its progress, files that changed since the last one, or what was analysed and by which encoder. */
export function runStatus(snapshot: PanelSnapshot, { onRun, onCancel }: { onRun: () => void; onCancel: () => void }): TemplateResult {
  const { run, overview, changedFiles, trusted } = snapshot;
  if (run !== null) return progressOf(run, onCancel);
  const { analysed } = overview;
  const runButton = (label: string): TemplateResult =>
    html`<vscode-button appearance=${analysed === null ? "primary" : "secondary"} ?disabled=${!trusted} @click=${onRun}
      >${label}</vscode-button
    >`;
  if (analysed === null) return html`<span class="run-status">Not analysed yet ${runButton("Analyse")}</span>`;
  const encoder = html`<span class="encoder" title="${analysed.encoder.id}, on ${analysed.encoder.provider}"
    >${analysed.encoder.name}</span
  >`;
  return html`<span class="run-status">
    <span title=${analysed.formatReason}>${formatCounted(analysed.captions, "pair")}, ${formatCounted(analysed.samples, "picture")}</span>
    ${encoder}
    ${changedFiles !== null && changedFiles > 0 ? html`<span class="stale">${formatCounted(changedFiles, "file")} changed</span> ${runButton("Analyse again")}` : nothing}
  </span>`;
}

function progressOf({ progress, etaSeconds }: NonNullable<PanelSnapshot["run"]>, onCancel: () => void): TemplateResult {
  const latest = progress.at(-1);
  const done = latest === undefined ? 0 : latest.done + latest.cached;
  const total = latest?.total ?? 0;
  const stage = latest?.stage ?? "start";
  const eta = etaSeconds === null ? "" : `, ${formatSeconds(etaSeconds)} left`;
  return html`<span class="run-status running">
    <progress aria-label="Progress of ${stage}" max=${total === 0 ? 1 : total} value=${done}></progress>
    <span>${stage} ${formatCount(done)} of ${formatCount(total)}${eta}</span>
    <vscode-button appearance="secondary" @click=${onCancel}>Cancel</vscode-button>
  </span>`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
