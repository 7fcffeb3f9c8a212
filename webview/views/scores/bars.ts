import { html, svg, type TemplateResult } from "lit-html";
import { formatCount } from "../../format.ts";
import type { Picture } from "./histogram.ts";
import { niceStep, positionOf, ticksOf } from "./scale.ts";

/** The size of the chart in pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** Room for the axes and for the flags of the bounds. */
export const margins = { left: 56, right: 20, top: 28, bottom: 24 } as const;

/** The chart as it is drawn: `bounds` are positions of the lines from 0 to 1, undefined for none. */
export interface Chart {
  readonly picture: Picture;
  readonly frame: Frame;
  readonly path: string;
  readonly bounds: { readonly min: number | undefined; readonly max: number | undefined };
}

/** The bars as one path. */
export function barsOf({ scale, binned, isLog }: Picture, frame: Frame): string {
  const { edges, counts } = binned;
  const top = greatestOf(counts);
  const ground = frame.height - margins.bottom;
  let path = "";
  counts.forEach((count, at) => {
    if (count === 0) return;
    const [from, to] = [xAt(positionOf(scale, edges[at]!), frame), xAt(positionOf(scale, edges[at + 1]!), frame)];
    const gap = to - from > 4 ? 1 : 0;
    const y = Math.min(ground - 1, yAt(count, { top, isLog, frame })); // a single pair is seen, too
    path += `M${from.toFixed(1)} ${ground}V${y.toFixed(1)}H${Math.max(from + 0.5, to - gap).toFixed(1)}V${ground}Z`;
  });
  return path;
}

/** The chart: axes, and the bars of what is kept and what is dropped. */
export function chartTemplate({ picture, frame, path, bounds }: Chart): TemplateResult {
  const { width, height } = frame;
  const keptFrom = xAt(bounds.min ?? 0, frame);
  const keptTo = xAt(bounds.max ?? 1, frame);
  const kept = Math.max(0, keptTo - keptFrom);
  return html`<svg class="histogram-svg" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <defs>
      <clipPath id="scores-kept"><rect x=${keptFrom} y="0" width=${kept} height=${height}></rect></clipPath>
      <pattern id="scores-dropped" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="5" height="5"></rect>
        <rect class="hatch-line" width="2" height="5"></rect>
      </pattern>
    </defs>
    ${axes(picture, frame)}
    <rect class="kept-ground" x=${keptFrom} y=${margins.top} width=${kept} height=${height - margins.top - margins.bottom}></rect>
    <path d=${path} fill="url(#scores-dropped)"></path>
    <g clip-path="url(#scores-kept)">
      <path class="bars-ground" d=${path}></path>
      <path class="bars-kept" d=${path}></path>
    </g>
  </svg>`;
}

function axes({ scale, binned, isLog, format }: Picture, frame: Frame): TemplateResult {
  const ground = frame.height - margins.bottom;
  const top = greatestOf(binned.counts);
  const across = ticksOf(scale, Math.max(2, Math.floor(frame.width / 90)));
  return svg`<g class="axes">
    ${countTicks(top, isLog).map((count) => {
      const y = yAt(count, { top, isLog, frame });
      return svg`<line x1=${margins.left} x2=${frame.width - margins.right} y1=${y} y2=${y}></line>
        <text x=${margins.left - 6} y=${y + 4} text-anchor="end">${formatCount(count)}</text>`;
    })}
    ${across.map((value) => {
      const x = xAt(positionOf(scale, value), frame);
      return svg`<line x1=${x} x2=${x} y1=${ground} y2=${ground + 4}></line>
        <text x=${x} y=${ground + 17} text-anchor="middle">${tickText(value, format)}</text>`;
    })}
  </g>`;
}

/** Ticks are round: what the format would add is left away. */
function tickText(value: number, format: (value: number) => string): string {
  return Number.isInteger(value) ? formatCount(value) : Math.abs(value) < 1 ? String(value) : format(value);
}

function countTicks(top: number, isLog: boolean): number[] {
  if (top === 0) return [0];
  if (isLog) {
    const powers = Array.from({ length: Math.floor(Math.log10(top)) + 1 }, (_, power) => 10 ** power);
    return [0, ...powers.filter((_, at) => powers.length <= 4 || at % 2 === 0)];
  }
  const step = Math.max(1, niceStep(top / 4));
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => at * step);
}

function greatestOf(counts: Uint32Array): number {
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

function xAt(position: number, { width }: Frame): number {
  return margins.left + position * (width - margins.left - margins.right);
}

function yAt(count: number, { top, isLog, frame }: { top: number; isLog: boolean; frame: Frame }): number {
  const share = top === 0 ? 0 : isLog ? Math.log1p(count) / Math.log1p(top) : count / top;
  return frame.height - margins.bottom - share * (frame.height - margins.top - margins.bottom);
}
