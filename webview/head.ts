import { html, nothing, type TemplateResult } from "lit-html";
import type { PanelSnapshot } from "../src/protocol/panelApi.ts";
import type { ViewTab } from "./app.ts";
import { runStatus } from "./parts/runStatus.ts";
import type { PanelState, ViewId } from "./state.ts";

/** What the head of the page shows, and what its buttons do. */
export interface Head {
  readonly tabs: readonly ViewTab[];
  readonly state: PanelState;
  readonly snapshot: PanelSnapshot;
  readonly onTab: (view: ViewId) => void;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  readonly onUndo: () => void;
  readonly onInspector: () => void;
}

/** The head of the page: tabs, how the dataset stands, undo, the inspector's switch. */
export function headTemplate(head: Head): TemplateResult {
  const { tabs, state, snapshot, onTab } = head;
  const { readOnly, undoable } = snapshot.overview;
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(({ id }) => id === state.view);
    const next = tabs[(at + step + tabs.length) % tabs.length]!.id;
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`
    <h1 class="visually-hidden">${snapshot.overview.name}</h1>
    <div class="tabs" role="tablist" aria-label="Views" @keydown=${onKey}>
      ${tabs.map((tab, at) => tabTemplate(tab, { selected: tab.id === state.view, begins: at > 0 && tab.group !== tabs[at - 1]!.group, onTab }))}
    </div>
    ${runStatus(snapshot, head)}
    <span class="head-actions">
      ${
        readOnly === null
          ? nothing
          : html`<span class="codicon codicon-lock" role="img" aria-label="Read-only: ${readOnly}" title=${readOnly}></span>`
      }
      <vscode-button
        appearance="icon"
        aria-label="Undo"
        title=${undoable === null ? "Nothing to undo" : `Undo: ${undoable.summary}`}
        ?disabled=${undoable === null}
        @click=${head.onUndo}
        ><span class="codicon codicon-discard"></span
      ></vscode-button>
      <vscode-button
        appearance="icon"
        aria-label="Inspector"
        aria-pressed=${state.inspected !== null}
        title="Show or hide the inspector (I)"
        @click=${head.onInspector}
        ><span class="codicon codicon-layout-sidebar-right"></span
      ></vscode-button>
    </span>
  `;
}

/** How a tab is drawn; `begins` where it is the first of another group than the tab before. */
interface TabLook {
  readonly selected: boolean;
  readonly begins: boolean;
  readonly onTab: Head["onTab"];
}

function tabTemplate({ id, title, icon, about }: ViewTab, { selected, begins, onTab }: TabLook): TemplateResult {
  return html`<button
    class="tab ${begins ? "begins" : ""}"
    role="tab"
    id="tab-${id}"
    title=${about}
    aria-selected=${selected}
    aria-controls=${selected ? `view-${id}` : nothing}
    tabindex=${selected ? 0 : -1}
    @click=${() => onTab(id)}
  >
    <span class="codicon codicon-${icon}" aria-hidden="true"></span><span class="tab-title">${title}</span>
  </button>`;
}
