import type { DirectiveResult } from "lit-html/directive.js";
import { ref } from "lit-html/directives/ref.js";

/**
 * Gives one of the toolkit's elements its accessible name: `<vscode-text-field ${named("Seed")}>`. The toolkit writes a name of its own
 * ("Text field", "Checkbox") over the attribute `aria-label` when an element without text comes into the page, so ours is set after that.
 */
export function named(label: string): DirectiveResult {
  return ref((element) => {
    if (element !== undefined) queueMicrotask(() => element.setAttribute("aria-label", label));
  });
}
