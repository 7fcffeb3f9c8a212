import { html, svg, type TemplateResult } from "lit-html";
import { curvePath, scaleCurves, type CurveScale, type PlottedPoint } from "../../../src/core/tune/curveScale.ts";

/** A line of a chart: its name, its place among the runs (which says how it is drawn), and its points by epoch. */
export interface Line {
  readonly name: string;
  readonly place: number;
  readonly points: readonly PlottedPoint[];
}

/** A chart of one figure by epoch; `cursor` is the epoch that is read. */
export interface CurveChart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly cursor: number;
  readonly format: (value: number) => string;
}

const size = { width: 340, height: 130 } as const;
const frame = { left: 52, right: size.width - 12, top: 8, ground: size.height - 26 } as const;

/** So many ways to draw a line are told apart; the next begin anew. */
export const lineKinds = 6;

/** Draws lines from the least to the greatest known value; a screen reader is told where each begins and ends. */
export function curveChart({ title, lines, cursor, format }: CurveChart): TemplateResult {
  const scale = scaleCurves(
    lines.map(({ points }) => points),
    frame,
  );
  if (scale === undefined)
    return html`<figure class="curve-chart">
      <figcaption>${title}</figcaption>
      <p class="quiet">Nothing is known of it</p>
    </figure>`;
  const { least, greatest, x } = scale;
  const spoken = lines.map((line) => `${line.name} ${spokenOf(line, format)}`).join("; ");
  return html`<figure class="curve-chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}: ${spoken}">
      ${axes({ ticks: greatest === least ? [least] : [least, (least + greatest) / 2, greatest], scale, format })}
      <line class="curve-cursor" x1=${x(cursor)} x2=${x(cursor)} y1=${frame.top} y2=${frame.ground}></line>
      ${lines.map(({ place, points }) => svg`<path class="curve curve-${place % lineKinds}" d=${curvePath(points, scale)}></path>`)}
    </svg>
  </figure>`;
}

interface Axes {
  readonly ticks: readonly number[];
  readonly scale: CurveScale;
  readonly format: (value: number) => string;
}

function axes({ ticks, scale: { last, x, y }, format }: Axes): TemplateResult {
  const middle = Math.round(last / 2);
  return svg`<g class="axes">
    ${ticks.map(
      (value) => svg`<line x1=${frame.left} x2=${frame.right} y1=${y(value)} y2=${y(value)}></line>
        <text x=${frame.left - 6} y=${y(value) + 4} text-anchor="end">${format(value)}</text>`,
    )}
    ${[...new Set([0, middle, last])].map((epoch) => svg`<text x=${x(epoch)} y=${frame.ground + 18} text-anchor="middle">${epoch}</text>`)}
  </g>`;
}

function spokenOf({ points }: Line, format: (value: number) => string): string {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const [first, last] = [known[0], known.at(-1)];
  return first === undefined || last === undefined ? "unknown" : `from ${format(first)} to ${format(last)}`;
}
