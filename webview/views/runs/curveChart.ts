import { html, svg, type TemplateResult } from "lit-html";

/** A line of a chart: its name, its place among the runs (which says how it is drawn), and its points by epoch. */
export interface Line {
  readonly name: string;
  readonly place: number;
  readonly points: readonly { readonly epoch: number; readonly value: number | null }[];
}

/** A chart of one figure by epoch; `cursor` is the epoch that is read. */
export interface CurveChart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly cursor: number;
  readonly format: (value: number) => string;
}

const size = { width: 640, height: 220 } as const;
const margins = { left: 64, right: 20, top: 12, bottom: 26 } as const;

/** So many ways to draw a line are told apart; the next begin anew. */
export const lineKinds = 6;

/** Draws lines from the least to the greatest known value; a screen reader is told where each begins and ends. */
export function curveChart({ title, lines, cursor, format }: CurveChart): TemplateResult {
  const known = lines.flatMap(({ points }) => points.flatMap(({ value }) => (value === null ? [] : [value])));
  if (known.length === 0)
    return html`<figure class="curve-chart">
      <figcaption>${title}</figcaption>
      <p class="quiet">Nothing is known of it</p>
    </figure>`;
  const least = known.reduce((most, value) => Math.min(most, value), Infinity);
  const greatest = known.reduce((most, value) => Math.max(most, value), -Infinity);
  const last = lines.reduce((most, { points }) => points.reduce((own, { epoch }) => Math.max(own, epoch), most), 1);
  const x = (epoch: number): number => margins.left + (epoch / last) * (size.width - margins.left - margins.right);
  const y = (value: number): number => {
    const share = greatest === least ? 0.5 : (value - least) / (greatest - least);
    return size.height - margins.bottom - share * (size.height - margins.top - margins.bottom);
  };
  const spoken = lines.map((line) => `${line.name} ${spokenOf(line, format)}`).join("; ");
  return html`<figure class="curve-chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}: ${spoken}">
      ${axes({ ticks: greatest === least ? [least] : [least, (least + greatest) / 2, greatest], last, x, y, format })}
      <line class="curve-cursor" x1=${x(cursor)} x2=${x(cursor)} y1=${margins.top} y2=${size.height - margins.bottom}></line>
      ${lines.map(({ place, points }) => svg`<path class="curve curve-${place % lineKinds}" d=${pathOf(points, x, y)}></path>`)}
    </svg>
  </figure>`;
}

/** A line that is broken where a value is unknown. */
function pathOf(points: Line["points"], x: (epoch: number) => number, y: (value: number) => number): string {
  let isDown = false;
  return points
    .map(({ epoch, value }) => {
      const step = value === null ? "" : `${isDown ? "L" : "M"}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`;
      isDown = value !== null;
      return step;
    })
    .join("");
}

interface Axes {
  readonly ticks: readonly number[];
  readonly last: number;
  readonly x: (epoch: number) => number;
  readonly y: (value: number) => number;
  readonly format: (value: number) => string;
}

function axes({ ticks, last, x, y, format }: Axes): TemplateResult {
  const ground = size.height - margins.bottom;
  const middle = Math.round(last / 2);
  return svg`<g class="axes">
    ${ticks.map(
      (value) => svg`<line x1=${margins.left} x2=${size.width - margins.right} y1=${y(value)} y2=${y(value)}></line>
        <text x=${margins.left - 6} y=${y(value) + 4} text-anchor="end">${format(value)}</text>`,
    )}
    ${[...new Set([0, middle, last])].map((epoch) => svg`<text x=${x(epoch)} y=${ground + 18} text-anchor="middle">${epoch}</text>`)}
  </g>`;
}

function spokenOf({ points }: Line, format: (value: number) => string): string {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const [first, last] = [known[0], known.at(-1)];
  return first === undefined || last === undefined ? "unknown" : `from ${format(first)} to ${format(last)}`;
}
