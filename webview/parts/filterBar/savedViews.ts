import { html, nothing, render, type TemplateResult } from "lit-html";
import type { SavedView } from "../../../src/protocol/gallery.ts";
import type { PanelContext } from "../../context.ts";
import { createDialog, openPopover, type Place } from "../popover.ts";

/** Opens the list of saved views: choose one, save the present one under a name, delete. */
export async function openSavedViews(context: PanelContext, place: Place, owner: Element): Promise<void> {
  let views = await context.host.call("readViews", {});
  let name = "";
  const save = async (next: readonly SavedView[]): Promise<void> => {
    await context.host.call("saveViews", { views: next });
    views = next;
    draw();
  };
  const savePresent = (): void => {
    if (name.trim() === "") return;
    const { where, sort, unit } = context.store.get();
    const saved: SavedView = { name: name.trim(), where, sort, unit };
    name = "";
    save([...views.filter((view) => view.name !== saved.name), saved]).catch(context.fail);
  };
  const choose = ({ where, sort, unit }: SavedView): void => {
    element.hidePopover();
    context.store.set({ where, sort, unit, search: null });
  };
  const remove = (view: SavedView): void => void save(views.filter((other) => other !== view)).catch(context.fail);
  const onName = (typed: string): void => {
    name = typed;
    draw();
  };
  const element = createDialog({ className: "saved-views", label: "Saved views", onDone: savePresent });
  const draw = (): void =>
    void render(html`${listTemplate(views, choose, remove)} ${saveTemplate({ name, views, onName, onSave: savePresent })}`, element);
  draw();
  openPopover(element, place, { owner });
}

function listTemplate(
  views: readonly SavedView[],
  onChoose: (view: SavedView) => void,
  onRemove: (view: SavedView) => void,
): TemplateResult {
  return html`<strong>Saved views</strong>
    ${views.length === 0 ? html`<p class="quiet">None yet. A view keeps the filter, the order, and what a row is.</p>` : nothing}
    <ul>
      ${views.map(
        (view) =>
          html`<li>
            <button class="saved-view" title=${view.where === "" ? "No filter" : view.where} @click=${() => onChoose(view)}>
              <span class="saved-name">${view.name}</span> <span class="quiet">${view.where}</span>
            </button>
            <vscode-button appearance="icon" aria-label="Delete ${view.name}" title="Delete" @click=${() => onRemove(view)}
              ><span class="codicon codicon-trash"></span
            ></vscode-button>
          </li>`,
      )}
    </ul>`;
}

interface SaveForm {
  readonly name: string;
  readonly views: readonly SavedView[];
  readonly onName: (name: string) => void;
  readonly onSave: () => void;
}

function saveTemplate({ name, views, onName, onSave }: SaveForm): TemplateResult {
  const isKnown = views.some((view) => view.name === name.trim());
  return html`<div class="save-view">
    <input
      type="text"
      placeholder="Name of the present view"
      aria-label="Name of the present view"
      maxlength="200"
      .value=${name}
      @input=${(event: Event) => onName((event.target as HTMLInputElement).value)}
    />
    <vscode-button ?disabled=${name.trim() === ""} @click=${onSave}>${isKnown ? "Replace" : "Save"}</vscode-button>
  </div>`;
}
