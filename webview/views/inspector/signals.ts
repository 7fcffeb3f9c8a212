import { html, svg, type TemplateResult } from "lit-html";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { SignalStanding } from "../../../src/protocol/inspection.ts";
import { formatValue } from "../../format.ts";

/** A pair's signals: value, place among the dataset's pairs as a bar, and what the signal means. */
export function signalsTemplate(standings: readonly SignalStanding[], descriptors: readonly SignalDescriptor[]): TemplateResult {
  const rows = standings.flatMap((standing) => {
    const descriptor = descriptors.find(({ id }) => id === standing.signal);
    return descriptor === undefined ? [] : [signalTemplate(standing, descriptor)];
  });
  return html`<table class="signals">
    <thead class="visually-hidden">
      <tr>
        <th>Signal</th>
        <th>Value</th>
        <th>Place</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function signalTemplate({ value, below }: SignalStanding, descriptor: SignalDescriptor): TemplateResult {
  return html`<tr title="${descriptor.description}. ${meaningOf(descriptor, below)}">
    <th scope="row">${descriptor.name}</th>
    <td class="value">${formatValue(value, descriptor.unit)}</td>
    <td class="place">${below === null ? "" : barTemplate(below, descriptor)}</td>
  </tr>`;
}

/** The share of pairs that are worse, where there is a good end; else of those that are lower. */
function goodShare(below: number, { direction }: SignalDescriptor): number {
  return direction === "lowerIsBetter" ? 1 - below : below;
}

function barTemplate(below: number, descriptor: SignalDescriptor): TemplateResult {
  const share = goodShare(below, descriptor);
  const level = descriptor.direction === "neither" ? "fact" : share < 0.05 ? "low" : share < 0.25 ? "middling" : "good";
  const label = meaningOf(descriptor, below);
  return html`<svg class="place-bar ${level}" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${label}>
    ${svg`<rect class="ground" width="100" height="4"></rect><rect class="filled" width=${Math.max(1, share * 100)} height="4"></rect>`}
  </svg>`;
}

function meaningOf({ direction }: SignalDescriptor, below: number | null): string {
  if (below === null) return "Its place is not known";
  const percent = (share: number): string => `${(share * 100).toFixed(share > 0.01 && share < 0.99 ? 0 : 1)} %`;
  switch (direction) {
    case "higherIsBetter":
      return `Better than ${percent(below)} of the pairs`;
    case "lowerIsBetter":
      return `Better than ${percent(1 - below)} of the pairs`;
    case "neither":
      return `Higher than in ${percent(below)} of the pairs`;
  }
}
