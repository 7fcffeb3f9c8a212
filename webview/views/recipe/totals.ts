import { html, nothing, type TemplateResult } from "lit-html";
import type { Counts, TriedRules } from "../../../src/protocol/recipes.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { type Share, shareBar, type ShareKind } from "../../parts/shareBar.ts";

/** What rules leave, beside what is left now where that is something else. */
export interface Totals {
  readonly tried: TriedRules;
  readonly now: TriedRules | undefined;
  readonly isWaiting: boolean;
}

interface Line {
  readonly kind: ShareKind;
  readonly label: string;
  readonly about: string;
  readonly countsOf: (tried: TriedRules) => Counts;
}

const lines: readonly Line[] = [
  { kind: "kept", label: "Kept", about: "Plainly kept, the evaluation split included", countsOf: ({ kept }) => kept },
  { kind: "frozen", label: "Frozen", about: "Of the evaluation split: no rule judges them", countsOf: ({ frozen }) => frozen },
  { kind: "review", label: "In review", about: "For a person to look at: neither kept nor dropped", countsOf: ({ review }) => review },
  { kind: "dropped", label: "Dropped", about: "Left out of what is exported", countsOf: ({ dropped }) => dropped },
];

/** The numbers of what rules leave, as a bar and a table, with the difference to what is left now. */
export function totalsTemplate({ tried, now, isWaiting }: Totals): TemplateResult {
  return html`<div class="totals ${isWaiting ? "waiting" : ""}" aria-busy=${isWaiting}>
    ${shareBar(sharesOf(tried))}
    <table>
      <thead>
        <tr>
          <th scope="col"><span class="visually-hidden">What becomes of them</span></th>
          <th scope="col">Pairs</th>
          <th scope="col">Pictures</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map((line) => lineTemplate(line, tried, now))}
      </tbody>
    </table>
    ${warnings(tried)}
  </div>`;
}

/** The parts of the bar: the frozen are part of the kept, as far as nobody dropped them by hand. */
export function sharesOf({ kept, review, dropped, frozen }: TriedRules): Share[] {
  const frozenKept = Math.min(frozen.captions, kept.captions);
  return [
    { kind: "kept", label: "Kept", count: kept.captions - frozenKept },
    { kind: "frozen", label: "Frozen", count: frozenKept },
    { kind: "review", label: "In review", count: review.captions },
    { kind: "dropped", label: "Dropped", count: dropped.captions },
  ];
}

function lineTemplate({ kind, label, about, countsOf }: Line, tried: TriedRules, now: TriedRules | undefined): TemplateResult {
  const counts = countsOf(tried);
  const before = now && countsOf(now);
  const cell = (unit: keyof Counts): TemplateResult => {
    const change = before === undefined ? 0 : counts[unit] - before[unit];
    return html`<td>
      ${formatCount(counts[unit])}${change === 0 ? nothing : html` <span class="change">${formatChange(change)}</span>`}
    </td>`;
  };
  return html`<tr title=${about}>
    <th scope="row">
      <span class="swatch ${kind}" aria-hidden="true"></span>${kind === "frozen" ? html`<span class="quiet">of these frozen</span>` : label}
    </th>
    ${cell("captions")}${cell("samples")}
  </tr>`;
}

/** A difference with its sign. */
function formatChange(change: number): string {
  return `${change < 0 ? "−" : "+"}${formatCount(Math.abs(change))}`;
}

function warnings({
  imagesWithNoCaptionLeft,
  conceptsThatVanish,
  foldersThatVanish,
  captionsToMove,
}: TriedRules): TemplateResult | typeof nothing {
  const entries = [
    imagesWithNoCaptionLeft > 0
      ? html`${formatCounted(imagesWithNoCaptionLeft, "picture")} ${imagesWithNoCaptionLeft === 1 ? "loses its" : "lose their"} last caption`
      : undefined,
    vanishing("concept", conceptsThatVanish),
    vanishing("folder", foldersThatVanish),
  ].filter((entry) => entry !== undefined);
  return html`${entries.map((entry) => html`<p class="vanishing"><span class="codicon codicon-warning" aria-hidden="true"></span> <span>${entry}</span></p>`)}
  ${captionsToMove > 0 ? html`<p class="quiet">${formatCounted(captionsToMove, "caption")} of dropped duplicates could move to the picture that is kept</p>` : nothing}`;
}

/** Lists come cut at 100. */
const mostListed = 100;

function vanishing(noun: string, names: readonly string[]): TemplateResult | undefined {
  if (names.length === 0) return undefined;
  const number = names.length >= mostListed ? `${mostListed} or more` : formatCount(names.length);
  return html`<details>
    <summary>${number} ${noun}${names.length === 1 ? " vanishes" : "s vanish"}</summary>
    <ul>
      ${names.map((name) => html`<li>${name === "" ? "the dataset’s own folder" : name}</li>`)}
    </ul>
  </details>`;
}
