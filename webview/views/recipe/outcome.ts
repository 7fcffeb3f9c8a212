import { html, type TemplateResult } from "lit-html";
import type { TriedRules } from "../../../src/protocol/recipes.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { totalsTemplate } from "./totals.ts";

/** What the rules in sight leave, and what can be done with them. */
export interface Outcome {
  readonly isEdited: boolean;
  /** What the rules in sight would leave, where anything is known; `isWaiting` where it is of earlier edits. */
  readonly tried: TriedRules | undefined;
  readonly isWaiting: boolean;
  /** What the rules that hold leave; undefined where that isn't known, or needed. */
  readonly now: TriedRules | undefined;
  readonly failure: string | null;
  readonly whyNotApply: string | undefined;
  readonly whyNotUndo: string | undefined;
  readonly undoSummary: string;
  readonly isBusy: boolean;
  readonly onApply: () => void;
  readonly onRevert: () => void;
  readonly onUndo: () => void;
  readonly onCompare: (button: Element) => void;
}

/** The side of the view beside the rules. */
export function outcomeTemplate(outcome: Outcome): TemplateResult {
  const { isEdited, tried, isWaiting, now, failure, whyNotApply, whyNotUndo, isBusy } = outcome;
  return html`<h2>${isEdited ? "What the edited rules leave" : "What they leave"}</h2>
    ${
      tried === undefined
        ? html`<p class="quiet" role="status">${failure === null ? "Counting…" : "Not known"}</p>`
        : totalsTemplate({ tried, now, isWaiting })
    }
    <p class="recipe-difference" role="status">${tellDifference(outcome)}</p>
    <div class="recipe-actions">
      <vscode-button
        ?disabled=${whyNotApply !== undefined}
        title=${whyNotApply ?? "Writes the recipe and its selection as one operation"}
        @click=${outcome.onApply}
        >Apply</vscode-button
      >
      <vscode-button appearance="secondary" ?disabled=${!isEdited || isBusy} @click=${outcome.onRevert}>Revert edits</vscode-button>
      <vscode-button
        appearance="secondary"
        ?disabled=${whyNotUndo !== undefined}
        title=${whyNotUndo ?? `Undo: ${outcome.undoSummary}`}
        @click=${outcome.onUndo}
        >Undo last operation</vscode-button
      >
      <vscode-button
        appearance="secondary"
        aria-haspopup="menu"
        @click=${(event: Event) => outcome.onCompare(event.currentTarget as Element)}
        >Compare with…</vscode-button
      >
    </div>`;
}

/** How far the rules in sight are from those that hold, in a sentence. */
function tellDifference({ isEdited, tried, isWaiting, now, failure }: Outcome): string {
  if (failure !== null) return `The rules could not be tried: ${failure}`;
  if (!isEdited) return "Nothing is changed: this is what holds";
  if (tried === undefined || now === undefined || isWaiting) return "Counting the difference…";
  const [edited, held] = [tried.kept.captions, now.kept.captions];
  if (edited === held) return `Not applied yet: as many pairs are kept as now (${formatCount(held)})`;
  const change = `${formatCount(Math.abs(edited - held))} ${edited < held ? "fewer" : "more"} than now`;
  return `Not applied yet: ${formatCounted(edited, "pair")} would be kept, ${change}`;
}
