import { html, nothing, type TemplateResult } from "lit-html";
import type { OptionValue } from "../../../src/core/prune/options.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { AppliedEdit, EditCounts, ListedEditOperation } from "../../../src/protocol/captionEdits.ts";
import { capitalised, formatCount, formatCounted } from "../../format.ts";
import { dropdown } from "../../parts/dropdown.ts";
import type { GivenOptions } from "../../parts/givenOptions.ts";
import { optionForm } from "../../parts/optionForm.ts";
import { countLines } from "./counts.ts";
import type { EditProgress } from "./preview.ts";

/** The form of an edit, and what its controls do. */
export interface EditForm {
  readonly scope: TemplateResult;
  readonly operations: readonly ListedEditOperation[];
  readonly operation: ListedEditOperation | undefined;
  readonly given: GivenOptions;
  readonly signals: readonly SignalDescriptor[];
  /** What the options lack, or why the operation can't be carried out. */
  readonly problem: string | null;
  readonly counts: EditCounts | undefined;
  readonly isWaiting: boolean;
  readonly progress: EditProgress | null;
  /** How far it is with writing; null where nothing is written. */
  readonly applying: EditProgress | null;
  readonly whyNotApply: string | undefined;
  /** What was left by the edit before. */
  readonly left: AppliedEdit | null;
  readonly onOperation: (id: string) => void;
  readonly onOption: (name: string, value: OptionValue | undefined) => void;
  readonly onApply: () => void;
  readonly onStop: () => void;
  readonly onLeftSeen: () => void;
}

/** What is to be done, to which captions, and what that comes to. */
export function editForm(form: EditForm): TemplateResult {
  const { scope, operations, operation, given, signals, onOperation, onOption } = form;
  return html`<section class="work-pane edit-form" aria-label="Edit many captions">
    <h2>Edit many captions</h2>
    ${scope}
    <div class="field-row">
      <label for="edit-operation">Operation</label>
      ${dropdown({
        id: "edit-operation",
        label: "Operation",
        value: operation?.id ?? "",
        options: operations.map(({ id, title }) => ({ value: id, title })),
        onChange: onOperation,
      })}
      <p class="field-note quiet">${capitalised(operation?.about ?? "")}</p>
    </div>
    ${
      operation === undefined
        ? nothing
        : optionForm({ table: operation.options, given, signals, prefix: `edit-${operation.id}`, onOption, isLive: true })
    }
    ${problemTemplate(form.problem)} ${countsTemplate(form)} ${actionsTemplate(form)} ${leftTemplate(form)}
  </section>`;
}

function problemTemplate(problem: string | null): TemplateResult | typeof nothing {
  return problem === null
    ? nothing
    : html`<p class="problem-line edit-problem" role="status">
        <span class="codicon codicon-warning" aria-hidden="true"></span>${problem}
      </p>`;
}

function countsTemplate({ counts, isWaiting, progress, operation }: EditForm): TemplateResult {
  const lines = counts === undefined ? [] : countLines(counts, operation?.unit === "file" ? "caption file" : "caption");
  return html`<ul class="edit-counts ${isWaiting ? "waiting" : ""}" aria-live="polite">
      ${lines.map(
        ({ count, words, isWarning }) =>
          html`<li class=${isWarning ? "warning" : ""}><strong>${formatCount(count)}</strong><span>${words}</span></li>`,
      )}
    </ul>
    ${progress === null ? nothing : progressTemplate("Looking at captions", progress)}`;
}

function progressTemplate(what: string, { done, total }: EditProgress): TemplateResult {
  return html`<p class="work-progress quiet">
    <progress aria-label=${what} max=${Math.max(1, total)} value=${done}></progress>
    <span>${what}: ${formatCount(done)} of ${formatCount(total)}</span>
  </p>`;
}

function actionsTemplate({ counts, applying, whyNotApply, onApply, onStop }: EditForm): TemplateResult {
  if (applying !== null)
    return html`${progressTemplate("Writing files", applying)}
      <div class="work-actions"><vscode-button appearance="secondary" @click=${onStop}>Stop</vscode-button></div>`;
  return html`<div class="work-actions">
    <vscode-button
      class="edit-apply"
      title=${whyNotApply ?? "Writes the files; one undo takes it back (Ctrl+Enter)"}
      ?disabled=${whyNotApply !== undefined}
      @click=${onApply}
      >Change ${counts === undefined ? "captions" : formatCounted(counts.changed, "caption")}</vscode-button
    >
    <kbd aria-hidden="true">Ctrl+Enter</kbd>
  </div>`;
}

function leftTemplate({ left, onLeftSeen }: EditForm): TemplateResult | typeof nothing {
  if (left === null) return nothing;
  const { leftCaptions } = left;
  return html`<div class="edit-left" role="alert">
    <p>
      <span class="codicon codicon-warning" aria-hidden="true"></span> ${formatCounted(left.left, "caption")} left as
      ${left.left === 1 ? "it is" : "they are"}:
    </p>
    <ul>
      ${leftCaptions.map(
        ({ sample, captionIndex, reason }) =>
          html`<li><strong>${sample}${captionIndex === null ? "" : ` #${captionIndex + 1}`}</strong> ${reason}</li>`,
      )}
      ${left.left > leftCaptions.length ? html`<li>… and ${formatCount(left.left - leftCaptions.length)} more</li>` : nothing}
    </ul>
    <vscode-button appearance="secondary" @click=${onLeftSeen}>Close this list</vscode-button>
  </div>`;
}
