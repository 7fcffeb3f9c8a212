import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Estimate, SpotEstimate } from "../../../src/protocol/spotCheck.ts";
import { formatCount, formatCounted } from "../../format.ts";

/** What is known of a cut by the labels there are. `dropped` is how many pairs it drops; undefined where that isn't known. */
export interface KnownOfCut {
  readonly estimate: SpotEstimate;
  readonly dropped: number | undefined;
}

/** The estimates as bars with their intervals, and as sentences. */
export function estimatesTemplate({ estimate, dropped }: KnownOfCut): TemplateResult {
  const { precision, recall, mismatchRate, labelled, droppedLabelled, keptLabelled } = estimate;
  const total = labelled.match + labelled.mismatch + labelled.unsure;
  return html`<div class="estimates">
    ${estimateRow("Precision", "of what is dropped, truly wrong", precision)} ${estimateRow("Recall", "of what is wrong, dropped", recall)}
    ${estimateRow("Wrong pairs", "of all pairs", mismatchRate)}
    ${tellEstimate(estimate, dropped).map((sentence) => html`<p class="estimate-sentence">${sentence}</p>`)}
    <p class="quiet">
      ${
        total === 0
          ? "No pair has a label yet"
          : html`${formatCounted(total, "label")}: ${formatCount(labelled.match)} match, ${formatCount(labelled.mismatch)} mismatch,
            ${formatCount(labelled.unsure)} unsure. Counted, the unsure left out: ${formatCount(droppedLabelled)} on the dropped side of the
            cut, ${formatCount(keptLabelled)} on the kept side`
      }
    </p>
  </div>`;
}

/** What the estimates say, in sentences. */
export function tellEstimate({ precision, recall, mismatchRate }: SpotEstimate, dropped: number | undefined): string[] {
  const which = dropped === undefined ? "the pairs that this cut drops" : `the ${formatCounted(dropped, "pair")} that this cut drops`;
  const found = recall === null ? undefined : `finds about ${tellShare(recall)} of all wrong pairs`;
  const sentences: string[] = [];
  if (precision !== null)
    sentences.push(`Of ${which}, about ${tellShare(precision)} are truly wrong${found === undefined ? "" : `; it ${found}`}.`);
  else if (found !== undefined) sentences.push(`This cut ${found}.`);
  if (mismatchRate !== null) sentences.push(`About ${tellShare(mismatchRate)} of all pairs are wrong.`);
  if (precision === null || recall === null) {
    const missing = [precision === null ? "precision" : undefined, recall === null ? "recall" : undefined].filter(
      (name) => name !== undefined,
    );
    const names = missing.join(" and ");
    sentences.push(`${names.charAt(0).toUpperCase()}${names.slice(1)}: not known yet. Label pairs on both sides of the cut.`);
  }
  return sentences;
}

/** A share with its interval: "82 % (74–88 %)", with a decimal below ten; the spaces don't break. */
export function tellShare({ value, low, high }: Estimate): string {
  const percent = (share: number): string => String(Number((share * 100).toFixed(share < 0.1 ? 1 : 0)));
  return `${percent(value)}\u00a0% (${percent(low)}–${percent(high)}\u00a0%)`;
}

function estimateRow(name: string, about: string, estimate: Estimate | null): TemplateResult {
  const text = estimate === null ? "not known yet" : tellShare(estimate);
  return html`<div class="estimate">
    <span class="estimate-name">${name} <span class="quiet">${about}</span></span>
    <svg class="estimate-bar" width="100%" height="18" role="img" aria-label="${name}: ${text}">
      <rect class="estimate-ground" y="6" width="100%" height="6" rx="3"></rect>
      ${estimate === null ? nothing : interval(estimate)}
    </svg>
    <span class="estimate-value">${text}</span>
  </div>`;
}

function interval({ value, low, high }: Estimate): TemplateResult {
  return svg`<rect class="estimate-interval" x="${low * 100}%" y="4" width="${Math.max(0, high - low) * 100}%" height="10"></rect>
    <svg x="${value * 100}%" overflow="visible"><rect class="estimate-value-mark" x="-1.5" y="1" width="3" height="16"></rect></svg>`;
}
