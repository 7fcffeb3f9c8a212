import { html, type TemplateResult } from "lit-html";
import type { Field } from "../../../src/protocol/overview.ts";
import type { Order } from "./fields.ts";

/** The head of the table: what the columns are, and by which of them it is sorted (`order` is null where a search orders it). */
export function listHead(
  { columns, order }: { columns: readonly Field[]; order: Order | null },
  onSort: (field: string) => void,
): TemplateResult {
  const cell = (field: string, title: string, about: string): TemplateResult => {
    const sorted = order?.field !== field ? "none" : order.down ? "descending" : "ascending";
    const sign = sorted === "none" ? "" : `codicon codicon-arrow-small-${sorted === "descending" ? "down" : "up"}`;
    return html`<span class="list-head ${field === "caption" ? "" : "value"}" role="columnheader" aria-sort=${sorted}
      ><button title="Sort by ${title}: ${about}" @click=${() => onSort(field)}>
        <span class="list-title">${title}</span><span class=${sign} aria-hidden="true"></span></button
    ></span>`;
  };
  return html`${hiddenHead("Verdict")} ${hiddenHead("Picture")} ${cell("caption", "Caption", "by the alphabet")}
  ${columns.map(({ name, signal }) => cell(name, signal?.name ?? name, signal?.description ?? ""))} ${hiddenHead("Problems")}`;
}

function hiddenHead(title: string): TemplateResult {
  return html`<span role="columnheader"><span class="visually-hidden">${title}</span></span>`;
}
