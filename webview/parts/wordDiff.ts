import { diffWordsWithSpace } from "diff";
import { html, type TemplateResult } from "lit-html";

/** Two captions with the words marked that only one of them has. */
export function wordDifference(left: string, right: string): { readonly left: TemplateResult; readonly right: TemplateResult } {
  const parts = diffWordsWithSpace(left, right);
  const side = (kind: "added" | "removed"): TemplateResult => {
    const other = kind === "added" ? "removed" : "added";
    return html`${parts.filter((part) => !part[other]).map((part) => (part[kind] ? html`<mark class="differs">${part.value}</mark>` : part.value))}`;
  };
  return { left: side("removed"), right: side("added") };
}
