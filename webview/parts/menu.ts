import { html, nothing, render, type TemplateResult } from "lit-html";
import { openPopover, type Place, type Popover } from "./popover.ts";

/** An entry of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon?: string;
  /** What stands at its right: a key, a count. */
  readonly detail?: string;
  readonly about?: string;
  /** Set where the entry is switched on or off. */
  readonly checked?: boolean;
  readonly disabled?: boolean;
  /** Begins a new part of the menu, with a heading where it is not "". */
  readonly heading?: string;
  readonly run: () => void;
}

/** Opens a menu; arrows, Home, End and letters move in it, Escape closes it. */
export function openMenu(
  items: readonly MenuItem[],
  place: Place,
  { owner, label, onClose }: { owner: Element; label: string; onClose?: () => void },
): Popover {
  const element = document.createElement("div");
  element.className = "menu";
  element.role = "menu";
  element.ariaLabel = label;
  const choose = (item: MenuItem): void => {
    element.hidePopover();
    item.run();
  };
  render(
    items.map((item) => itemTemplate(item, () => choose(item))),
    element,
  );
  element.addEventListener("keydown", (event) => moveByKey(event, element));
  return openPopover(element, place, { owner, ...(onClose === undefined ? {} : { onClose }) });
}

function itemTemplate(item: MenuItem, onClick: () => void): TemplateResult {
  const { label, icon, detail, about, checked, disabled, heading } = item;
  const sign = checked === undefined ? icon : checked ? "check" : undefined;
  return html`${heading === undefined ? nothing : headingTemplate(heading)}<button
      role=${checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked=${checked ?? nothing}
      tabindex="-1"
      title=${about ?? nothing}
      ?disabled=${disabled === true}
      @click=${onClick}
    >
      <span class="menu-sign ${sign === undefined ? "" : `codicon codicon-${sign}`}" aria-hidden="true"></span>
      <span class="menu-label">${label}</span>
      ${detail === undefined ? nothing : html`<span class="menu-detail">${detail}</span>`}
    </button>`;
}

function headingTemplate(heading: string): TemplateResult {
  return heading === ""
    ? html`<div class="menu-line" role="separator"></div>`
    : html`<div class="menu-heading" role="presentation">${heading}</div>`;
}

function moveByKey(event: KeyboardEvent, element: HTMLElement): void {
  const items = [...element.querySelectorAll<HTMLButtonElement>("button:not([disabled])")];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const to = targetOfKey(event, items, at);
  if (event.key === "Tab") event.preventDefault();
  if (to === undefined) return;
  event.preventDefault();
  items[to]?.focus();
}

function targetOfKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, items: readonly HTMLElement[], at: number): number | undefined {
  const { length } = items;
  const fixed = { ArrowDown: (at + 1) % length, ArrowUp: (at - 1 + length) % length, Home: 0, End: length - 1 }[key];
  if (fixed !== undefined) return fixed;
  if (key.length !== 1 || key === " " || ctrlKey || metaKey || altKey) return undefined;
  for (let step = 1; step <= length; step += 1) {
    const next = (at + step) % length;
    if (items[next]!.textContent.trim().toLowerCase().startsWith(key.toLowerCase())) return next;
  }
  return undefined;
}
