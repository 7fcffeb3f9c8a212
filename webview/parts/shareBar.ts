import { html, svg, type TemplateResult } from "lit-html";
import { formatCount } from "../format.ts";

/** What a part of the whole is; `dropped` is hatched, so that colour alone tells nothing. */
export type ShareKind = "kept" | "dropped" | "review" | "unknown" | "frozen";

/** One part of a whole. */
export interface Share {
  readonly kind: ShareKind;
  readonly label: string;
  readonly count: number;
}

/** A bar whose parts are as long as their shares of the whole. */
export function shareBar(shares: readonly Share[]): TemplateResult {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const label = shares.map((share) => `${share.label} ${formatCount(share.count)}`).join(", ");
  let from = 0;
  return html`<svg class="share-bar" role="img" aria-label=${label} width="100%" height="12">
    ${shares.map(({ kind, count }) => {
      const width = total === 0 ? 0 : (100 * count) / total;
      const part = svg`<svg x="${from}%" width="${width}%" height="12" overflow="hidden">
        <rect class="share ${kind}" width="100%" height="12"></rect>
        ${kind === "dropped" ? hatching : ""}
      </svg>`;
      from += width;
      return part;
    })}
  </svg>`;
}

/** A count of a whole as people read it: "12.5 %"; a share that is not nothing is never told as nothing. */
export function formatShare(count: number, total: number): string {
  if (total === 0) return "–";
  const percent = (100 * count) / total;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent < 100 && percent > 99.9) return "> 99.9 %";
  return `${percent.toFixed(1)} %`;
}

const hatching = svg`<defs><pattern id="share-hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-line" width="2" height="5"></rect></pattern></defs><rect width="100%" height="12" fill="url(#share-hatching)"></rect>`;
