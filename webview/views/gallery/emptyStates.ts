import { html, type TemplateResult } from "lit-html";
import type { PanelSnapshot } from "../../../src/protocol/panelApi.ts";

/** A page with a sentence and what to do, in the place of a list. */
interface EmptyState {
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  readonly action: { readonly label: string; readonly disabled?: boolean; readonly run: () => void } | null;
}

/** What the gallery shows in the place of its list, and what its button does. */
export interface NoList {
  readonly snapshot: PanelSnapshot;
  /** Why the list could not be opened; null where it was. */
  readonly failure: string | null;
  readonly isFiltered: boolean;
  readonly onRun: () => void;
  readonly onRetry: () => void;
  readonly onClear: () => void;
}

/** What stands in the place of a list: before the first analysis, when it could not be opened, and when nothing is in it. */
export function noListTemplate(state: NoList): TemplateResult {
  if (state.snapshot.overview.analysed === null) return beforeAnalysis(state);
  if (state.failure !== null) {
    const action = { label: "Try again", run: state.onRetry };
    return page({ icon: "error", title: "The list could not be opened", text: state.failure, action });
  }
  return nothingFound(state);
}

function beforeAnalysis({ snapshot: { trusted, run }, onRun }: NoList): TemplateResult {
  if (run !== null) {
    return page({
      icon: "loading",
      title: "The first analysis is under way",
      text: "The pairs appear here when it is done.",
      action: null,
    });
  }
  const text = trusted
    ? "An analysis reads every picture and caption, scores how well they match, and finds duplicates and problems. It changes none of your files."
    : "This workspace isn't trusted: trust it first, then analyse the dataset.";
  return page({ icon: "telescope", title: "Not analysed yet", text, action: { label: "Analyse", disabled: !trusted, run: onRun } });
}

function nothingFound({ isFiltered, onClear }: NoList): TemplateResult {
  if (!isFiltered) {
    const text = "Add pictures with captions to the folder and analyse it again.";
    return page({ icon: "inbox", title: "The dataset has no pairs", text, action: null });
  }
  return page({
    icon: "filter",
    title: "Nothing fits the filter",
    text: "Take a part of the filter away, or clear it.",
    action: { label: "Clear the filter", run: onClear },
  });
}

function page({ icon, title, text, action }: EmptyState): TemplateResult {
  return html`<div class="empty-state">
    <span class="codicon codicon-${icon} ${icon === "loading" ? "codicon-modifier-spin" : ""}" aria-hidden="true"></span>
    <h2>${title}</h2>
    <p>${text}</p>
    ${
      action === null
        ? ""
        : html`<vscode-button appearance="primary" ?disabled=${action.disabled === true} @click=${action.run}
            >${action.label}</vscode-button
          >`
    }
  </div>`;
}
