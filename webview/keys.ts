import type { PanelAction } from "../src/protocol/panelApi.ts";

/** Single keys of the page. */
const actionKeys: Readonly<Record<string, PanelAction>> = {
  k: "keep",
  d: "drop",
  r: "review",
  u: "clearVerdict",
  s: "findSimilar",
  i: "toggleInspector",
  "/": "focusFilter",
};

const commandKeys: Readonly<Record<string, PanelAction>> = { z: "undo", a: "selectAll", f: "focusFilter" };

/** The action of a single key, or of Ctrl (Cmd) with one; undefined for all other keys. */
export function actionOfKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): PanelAction | undefined {
  if (altKey) return undefined;
  if (ctrlKey || metaKey) return shiftKey ? undefined : commandKeys[key.toLowerCase()];
  return actionKeys[key.toLowerCase()];
}

/** Whether a key press goes into something that a person types in or chooses from, so that single keys mean letters there. */
export function isTyping(event: KeyboardEvent): boolean {
  return event.composedPath().some((target) => target instanceof HTMLElement && isField(target));
}

function isField(element: HTMLElement): boolean {
  if (element.isContentEditable) return true;
  const name = element.localName;
  if (name === "input") return !["checkbox", "radio", "range", "button"].includes((element as HTMLInputElement).type);
  return ["textarea", "select", "vscode-text-field", "vscode-text-area", "vscode-dropdown"].includes(name);
}
