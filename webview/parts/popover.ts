/** Where something is shown: below an element, or at a point of the window. */
export type Place = Element | { readonly xPx: number; readonly yPx: number };

/** Something shown over the page. */
export interface Popover {
  close(): void;
}

const edgePx = 4;

/**
 * Shows an element over the page until Escape, a click beside it, or `close`. It is put into the page at the end of `owner` and gets the keyboard's
 * focus, which the browser gives back where it was.
 */
export function openPopover(content: HTMLElement, place: Place, { owner, onClose }: { owner: Element; onClose?: () => void }): Popover {
  content.classList.add("popover");
  content.popover = "auto";
  content.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    content.remove();
    onClose?.();
  });
  // The page's keys mean nothing while something lies over it.
  content.addEventListener("keydown", (event) => event.stopPropagation());
  owner.append(content);
  content.showPopover();
  putAt(content, place);
  (content.querySelector<HTMLElement>("[autofocus]") ?? content.querySelector<HTMLElement>(focusable) ?? content).focus();
  return { close: () => content.hidePopover() };
}

/** Something to fill in that can be shown over the page; Enter in one of its fields says that it is done. */
export function createDialog({ className, label, onDone }: { className: string; label: string; onDone: () => void }): HTMLElement {
  const element = document.createElement("div");
  element.className = className;
  element.role = "dialog";
  element.ariaLabel = label;
  element.addEventListener("keydown", (event) => {
    const isField = event.target instanceof Element && ["input", "vscode-text-field"].includes(event.target.localName);
    if (event.key !== "Enter" || !isField) return;
    event.preventDefault();
    onDone();
  });
  return element;
}

const focusable = "button:not([disabled]), input, select, textarea, vscode-button, vscode-text-field, vscode-checkbox, [tabindex]";

function putAt(content: HTMLElement, place: Place): void {
  const { width, height } = content.getBoundingClientRect();
  const box = place instanceof Element ? place.getBoundingClientRect() : new DOMRect(place.xPx, place.yPx, 0, 0);
  const left = Math.min(box.left, window.innerWidth - width - edgePx);
  const below = box.bottom + height + edgePx <= window.innerHeight;
  const top = below ? box.bottom : Math.max(edgePx, box.top - height);
  content.style.left = `${Math.max(edgePx, left)}px`;
  content.style.top = `${Math.min(top, Math.max(edgePx, window.innerHeight - height - edgePx))}px`;
}
