import type { PanelAction } from "../../protocol/panelApi.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";

/** Each action of the panel's page and the command that has it carried out. */
const actions = {
  "winnow.keepInPanel": "keep",
  "winnow.dropInPanel": "drop",
  "winnow.reviewInPanel": "review",
  "winnow.clearVerdictInPanel": "clearVerdict",
  "winnow.undoInPanel": "undo",
  "winnow.selectAllInPanel": "selectAll",
  "winnow.focusFilterInPanel": "focusFilter",
  "winnow.toggleInspectorInPanel": "toggleInspector",
  "winnow.refreshInPanel": "refresh",
  "winnow.findSimilarInPanel": "findSimilar",
} as const satisfies Record<string, PanelAction>;

/** Commands that the panel in front carries out. */
export function panelCommands({ panels }: CommandParts): Handlers<keyof typeof actions> {
  const entries = Object.entries(actions).map(([id, action]): [string, Handler] => [id, () => panels.perform(action)]);
  return Object.fromEntries(entries) as Handlers<keyof typeof actions>;
}
