import { html, nothing, type TemplateResult } from "lit-html";
import type { Decision } from "../../src/core/verdict.ts";
import type { GalleryCaption } from "../../src/protocol/gallery.ts";
import { formatValue } from "../format.ts";

const marks: Readonly<Record<Decision, { readonly icon: string; readonly label: string }>> = {
  keep: { icon: "check", label: "Kept" },
  drop: { icon: "close", label: "Dropped" },
  review: { icon: "question", label: "In review" },
};

/** What was decided of a pair: a sign with its reason. A plain keep by nobody's word has none. */
export function verdictMark({
  verdict,
  actor,
  reason,
}: Pick<GalleryCaption, "verdict" | "actor" | "reason">): TemplateResult | typeof nothing {
  if (verdict === "keep" && actor === null) return nothing;
  const { icon, label } = marks[verdict];
  const by = actor === null ? "" : ` by ${actor === "person" ? "a person" : `a ${actor}`}`;
  const title = `${label}${by}${reason === null || reason === "" ? "" : `: ${reason}`}`;
  return html`<span class="verdict ${verdict} ${actor === "person" ? "person" : ""}" role="img" aria-label=${title} title=${title}
    ><span class="codicon codicon-${icon}" aria-hidden="true"></span
  ></span>`;
}

/** A pair's score with its place among all, as a small coloured label; `percentile` is 0 to 100, null where unknown. */
export function scoreChip(score: number | null, percentile: number | null): TemplateResult {
  const level = percentile === null ? "unknown" : percentile < 5 ? "low" : percentile < 25 ? "middling" : "good";
  const place = percentile === null ? "place unknown" : `above ${percentile.toFixed(0)} % of the pairs`;
  return html`<span class="score ${level}" title="CLIP score ${formatValue(score)}, ${place}">${formatValue(score)}</span>`;
}
