import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { AcceptRule } from "../../../src/core/rewriters/accept.ts";
import type { RewriteOrder, RewritePage, RewriteStrategy } from "../../../src/protocol/rewrites.ts";
import { formatCount } from "../../format.ts";
import { dropdown } from "../../parts/dropdown.ts";
import { named } from "../../parts/named.ts";
import { segments } from "../../parts/segments.ts";
import type { ReviewFilter, RewritesDetail } from "./detail.ts";

/** What stands above the proposals, and what its controls do. */
export interface ReviewBar {
  readonly detail: RewritesDetail;
  readonly page: RewritePage | undefined;
  readonly whyNot: string | undefined;
  readonly onFilter: (filter: ReviewFilter) => void;
  readonly onOrder: (order: RewriteOrder) => void;
  readonly onRule: (rule: AcceptRule) => void;
  readonly onStrategy: (strategy: RewriteStrategy) => void;
  readonly onAcceptAll: () => void;
}

const filterWords: Readonly<Record<ReviewFilter, readonly [label: string, about: string]>> = {
  passing: ["Pass", "Proposals that the rule takes"],
  waiting: ["Wait", "Proposals that wait for a person"],
  accepted: ["Accepted", "They stand in their files"],
  rejected: ["Rejected", "They are not proposed again"],
  stale: ["Stale", "Their captions say something else by now"],
};

const orders: readonly { readonly value: RewriteOrder; readonly title: string }[] = [
  { value: "mostGain", title: "Most gain first" },
  { value: "leastGain", title: "Least gain first" },
  { value: "latest", title: "Latest first" },
  { value: "made", title: "As they were made" },
];

/** How many proposals there are of each kind. */
export function countOfFilter(filter: ReviewFilter, { counts, acceptable }: Pick<RewritePage, "counts" | "acceptable">): number {
  if (filter === "passing") return acceptable;
  return filter === "waiting" ? counts.proposed - acceptable : counts[filter];
}

/** Which proposals are listed, and in which order. */
export function listBar({ detail, page, onFilter, onOrder }: ReviewBar): TemplateResult {
  const choices = (Object.keys(filterWords) as ReviewFilter[]).map((value) => {
    const [label, about] = filterWords[value];
    return { value, about, label: page === undefined ? label : `${label} ${formatCount(countOfFilter(value, page))}` };
  });
  return html`<div class="rewrites-bar">
    ${segments({ label: "Which proposals", value: detail.filter, choices, onChange: onFilter })}
    ${dropdown({ label: "Order", value: detail.order, options: orders, onChange: (value) => onOrder(orders.find((known) => known.value === value)!.value) })}
  </div>`;
}

/** The rule, how captions are written, and all that pass it at once. */
export function acceptBar(bar: ReviewBar): TemplateResult {
  const { detail, page, whyNot, onStrategy, onAcceptAll } = bar;
  const acceptable = page?.acceptable ?? 0;
  return html`${ruleTemplate(bar)}
    ${dropdown({
      label: "How accepted captions are written",
      value: detail.strategy,
      options: [
        { value: "replace", title: "In place of the old" },
        { value: "add", title: "Beside the old" },
      ],
      onChange: (value) => onStrategy(value === "add" ? "add" : "replace"),
    })}
    <vscode-button
      class="accept-all"
      title=${whyNot ?? "One undo takes all of them back"}
      ?disabled=${whyNot !== undefined || acceptable === 0}
      @click=${onAcceptAll}
      >Accept all that pass (${formatCount(acceptable)})</vscode-button
    >`;
}

function ruleTemplate({ detail: { rule }, onRule }: ReviewBar): TemplateResult {
  const onDelta = (event: Event): void => {
    const delta = Number((event.target as HTMLInputElement).value.trim().replace(",", "."));
    if (Number.isFinite(delta) && delta !== rule.delta) onRule({ ...rule, delta });
  };
  return html`<span
    class="accept-rule"
    title="A proposal passes where its score is at least so much higher, its rank is no worse, it fits the tokens and adds no word"
  >
    <span class="quiet">Pass from</span>
    <vscode-text-field
      class="delta"
      size="5"
      ${named("Least gain in score that passes")}
      .value=${live(String(rule.delta))}
      @change=${onDelta}
    ></vscode-text-field>
    <vscode-checkbox
      ?checked=${rule.allowAdded}
      @change=${(event: Event) => onRule({ ...rule, allowAdded: (event.target as HTMLInputElement).checked })}
      >new words too</vscode-checkbox
    >
  </span>`;
}
