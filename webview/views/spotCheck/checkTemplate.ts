import { html, nothing, type TemplateResult } from "lit-html";
import type { SpotLabel } from "../../../src/protocol/spotCheck.ts";
import { formatCounted } from "../../format.ts";
import type { Check } from "./detail.ts";
import type { LoadedPair } from "./pairLoader.ts";

/** A check under way, and what its buttons do. */
export interface CheckStage {
  readonly check: Check;
  /** Undefined while it is read. */
  readonly pair: LoadedPair | undefined;
  readonly unsaved: number;
  readonly failure: string | null;
  readonly onLabel: (label: SpotLabel) => void;
  readonly onClear: () => void;
  readonly onBack: () => void;
  readonly onEnd: () => void;
  /** Gives up labels that can't be saved. */
  readonly onDiscard: () => void;
}

interface LabelButton {
  readonly label: SpotLabel;
  readonly title: string;
  readonly key: string;
  readonly icon: string;
}

const buttons: readonly LabelButton[] = [
  { label: "mismatch", title: "Mismatch", key: "N or ←", icon: "close" },
  { label: "unsure", title: "Unsure", key: "U", icon: "question" },
  { label: "match", title: "Match", key: "M, Y or →", icon: "check" },
];

/** What a key means in a check; undefined for all others. */
export function actionOfKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): SpotLabel | "back" | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case "m":
    case "y":
    case "ArrowRight":
      return "match";
    case "n":
    case "ArrowLeft":
      return "mismatch";
    case "u":
      return "unsure";
    case "Backspace":
      return "back";
    default:
      return undefined;
  }
}

/** One pair, blind: its picture and its caption, and nothing that tells what the filter thinks of it. */
export function checkTemplate(stage: CheckStage): TemplateResult {
  const { check, pair, onBack, onClear, onEnd } = stage;
  const { at, pairs, labels } = check;
  const label = labels[at] ?? null;
  return html`<div class="check" tabindex="-1" aria-label="Spot check">
    <div class="check-head">
      <progress aria-label="Pairs that are done" max=${pairs.length} value=${at}></progress>
      <span class="check-progress" role="status">${at + 1} of ${pairs.length}</span>
      ${savingTemplate(stage)}
      <span class="toolbar-space"></span>
      <vscode-button appearance="secondary" @click=${onEnd}>End the check</vscode-button>
    </div>
    <div class="check-picture">${pictureTemplate(pair)}</div>
    <p class="check-question quiet">Does this caption fit the picture?</p>
    <blockquote class="check-caption" aria-live="polite">${pair?.text ?? (pair === undefined ? "…" : "")}</blockquote>
    <div class="check-buttons">
      <button class="check-button back" ?disabled=${at === 0} @click=${onBack}>
        <span class="codicon codicon-arrow-left" aria-hidden="true"></span>Back <kbd>Backspace</kbd>
      </button>
      ${buttons.map((button) => labelButton(button, label, stage))}
      <button class="check-button clear" ?disabled=${label === null} title="Take the label of this pair back" @click=${onClear}>
        No label
      </button>
    </div>
  </div>`;
}

function labelButton({ label, title, key, icon }: LabelButton, given: SpotLabel | null, { onLabel }: CheckStage): TemplateResult {
  return html`<button class="check-button ${label}" aria-pressed=${given === label} @click=${() => onLabel(label)}>
    <span class="codicon codicon-${icon}" aria-hidden="true"></span>${title} <kbd>${key}</kbd>
  </button>`;
}

function pictureTemplate(pair: LoadedPair | undefined): TemplateResult {
  if (pair === undefined) return html`<vscode-progress-ring aria-label="Reading the picture"></vscode-progress-ring>`;
  return html`${pair.url === null ? nothing : html`<img src=${pair.url} alt="The picture of this pair" draggable="false" />`}
  ${pair.problem === null ? nothing : html`<p class="check-problem" role="alert"><span class="codicon codicon-warning" aria-hidden="true"></span> ${pair.problem}</p>`}`;
}

/** Whether labels wait to be saved, and why. */
export function savingTemplate({
  unsaved,
  failure,
  onDiscard,
}: Pick<CheckStage, "unsaved" | "failure" | "onDiscard">): TemplateResult | typeof nothing {
  if (failure === null || unsaved === 0) return nothing;
  return html`<span class="check-unsaved" role="status">
    <span class="codicon codicon-warning" aria-hidden="true"></span>
    ${formatCounted(unsaved, "label")} not saved yet, kept here and tried again: ${failure}
    <vscode-button appearance="secondary" @click=${onDiscard}>Give up</vscode-button>
  </span>`;
}
