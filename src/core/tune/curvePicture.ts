import { curvePath, scaleCurves, type PlottedPoint } from "./curveScale.ts";

/** A curve to be drawn by itself: its values after `epoch` epochs, null where unknown, and how they are written. */
export interface DrawnCurve {
  readonly points: readonly PlottedPoint[];
  readonly format: (value: number) => string;
}

const size = { width: 560, height: 180 } as const;
const frame = { left: 64, right: size.width - 16, top: 12, ground: size.height - 28 } as const;
/** A picture within a document knows nothing of its theme: these stand out from light and dark alike. */
const colours = { line: "#1a85ff", text: "#808080" } as const;

/** Draws a curve as a picture in SVG, from its least to its greatest value; undefined where nothing is known. */
export function drawCurve({ points, format }: DrawnCurve): string | undefined {
  const scale = scaleCurves([points], frame);
  if (scale === undefined) return undefined;
  const { least, greatest, last, x, y } = scale;
  const line = (at: number): string =>
    `<path d="M${frame.left} ${at.toFixed(1)}H${frame.right}" stroke="${colours.text}" stroke-width="1" opacity="0.4"/>`;
  const text = (at: readonly [number, number], anchor: string, words: string): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}" fill="${colours.text}">${words}</text>`;
  const dots = points.flatMap(({ epoch, value }) =>
    value === null ? [] : [`<circle cx="${x(epoch).toFixed(1)}" cy="${y(value).toFixed(1)}" r="${points.length > 60 ? 1 : 2.5}"/>`],
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    ...[...new Set([least, greatest])].flatMap((value) => [line(y(value)), text([frame.left - 8, y(value) + 4], "end", format(value))]),
    ...[...new Set([0, Math.round(last / 2), last])].map((epoch) => text([x(epoch), frame.ground + 20], "middle", String(epoch))),
    `<path d="${curvePath(points, scale)}" fill="none" stroke="${colours.line}" stroke-width="2"/>`,
    `<g fill="${colours.line}">${dots.join("")}</g>`,
    "</svg>",
  ].join("");
}
