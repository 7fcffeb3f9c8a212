import { html, nothing, type TemplateResult } from "lit-html";
import type { GroupDetail } from "../../../src/protocol/groups.ts";
import { formatCount } from "../../format.ts";
import type { Thumbnails } from "../../thumbnails.ts";

/** Groups of one kind to choose from: those that are loaded, and how many more a step loads. */
interface GroupList {
  readonly groups: readonly GroupDetail[];
  readonly chosen: string | undefined;
  readonly more: number;
  readonly thumbnails: Thumbnails;
  readonly onChoose: (group: GroupDetail) => void;
  readonly onMore: () => void;
}

/** The groups as a list box; arrows, Home and End choose as a click does. */
export function groupListTemplate(list: GroupList): TemplateResult {
  const { groups, chosen, more, onMore } = list;
  return html`<ul
      class="group-items"
      role="listbox"
      aria-label="Groups"
      aria-activedescendant=${chosen === undefined ? nothing : `group-${chosen}`}
      tabindex="0"
      @keydown=${(event: KeyboardEvent) => onKey(event, list)}
    >
      ${groups.map((group) => itemTemplate(group, list))}
    </ul>
    ${
      more > 0
        ? html`<vscode-button class="more" appearance="secondary" @click=${onMore}>Show ${formatCount(more)} more</vscode-button>`
        : nothing
    }`;
}

function itemTemplate(group: GroupDetail, { chosen, thumbnails, onChoose }: GroupList): TemplateResult {
  const dropped = group.members.filter(({ row }) => row.verdict === "drop").length;
  return html`<li
    role="option"
    id="group-${group.id}"
    class="group-item"
    aria-selected=${group.id === chosen}
    @click=${() => onChoose(group)}
  >
    <span class="group-pictures">
      ${group.members
        .slice(0, 4)
        .map(({ row }) => html`<winnow-thumbnail .source=${thumbnails} .sample=${row.sample} .side=${96} .alt=${""}></winnow-thumbnail>`)}
    </span>
    <span class="group-name">${group.name}</span>
    <span class="quiet">${formatCount(group.size)}${dropped > 0 ? `, ${formatCount(dropped)} dropped` : ""}</span>
    ${group.review === null ? nothing : html`<span class="codicon codicon-question" role="img" aria-label="In doubt: ${group.review}" title=${group.review}></span>`}
  </li>`;
}

function onKey(event: KeyboardEvent, { groups, chosen, onChoose }: GroupList): void {
  const at = groups.findIndex(({ id }) => id === chosen);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: groups.length - 1 }[event.key];
  const group = to === undefined ? undefined : groups[to];
  if (group === undefined) return;
  event.preventDefault();
  onChoose(group);
  (event.currentTarget as HTMLElement).querySelector(`#group-${CSS.escape(group.id)}`)?.scrollIntoView({ block: "nearest" });
}
